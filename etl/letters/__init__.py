"""The dead letters, for who looks after them: read, judged anew, stored after all, or deleted."""
