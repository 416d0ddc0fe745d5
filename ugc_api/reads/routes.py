"""How a read is declared: its address, and the parameters that several have."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

FilmId = Annotated[UUID, Path(examples=["0b5f7c6e-2a51-4c39-9a39-5e1d4c7a9d10"])]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]


def get(router: APIRouter, path: str, **options: Any) -> Callable[[Any], Any]:
    """A route that is also there with a slash at the end."""

    def register(handler: Any) -> Any:
        router.get(path, **options)(handler)
        return router.get(f"{path}/", include_in_schema=False)(handler)

    return register
