"""What can go wrong with a stack, each with a text for a person to act on."""


class CannotStart(Exception):
    """Something outside the stack must change first: a port, a variable, a missing program."""


class ChildDied(Exception):
    """A child ended although nobody asked it to. `last_lines` are what it said last."""

    def __init__(self, name: str, how: str, last_lines: list[str]) -> None:
        words = "; it said last:" if last_lines else ""
        super().__init__(
            "\n".join([f"{name} died ({how}){words}", *(f"    {line}" for line in last_lines)])
        )
        self.name = name
        self.how = how
        self.last_lines = last_lines


class NotReady(Exception):
    """A child lives but did not become ready in the time given."""
