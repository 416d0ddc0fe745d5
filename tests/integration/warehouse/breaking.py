"""A run of statements that breaks off."""

from etl.sql import Sql


class BrokenOff(Exception):
    pass


class Breaking(Sql):
    """Breaks off when it was told so much."""

    def __init__(self, like: Sql, after: int) -> None:
        self.__dict__.update(like.__dict__)
        self._left = after

    async def tell(self, change: str, **settings: str | int) -> str:
        if not self._left:
            raise BrokenOff
        self._left -= 1
        return await super().tell(change, **settings)
