"""Who may come in: tokens, their keys, and how often."""
