"""Look through the dead letters, store those that can be read now, delete old ones.

list: a line each, without what is in them, then totals. show: all of a letter. replay: into
ClickHouse, as often as you like; it exits with 0 when all selected letters are stored (with
--dry-run: could be), with 3 when some still cannot be read. purge: deletes for good. 1 is the
exit code of what could not be done, also of a letter that is not there.
"""

import argparse
import asyncio
import sys

from client_gaps import http_client
from etl.commands import DIFFERS, DONE, USAGE, fail, say
from etl.commands.times import a_moment
from etl.history import History, history
from etl.letters import text
from etl.letters.purge import prefixes, purge
from etl.letters.reading import Reading
from etl.letters.replay import Pace, Replay
from etl.letters.selection import Selection
from etl.letters.tally import Tally
from etl.letters.verdict import STORED, verdict
from etl.metrics import Metrics
from etl.persistence import Persistence
from etl.settings import Settings
from etl.storage import Storage
from etl.warehouse import Warehouse
from telemetry.screen import Screen, number


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="list|show|replay|purge")
    filters = _filters()
    listing = actions.add_parser("list", parents=[filters], help="what lies there, and totals")
    listing.add_argument("--json", action="store_true", help="a JSON object a line")
    listing.set_defaults(act=_list)
    showing = actions.add_parser("show", parents=[filters], help="all of a letter")
    showing.add_argument(
        "names", nargs="*", metavar="SOURCE", help="<partition>-<offset>, as `list` shows it"
    )
    showing.add_argument("--full", action="store_true", help="values longer than 2 KiB as well")
    showing.add_argument("--json", action="store_true", help="a JSON object a line, in full")
    showing.set_defaults(act=_show)
    replaying = actions.add_parser("replay", parents=[filters], help="store what can be read now")
    replaying.add_argument("--dry-run", action="store_true", help="only say what would be stored")
    replaying.add_argument(
        "--rate", type=_at_least_one, default=1000, metavar="N", help="letters a second (1000)"
    )
    replaying.set_defaults(act=_replay)
    purging = actions.add_parser("purge", help="delete all letters of before a time")
    purging.add_argument(
        "--before", type=a_moment, required=True, metavar="TIME", help="as --since of `list`"
    )
    purging.add_argument("--yes", action="store_true", help="do not ask")


def _filters() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--reason", action="append", default=[], help="may be repeated")
    parser.add_argument(
        "--since", type=a_moment, metavar="TIME", help="buried then or later: RFC 3339, 30m, 2h, 7d"
    )
    parser.add_argument("--until", type=a_moment, metavar="TIME", help="buried before then")
    parser.add_argument("--partition", type=int, metavar="N", help="of the source")
    parser.add_argument("--limit", type=_at_least_one, metavar="N", help="at most so many letters")
    return parser


def _at_least_one(given: str) -> int:
    if given.isascii() and given.isdigit() and int(given[:19]) > 0:
        return int(given[:19])
    raise argparse.ArgumentTypeError(f"{given!r} is no number above 0")


async def command(settings: Settings, chosen: argparse.Namespace) -> int:
    if chosen.action is None:
        return fail("what of the dead letters: list, show, replay or purge?", USAGE)
    if chosen.action == "purge":
        async with history(settings.brokers) as past:
            return await _purge(settings, past, chosen)
    selection = _selection(chosen)
    if selection.since and selection.until and selection.since >= selection.until:
        return fail("no time is both --since and --until: the first must be the earlier one", USAGE)
    if chosen.action == "show" and selection == Selection():
        return fail("which letters? Name their sources, or give a filter", USAGE)
    async with history(settings.brokers) as past:
        reading = await Reading.of(past, settings.dead_letter_topic, selection)
        code: int = await chosen.act(settings, reading, chosen)
    return code


def _selection(chosen: argparse.Namespace) -> Selection:
    return Selection(
        reasons=frozenset(chosen.reason),
        names=frozenset(getattr(chosen, "names", ())),
        partition=chosen.partition,
        since=chosen.since,
        until=chosen.until,
        limit=chosen.limit,
    )


async def _list(settings: Settings, reading: Reading, chosen: argparse.Namespace) -> int:
    tally = Tally()
    async for letter in reading.letters():
        said = verdict(letter.value)
        tally.count(letter, said)
        if chosen.json:
            say(text.json_line(letter, said))
            continue
        if reading.taken == 1:
            say(text.TITLES)
        say(text.line(letter, said))
    if not chosen.json:
        _say_totals(settings, reading, tally)
    return DONE


async def _show(settings: Settings, reading: Reading, chosen: argparse.Namespace) -> int:
    missing = set(chosen.names)
    async for letter in reading.letters():
        said = verdict(letter.value)
        missing.discard(letter.name)
        if chosen.json:
            say(text.json_page(letter, said))
            continue
        if reading.taken > 1:
            say("")
        for row in text.page(letter, said, settings.dead_letter_topic, chosen.full):
            say(row)
    if reading.folded and not chosen.json:
        say(f"\ncopies left out: {number(reading.folded)}")
    if missing or not reading.taken:
        what = ", ".join(sorted(missing)) or "selected"
        return fail(
            f"no letter {what} among {number(reading.seen)} in {settings.dead_letter_topic}"
        )
    return DONE


async def _replay(settings: Settings, reading: Reading, chosen: argparse.Namespace) -> int:
    tally = Tally()
    if chosen.dry_run:
        async for letter in reading.letters():
            tally.count(letter, verdict(letter.value))
    else:
        await _store(settings, reading, tally, chosen.rate)
    _say_totals(settings, reading, tally)
    return DIFFERS if tally.unreadable else DONE


async def _store(settings: Settings, reading: Reading, tally: Tally, rate: int) -> None:
    screen, metrics = Screen(sys.stderr), Metrics()
    async with http_client(settings.insert_timeout_ms / 1000) as http:
        storage = Storage(Warehouse.of(settings, http), metrics, Persistence(metrics))
        replay = Replay(storage, Pace(rate))

        def show(share: float) -> None:
            screen.progress(
                share,
                f"{number(replay.stored)} stored, {number(tally.unreadable)} cannot be read",
            )

        try:
            async for letter in reading.letters():
                said = verdict(letter.value)
                if letter.value is not None and said.readable:
                    if await replay.add(letter.value):
                        show(min(0.99, reading.seen / reading.total))
                    said = STORED
                tally.count(letter, said)
            await replay.flush()
        except BaseException:
            screen.say(f"{number(replay.stored)} stored so far; it may be run again")
            raise
        show(1.0)


def _say_totals(settings: Settings, reading: Reading, tally: Tally) -> None:
    if not reading.taken:
        say(f"no letter selected of {number(reading.seen)} in {settings.dead_letter_topic}")
        return
    say("")
    for row in text.totals(tally):
        say(row)
    say(f"letters: {number(reading.taken)}; copies left out: {number(reading.folded)}")


async def _purge(settings: Settings, past: History, chosen: argparse.Namespace) -> int:
    topic = settings.dead_letter_topic
    found = await prefixes(past, topic, chosen.before)
    count = number(sum(span.length for span in found))
    what = f"{count} letters of before {chosen.before:%Y-%m-%dT%H:%M:%SZ} in {topic}"
    if not found:
        say(f"nothing to delete: {what}")
        return DONE
    if not chosen.yes:
        if not sys.stdin.isatty():
            return fail(f"{what}: say --yes to delete them, there is no terminal to ask at")
        if await _answer(f"delete {what}? It cannot be undone [y/N] ") not in ("y", "yes"):
            return fail("nothing was deleted")
    await purge(settings.brokers, found)
    say(f"deleted {what}")
    return DONE


async def _answer(question: str) -> str:
    """Not `input`: a Ctrl-C would wait for its end."""
    sys.stdout.write(question)
    sys.stdout.flush()
    loop, heard = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, heard.set)
    try:
        await heard.wait()
    finally:
        loop.remove_reader(sys.stdin)
    said: str = sys.stdin.readline()
    return said.strip().lower()
