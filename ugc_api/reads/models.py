"""What reads answer with."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

_EVENT_TIME = "2026-11-23T18:30:05.250Z"
_AS_OF = "2026-11-23T18:31:40.017Z"
_DATE_TIME = {"format": "date-time"}

Film = Annotated[UUID, Field(examples=["0b5f7c6e-2a51-4c39-9a39-5e1d4c7a9d10"])]
EventId = Annotated[UUID, Field(examples=["01985c3e-5b00-7abc-8def-0123456789ab"])]
Progress = Annotated[float, Field(description="How far, seconds.", examples=[754.5])]
Total = Annotated[
    float, Field(description="The film's length, seconds; 0 = unknown.", examples=[5400])
]
EventTime = Annotated[
    str,
    Field(description="When, by the player.", examples=[_EVENT_TIME], json_schema_extra=_DATE_TIME),
]
AsOf = Annotated[
    str | None,
    Field(
        description="Every event acknowledged before this moment is in the answer; null = not "
        "known at the moment.",
        examples=[_AS_OF],
        json_schema_extra=_DATE_TIME,
    ),
]
Viewers = Annotated[int, Field(description="Different viewers.", examples=[1204])]
Completions = Annotated[
    int, Field(description="Those who reached nine tenths of the film.", examples=[310])
]
ReachedSeconds = Annotated[
    float,
    Field(description="How far each viewer came at most, added up.", examples=[4_210_733.25]),
]


class Position(BaseModel):
    """One event of a viewer in a film."""

    progress: Progress
    total: Total
    event_time: EventTime
    event_id: EventId


class Positions(BaseModel):
    """Where a viewer is in a film."""

    film_id: Film
    latest: Annotated[Position, Field(description="By the time of the event.")]
    furthest: Annotated[Position, Field(description="By progress.")]
    as_of: AsOf


class Watched(BaseModel):
    """A film of a viewer, where it was last left."""

    film_id: Film
    progress: Progress
    total: Total
    event_time: EventTime
    completed: Annotated[
        bool, Field(description="The last position is at nine tenths or later.", examples=[False])
    ]


class WatchedPage(BaseModel):
    """Some of a viewer's films, the last watched first."""

    items: list[Watched]
    next_cursor: Annotated[
        str | None,
        Field(
            description="For the page after this one; null = this is the last.",
            examples=[
                "WzE3NjM5MjI3MDAwMTcsIjMyNTM4MTk3NTg0NjI0MTI3Mzg2MjA1IiwiMGI1ZjdjNmUtMmE1MS00YzM5LTl"
                "hMzktNWUxZDRjN2E5ZDEwIiwxXQ"
            ],
        ),
    ]
    as_of: AsOf


class FilmViews(BaseModel):
    """How a film did in the period."""

    film_id: Film
    viewers: Viewers
    completions: Completions
    reached_seconds: ReachedSeconds


class FilmsTop(BaseModel):
    """Films by the number of their viewers."""

    items: list[FilmViews]
    days: Annotated[int, Field(description="The period, today (UTC) included.", examples=[7])]
    as_of: AsOf


class FilmDay(BaseModel):
    """How a film did on a day (UTC)."""

    day: Annotated[str, Field(examples=["2026-11-23"], json_schema_extra={"format": "date"})]
    viewers: Viewers
    completions: Completions
    reached_seconds: ReachedSeconds


class FilmStats(BaseModel):
    """How a film did, over the period and on each of its days that had a viewer."""

    film_id: Film
    viewers: Viewers
    completions: Completions
    days: list[FilmDay]
    as_of: AsOf


Status = Literal["stored", "accepted", "not_stored", "unknown"]


class EventStatus(BaseModel):
    """What became of an event."""

    event_id: EventId
    status: Annotated[
        Status,
        Field(
            description="stored: in ClickHouse; accepted: in Kafka, on its way; not_stored: the "
            "worker has passed it and it is not there (dead-lettered, or erased since); unknown: "
            "nothing is known of it",
            examples=["stored"],
        ),
    ]
    as_of: AsOf
