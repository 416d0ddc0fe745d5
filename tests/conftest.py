"""The stack that integration tests share is started once, when the first of them asks for it."""

from tests.stack import running_stack

__all__ = ["running_stack"]
