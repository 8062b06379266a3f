"""How many listings of the catalogue get another category than from the registered pipeline."""

import json

import polars as pl

from benchmarks.bench import Bench
from benchmarks.processes import run
from benchmarks.row import Row, none_allowed
from benchmarks.services import ours
from benchmarks.services.service import Up

FIGURE = "agreement"
PEER = "the registered pipeline"
# Small batches are answered as single listings are, large ones by columns.
BATCHES = (8, 1_000)


def rows(bench: Bench) -> list[Row]:
    right = bench.material.registered_codes
    with bench.fleet.alone(ours.NAME) as up:
        found = {f"batches of {size:,}": _by_batches(bench, up, size) for size in BATCHES}
        single = _one_by_one(bench, up)
    found["predict FILE"] = _by_file(bench)
    counted = [
        none_allowed(FIGURE, f"answers, {way}", PEER, found=_differ(codes, right), among=len(right))
        for way, codes in found.items()
    ]
    sample = [right[place] for place in bench.material.sample]
    differ = _differ(single, sample)
    return [
        *counted,
        none_allowed(FIGURE, "answers, one by one", PEER, found=differ, among=len(sample)),
    ]


def _differ(found: list[int], right: list[int]) -> int:
    return sum(a != b for a, b in zip(found, right, strict=True))


def _by_batches(bench: Bench, up: Up, size: int) -> list[int]:
    ask, texts = up.asker(), bench.material.texts
    found = []
    for start in range(0, len(texts), size):
        body = up.service.batch(texts[start : start + size])
        found += up.service.codes(json.loads(ask(up.service.batch_path, body)))
    return found


def _one_by_one(bench: Bench, up: Up) -> list[int]:
    ask, texts = up.asker(), bench.material.texts
    answers = (
        json.loads(ask(up.service.path, up.service.one(texts[place])))
        for place in bench.material.sample
    )
    return [code for answer in answers for code in up.service.codes(answer)]


def _by_file(bench: Bench) -> list[int]:
    home = bench.material.champion
    source, target = home / "catalogue.parquet", home / "answers.parquet"
    bench.material.snapshot.rows.select("designation", "description").write_parquet(source)
    command = ["rakuten-mlops", "predict", str(source), "--output", str(target)]
    run(command, folder=home, environ=ours.environ(bench.material))
    return pl.read_parquet(target)["prdtypecode"].to_list()
