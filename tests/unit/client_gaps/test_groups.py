"""What aiokafka passes over in silence, and we do not."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)
from aiokafka.protocol.commit import OffsetCommitResponse_v3, OffsetFetchResponse_v3

from client_gaps import close_gaps, polling


class Coordinator:
    """Answers one request with one response, as aiokafka's does."""

    def __init__(self, response: object) -> None:
        self.response = response
        self.dead = 0

    async def _send_req(self, request: object) -> object:
        return self.response

    def coordinator_dead(self) -> None:
        self.dead += 1


class Subscription:
    """The two fields by which aiokafka knows an idle member."""

    _fetch_count = 0
    _last_fetch_ended = 0.0


def consumer_of(coordinator: Coordinator) -> Any:
    consumer = SimpleNamespace(_coordinator=coordinator, _subscription=Subscription())
    close_gaps(consumer)
    return consumer


async def ask(response: object) -> object:
    coordinator = Coordinator(response)
    consumer_of(coordinator)
    return await coordinator._send_req(None)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (14, GroupLoadInProgressError),
        (15, GroupCoordinatorNotAvailableError),
        (16, NotCoordinatorForGroupError),
        (30, GroupAuthorizationFailedError),
    ],
)
async def test_an_error_beside_an_empty_list_is_raised(code: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await ask(OffsetFetchResponse_v3(0, [], code))


@pytest.mark.parametrize("code", [15, 16])
async def test_a_coordinator_that_moved_is_looked_up_again(code: int) -> None:
    coordinator = Coordinator(OffsetFetchResponse_v3(0, [], code))
    consumer_of(coordinator)
    with pytest.raises((GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError)):
        await coordinator._send_req(None)
    assert coordinator.dead == 1


@pytest.mark.parametrize(
    "response",
    [
        OffsetFetchResponse_v3(0, [("views", [(0, 5, "", 0)])], 0),
        OffsetCommitResponse_v3(0, [("views", [(0, 0)])]),
    ],
    ids=["offsets", "another_answer"],
)
async def test_other_answers_pass_unchanged(response: object) -> None:
    assert await ask(response) is response


def test_a_member_is_idle_again_after_an_error_of_its_poll() -> None:
    consumer = consumer_of(Coordinator(None))
    with suppress(KeyError), polling(consumer):
        assert consumer._subscription._fetch_count == 1
        raise KeyError
    assert consumer._subscription._fetch_count == 0
    assert consumer._subscription._last_fetch_ended > 0
