"""What the read routes share: ClickHouse, how fresh it is, and who may ask for whom."""

from contextlib import AsyncExitStack
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPBearer
from pydantic import WithJsonSchema

from ugc_api.access.admission import Admission
from ugc_api.access.tokens import Viewer
from ugc_api.metrics import Metrics
from ugc_api.reads.freshness import Freshness
from ugc_api.reads.offsets import Offsets
from ugc_api.reads.positions import PositionReads
from ugc_api.reads.problems import problem
from ugc_api.reads.warehouse import Warehouse
from ugc_api.settings import Settings

ANALYSTS = frozenset({"analyst", "views_statistic"})


class ReadSide:
    """Opens Kafka's readings, then ClickHouse's connections, then what asks on them; closes them
    in reverse."""

    def __init__(
        self, admission: Admission, warehouse: Warehouse, freshness: Freshness, cluster: str = ""
    ) -> None:
        self.admission = admission
        self.warehouse = warehouse
        self.positions = PositionReads(warehouse)
        self.freshness = freshness
        self.cluster = cluster
        self._opened = AsyncExitStack()

    @classmethod
    def of(cls, settings: Settings, admission: Admission, metrics: Metrics) -> "ReadSide":
        warehouse = Warehouse(
            settings.clickhouse_nodes,
            settings.clickhouse_user,
            settings.clickhouse_password,
            metrics,
        )
        offsets = Offsets(settings.brokers, settings.topic, settings.group)
        freshness = Freshness(offsets, metrics)
        return cls(admission, warehouse, freshness, settings.clickhouse_cluster)

    async def __aenter__(self) -> "ReadSide":
        await self._opened.enter_async_context(self.freshness)
        await self._opened.enter_async_context(self.warehouse)
        await self._opened.enter_async_context(self.positions)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._opened.aclose()


def _read_side(request: Request) -> ReadSide:
    return cast(ReadSide, request.app.state.read_side)


Reads = Annotated[ReadSide, Depends(_read_side)]

# Only for the document: the header itself is read by who admits events too.
_bearer = Security(HTTPBearer(scheme_name="bearer", bearerFormat="JWT", auto_error=False))


async def _viewer(request: Request, reads: Reads, _: Annotated[object, _bearer]) -> Viewer:
    given = request.headers.getlist("authorization")
    token = ", ".join(given).encode("latin-1") if given else None  # two of them are none
    return await reads.admission.viewer(token, request.scope)


async def _subject(
    viewer: Annotated[Viewer, Depends(_viewer)],
    user_id: Annotated[
        UUID | None,
        WithJsonSchema({"type": "string", "format": "uuid"}),  # absent, but never null
        Query(description="Whose, for the role `service`; else the token's own `sub`."),
    ] = None,
) -> UUID:
    if user_id is None or user_id == viewer.id:
        return viewer.id
    if not viewer.is_service:
        raise problem("user_mismatch")
    return user_id


async def _analyst(viewer: Annotated[Viewer, Depends(_viewer)]) -> Viewer:
    if not viewer.roles & ANALYSTS:
        raise problem("role_required")
    return viewer


Subject = Annotated[UUID, Depends(_subject)]
"""Whose data the answer may hold, and nobody else's."""

Analyst = Annotated[Viewer, Depends(_analyst)]
