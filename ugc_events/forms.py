"""The form of many texts of one length, looked at in all of them at once: a place at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter

ID = "########-####-####-####-############"
TIME = "####-##-##T##:##:##.###Z"
_HOUR, _MINUTE, _SECOND = (TIME.index("##", place) for place in (10, 14, 17))
_up_to_the_hour = itemgetter(slice(_HOUR + 2))


def are_ids(texts: Iterable[str]) -> bool:
    """Whether these, each as long as ID, are UUIDs with hyphens."""
    return _are_like(ID, "".join(texts), b"0123456789abcdefABCDEF")


def are_times(texts: Sequence[str]) -> bool:
    """Whether these, each as long as TIME, are times in UTC, to the millisecond."""
    text = "".join(texts)
    if not _are_like(TIME, text, b"0123456789"):
        return False
    if any(text[tens :: len(TIME)].strip("012345") for tens in (_MINUTE, _SECOND)):
        return False
    hours = {min(texts)[: _HOUR + 2], max(texts)[: _HOUR + 2]}
    try:
        # Whatever lies between the first and the last is of the same hour, if they are.
        for hour in hours if len(hours) == 1 else {*map(_up_to_the_hour, texts)}:
            datetime.fromisoformat(hour)
    except ValueError:
        return False
    return True


def _are_like(form: str, text: str, digits: bytes) -> bool:
    """Whether `text` is this form again and again: the same signs, and digits where it has #."""
    length = len(form)
    count = len(text) // length
    signs = [place for place in range(length) if form[place] != "#"]
    return (
        all(text[place::length] == form[place] * count for place in signs)
        and len(text.encode().translate(None, digits)) == len(signs) * count
    )
