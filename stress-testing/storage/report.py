"""Results as a table: a column for each store, on the terminal and in the README."""

from collections.abc import Callable, Sequence

from storage.outcome import Outcome, Results

from telemetry.screen import number

EVERYTHING = "all four tables"


def table(results: Results) -> Sequence[Sequence[str]]:
    """Rows of cells, the first has the names."""
    stores = results.stores
    if not stores:
        return []
    rows = [
        ("events a second, empty tables, batches of 50 000", lambda s: number(s.loads[0].per_s)),
        *(
            (f"events a second, batches of {number(load.batch)}", _per_s(place))
            for place, load in enumerate(stores[0].loads)
            if place
        ),
        ("events a second, one by one", lambda s: number(s.single.per_s)),
        *(
            (f"CPU an event, batches of {number(load.batch)}, µs", _cpu(place))
            for place, load in enumerate(stores[0].loads)
            if place
        ),
        ("CPU an event, one by one, µs", lambda s: number(s.single.cpu_us)),
        ("where did I stop, p50, ms", lambda s: f"{s.positions.p50_ms:.2f}"),
        ("100 of these, s", lambda s: f"{s.positions.mean_ms / 10:.3f}"),
        ("most watched films of a week, ms", lambda s: f"{s.most_watched.p50_ms:.1f}"),
        ("viewers per day, ms", lambda s: f"{s.viewers_per_day.p50_ms:.1f}"),
        ("events a second while reading", lambda s: number(s.mixed.stored_per_s)),
        ("where did I stop, while writing, p50, ms", lambda s: f"{s.mixed.positions.p50_ms:.2f}"),
        ("the same, p99, ms", lambda s: f"{s.mixed.positions.p99_ms:.1f}"),
        ("most watched, while writing, p50, ms", lambda s: f"{s.mixed.most_watched.p50_ms:.1f}"),
        ("bytes an event", lambda s: f"{s.disk['views'] / results.rows:.1f}"),
        (f"bytes an event, {EVERYTHING}", lambda s: f"{sum(s.disk.values()) / results.rows:.1f}"),
        ("one fsync of the disk meanwhile, ms", lambda s: f"{s.fsync_ms:.2f}"),
    ]
    head = [f"{number(results.rows)} events", *(store.name for store in stores)]
    return [head, *([title, *map(cell, stores)] for title, cell in rows)]


def markdown(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = rows
    ruler = ["---", *["--:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ruler, *rest))


def _per_s(place: int) -> Callable[[Outcome], str]:
    return lambda store: number(store.loads[place].per_s)


def _cpu(place: int) -> Callable[[Outcome], str]:
    return lambda store: f"{store.loads[place].cpu_us:.1f}"
