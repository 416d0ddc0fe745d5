"""`python -m embedded` runs the whole system; `python -m embedded token` prints a token for it."""

import sys

from embedded import supervisor, token
from embedded.console import Console
from embedded.errors import CannotStart
from embedded.settings import Settings


def main(arguments: list[str]) -> int:
    try:
        settings = Settings.from_environment()
        if arguments[:1] == ["token"]:
            return token.command(arguments[1:], settings)
        if arguments:
            raise CannotStart(f"unknown command {arguments[0]}: nothing, or token")
        return supervisor.run(settings, Console())
    except KeyboardInterrupt:  # before the supervisor listens for it, so nothing runs yet
        return 0
    except CannotStart as error:
        Console(sys.stderr).say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
