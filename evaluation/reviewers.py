"""Reviewers at once over one queue: is anything answered twice, held by two, or lost?

    python -m evaluation.reviewers --catalog var --items 500

Every reviewer is a process of its own; one more takes items, answers a few and is killed with the
others in its hands. The queue is made in a database of its own, on SQLite unless `--database`
names an empty PostgreSQL database; the catalogue is only read.
"""

import itertools
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, func, select

from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import synthesize
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.errors import ItemAnswered, ItemHeld
from rakuten_mlops.review.item import Item, Offer
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.queue import Queue, now
from rakuten_mlops.tables import review_answers, review_items

VANISHING = "vanishing"
AT_ONCE = 5
LOOK_SECONDS = 0.001

console = Console()


@dataclass(frozen=True)
class Outcome:
    """What came of it; `lost`, `answered_twice` and `held_by_two` say what went wrong.

    `taken_over` items were held by the reviewer who vanished and answered by another.
    """

    items: int
    answered: int
    taken_over: int
    seconds: float
    lost: int
    answered_twice: int
    held_by_two: int
    refused: int


def review(url: str, titles: list[str], *, reviewers: int, lease: timedelta, seed: int) -> Outcome:
    """Let reviewers answer a queue of titles in an empty database until nothing waits."""
    engine = open_database(url)
    migrate(engine)
    _fill(engine, titles)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run(url, folder, reviewers=reviewers, lease=lease, seed=seed, items=len(titles))
        seconds = time.perf_counter() - start
        logs = [file.read_text().splitlines() for file in folder.iterdir()]
    held = [json.loads(line) for log in logs for line in log]
    outcome = _judge(engine, held, seconds)
    engine.dispose()
    return outcome


def _fill(engine: Engine, titles: list[str]) -> None:
    guesses = [(10, "Livres d'occasion", 0.5), (2705, "Livres neufs", 0.4)]
    offering = Offering(engine, limit=len(titles))
    # Every fourth was drawn at random, as if by a sample of that share.
    offers = [
        Offer(title, "", "1", guesses, drawn=place % 4 == 0) for place, title in enumerate(titles)
    ]
    offering.put(offers)


def _run(
    url: str, folder: Path, *, reviewers: int, lease: timedelta, seed: int, items: int
) -> None:
    spawn = multiprocessing.get_context("spawn")
    names = [f"reviewer {n}" for n in range(reviewers)]
    leaves_after = max(1, items // (4 * (reviewers + 1)))
    everybody = [
        spawn.Process(target=_look, args=(url, folder, name, lease, seed + place, None))
        for place, name in enumerate(names)
    ]
    leaving = (url, folder, VANISHING, lease, seed + reviewers, leaves_after)
    everybody.append(spawn.Process(target=_look, args=leaving))
    for process in everybody:
        process.start()
    for process in everybody:
        process.join()
    failed = [process.exitcode for process in everybody[:-1] if process.exitcode != 0]
    if failed or everybody[-1].exitcode != -signal.SIGKILL:
        raise RuntimeError(f"Reviewers ended with {failed}, {everybody[-1].exitcode}")


def _look(
    url: str, folder: Path, name: str, lease: timedelta, seed: int, leaves_after: int | None
) -> None:
    """Take items, look at each for a moment, and answer, until none is left; or vanish."""
    engine = open_database(url)
    queue, chance = Queue(engine, lease=lease), random.Random(seed)  # noqa: S311 - no secret
    answered = 0
    with (folder / name).open("w") as log:
        while _remaining(engine):
            items = queue.next(name, count=AT_ONCE)
            for item in items:
                if leaves_after is not None and answered >= leaves_after:
                    _vanish(log, items[items.index(item) :], lease)
                time.sleep(chance.uniform(0, 2 * LOOK_SECONDS))
                looked_until, word = now(), chance.choice(["confirm", "not a product"])
                try:
                    queue.answer(item.id, name, word)
                    refused = False
                except (ItemAnswered, ItemHeld):
                    refused = True
                answered += not refused
                _note(log, item, lease, until=looked_until, refused=refused)
            if not items:
                time.sleep(lease.total_seconds() / 20)


def _remaining(engine: Engine) -> int:
    waiting = select(func.count()).where(review_items.c.state == "waiting")
    with engine.connect() as connection:
        return connection.scalar(waiting) or 0


def _vanish(log: Any, items: list[Item], lease: timedelta) -> None:
    for item in items:
        _note(log, item, lease, until=item.leased_until, refused=False)
    log.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def _note(log: Any, item: Item, lease: timedelta, *, until: datetime | None, refused: bool) -> None:
    """Write down who held an item, from when until when."""
    if item.leased_until is None or until is None:
        raise RuntimeError(f"Item {item.id} was given to nobody")
    held = {
        "item": item.id,
        "by": item.leased_by,
        "from": (item.leased_until - lease).timestamp(),
        "until": min(until, item.leased_until).timestamp(),
        "refused": refused,
    }
    log.write(json.dumps(held) + "\n")


def _judge(engine: Engine, held: list[dict[str, Any]], seconds: float) -> Outcome:
    given = select(review_answers.c.item_id, review_answers.c.reviewer)
    with engine.connect() as connection:
        items = list(connection.scalars(select(review_items.c.id)))
        answers = connection.execute(given).all()
    times = Counter(item for item, _ in answers)
    left_behind = {each["item"] for each in held if each["by"] == VANISHING}
    by_others = {item for item, reviewer in answers if reviewer != VANISHING}
    return Outcome(
        items=len(items),
        answered=len(times),
        taken_over=len(left_behind & by_others),
        seconds=seconds,
        lost=len(set(items) - times.keys()),
        answered_twice=sum(count > 1 for count in times.values()),
        held_by_two=_held_by_two(held),
        refused=sum(each["refused"] for each in held),
    )


def _held_by_two(held: list[dict[str, Any]]) -> int:
    """How many items somebody held while somebody else did."""
    spans: dict[int, list[tuple[float, float, str]]] = {}
    for each in held:
        spans.setdefault(each["item"], []).append((each["from"], each["until"], each["by"]))
    found = 0
    for each in spans.values():
        pairs = itertools.pairwise(sorted(each))
        found += any(later[0] < first[1] and later[2] != first[2] for first, later in pairs)
    return found


def _titles(catalog: str | None, items: int, seed: int) -> list[str]:
    """Different titles, of a home folder's catalogue or a database's, or synthetic ones."""
    if catalog is None:
        found = [row.listing.designation for row in synthesize(4 * items, seed=seed)]
    else:
        url = catalog if "://" in catalog else f"sqlite:///{Path(catalog) / 'catalog.db'}"
        found = Catalog(open_database(url)).labelled()["designation"].to_list()
    titles = sorted(set(found))
    if len(titles) < items:
        raise typer.BadParameter(f"there are only {len(titles)} different titles")
    return random.Random(seed).sample(titles, items)  # noqa: S311 - no secret


def main(
    items: Annotated[int, typer.Option(min=20, help="Items in the queue.")] = 500,
    reviewers: Annotated[int, typer.Option(min=1, help="Beside the one who vanishes.")] = 2,
    catalog: Annotated[
        str | None, typer.Option(help="Home folder or database URL; default: synthetic listings.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="An empty database for the queue; default: SQLite.")
    ] = None,
    lease: Annotated[float, typer.Option(min=0.2, help="How long an item is held, seconds.")] = 2.0,
    seed: Annotated[int, typer.Option(help="Of the choice of listings and of the answers.")] = 20,
) -> None:
    """Print what reviewers at once did to one queue; fail if anything went wrong."""
    titles = _titles(catalog, items, seed)
    with tempfile.TemporaryDirectory() as folder:
        url = database or f"sqlite:///{folder}/queue.db"
        held_for = timedelta(seconds=lease)
        outcome = review(url, titles, reviewers=reviewers, lease=held_for, seed=seed)
    table = Table("reviewers at once", f"{reviewers} + 1 who vanishes")
    for name, value in vars(outcome).items():
        table.add_row(
            name.replace("_", " "), f"{value:,.1f}" if name == "seconds" else f"{value:,}"
        )
    console.print(table)
    wrong = outcome.lost + outcome.answered_twice + outcome.held_by_two
    sys.exit(1 if wrong or not outcome.taken_over else 0)


if __name__ == "__main__":
    typer.run(main)
