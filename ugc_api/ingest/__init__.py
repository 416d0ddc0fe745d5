"""Events in: what is sent becomes an event, or a refusal. Start with routes.py."""
