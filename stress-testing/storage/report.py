"""Results as tables, a figure being the median of its passes: on the terminal and in the README."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from capacity.needs import DAY_S, KEPT_DAYS
from storage.outcome import Load, Outcome, Reads, Results, spread

from telemetry.screen import number

EVERYTHING = "all tables"
RETAINED = KEPT_DAYS * DAY_S * 500
"""Events of 13 months at 500 a second."""

Measure = Callable[[Outcome], float]
Rows = Sequence[Sequence[str]]


class Work(NamedTuple):
    """`cpu` and `clock`: of an event in µs, of an answer in ms."""

    name: str
    cpu: Measure
    clock: Measure


def storing(one: Outcome) -> Sequence[Work]:
    """In batches of its sizes, which are those of all."""
    loads = [
        _stored(f"batches of {number(load.batch)}", _load(place))
        for place, load in enumerate(one.loads)
    ]
    return [*loads[1:], _stored("one by one", lambda s: s.single)]


def _load(place: int) -> Callable[[Outcome], Load]:
    return lambda store: store.loads[place]


def _stored(name: str, of: Callable[[Outcome], Load]) -> Work:
    return Work(name, lambda s: of(s).cpu_us, lambda s: 1e6 / of(s).per_s)


def _answered(name: str, of: Callable[[Outcome], Reads]) -> Work:
    return Work(name, lambda s: of(s).cpu_ms or 0.0, lambda s: of(s).p50_ms)


ANSWERING = [
    _answered("where did I stop", lambda s: s.positions),
    _answered("most watched films of a week", lambda s: s.most_watched),
    _answered("viewers per day", lambda s: s.viewers_per_day),
]


def per_s(work: Work) -> Measure:
    return lambda store: 1e6 / work.clock(store)


def table(results: Results) -> Rows:
    """A column for each store. The first row has the names."""
    stores = results.by_store
    rows = [
        [f"{number(results.rows)} events", *stores],
        ["version", *(passes[0].version for passes in stores.values())],
        ["passes", *(str(len(passes)) for passes in stores.values())],
        ["the first began, UTC", *(passes[0].begun for passes in stores.values())],
    ]
    for title, measure in _measures(results).items():
        rows.append([title, *(cell([measure(s) for s in passes]) for passes in stores.values())])
    return rows


def _measures(results: Results) -> Mapping[str, Measure]:
    one, rows = results.passes[0], results.rows
    stored = storing(one)
    return {
        **{f"CPU an event, {work.name}, µs": work.cpu for work in stored},
        **{f"CPU an answer, {work.name}, ms": work.cpu for work in ANSWERING},
        f"events a second, empty tables, batches of {number(one.loads[0].batch)}": (
            lambda s: s.loads[0].per_s
        ),
        **{f"events a second, {work.name}": per_s(work) for work in stored},
        **{f"{work.name}, p50, ms": work.clock for work in ANSWERING},
        "events a second while reading": lambda s: s.mixed.stored_per_s,
        "where did I stop, while writing, p50, ms": lambda s: s.mixed.positions.p50_ms,
        "where did I stop, while writing, p99, ms": lambda s: s.mixed.positions.p99_ms,
        "most watched, while writing, p50, ms": lambda s: s.mixed.most_watched.p50_ms,
        "bytes an event": lambda s: s.disk["views"] / rows,
        f"bytes an event, {EVERYTHING}": lambda s: sum(s.disk.values()) / rows,
        "13 months of 500 a second, TB": lambda s: s.disk["views"] / rows * RETAINED / 1e12,
        "one fsync of the disk before, ms": lambda s: s.fsync_ms,
    }


def ratios(results: Sequence[Results], one: str, other: str) -> Rows:
    """What `one` takes of CPU and of time, as a multiple of what `other` takes."""
    rows = [[f"{one} to {other}"]]
    for each in results:
        rows[0] += [f"{number(each.rows)} events: CPU", "clock"]
    stored = [
        work._replace(name=f"an event, {work.name}") for work in storing(results[0].passes[0])
    ]
    for work in (*stored, *ANSWERING):
        both = (work.cpu, work.clock)
        found = (times(ratio(each, of, one, other)) for each in results for of in both)
        rows.append([work.name, *found])
    return rows


def ratio(results: Results, measure: Measure, one: str, other: str) -> float:
    """Of the medians."""
    stores = results.by_store
    dividend, divisor = (spread([measure(s) for s in stores[name]]).median for name in (one, other))
    return dividend / divisor


def times(factor: float) -> str:
    return f"{digits(factor, 2)} times" if factor >= 1 else f"1/{digits(1 / factor, 2)}"


def cell(figures: Sequence[float]) -> str:
    """The median, and the least and the most where they differ."""
    median, least, most = map(digits, spread(figures))
    return median if least == most else f"{median} ({least}..{most})"


def digits(value: float, count: int = 3) -> str:
    """So many of them count."""
    rounded = float(f"{value:.{count}g}")
    return number(rounded) if rounded >= 100 else f"{rounded:g}"


def markdown(rows: Rows) -> str:
    head, *rest = rows
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ruler, *rest))
