import pytest

from tests.unit.ugc_api.bearer import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()
