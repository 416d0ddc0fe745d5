"""Why nothing could be played."""


class CannotPlay(Exception):
    """There is nothing to play to, or nothing to compare with; the text says what to do."""
