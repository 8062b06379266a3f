import json

import pytest

from benchmarks.row import less_is_better, more_is_better, none_allowed, not_measured
from benchmarks.table import END, START, write, write_readme

MACHINE = {
    "cpu": "a processor",
    "cores": 2,
    "memory_gib": 24.0,
    "system": "Linux",
    "python": "3.11",
    "libraries": {"numpy": "2"},
}


def an_entry(data="synthetic", figure="training", ours=1.0, **rest):
    row = less_is_better(
        figure, "time", "s", ours=ours, peer_name="plain recipe", peer=3.0, floor=2.5, **rest
    )
    return {"data": data, "date": "2026-11-22", "commit": "abc"} | row.summary()


@pytest.mark.parametrize(("ours", "met"), [(1.0, True), (2.0, False)])
def test_fewer_seconds_are_better_and_the_floor_says_how_much(ours, met):
    row = less_is_better("f", "m", "s", ours=ours, peer_name="p", peer=2.0, floor=2.0)

    assert row.ratio == 2.0 / ours
    assert row.met is met


def test_a_higher_rate_is_better_and_without_a_floor_nothing_is_judged():
    row = more_is_better("f", "m", "requests/s", ours=300.0, peer_name="p", peer=100.0, floor=None)

    assert row.ratio == 3.0
    assert row.met is None


@pytest.mark.parametrize(("found", "met"), [(0, True), (1, False)])
def test_what_must_not_be_is_met_by_none_only(found, met):
    assert none_allowed("agreement", "m", "p", found=found, among=1_000).met is met


def test_an_absent_peer_keeps_its_row():
    row = not_measured("POST /predict", "", "BentoML", "cannot be installed")

    assert row.met is None
    assert row.note == "not measured: cannot be installed"


def test_a_new_run_replaces_its_own_figures_of_its_own_catalogue(tmp_path):
    path = tmp_path / "latest.json"
    write(MACHINE, [an_entry(), an_entry(figure="growth"), an_entry(data="import")], path)

    entries = write(MACHINE, [an_entry(ours=0.5)], path)

    assert json.loads(path.read_text())["rows"] == entries
    assert [(each["data"], each["figure"], each["ours"]) for each in entries] == [
        ("synthetic", "training", 0.5),
        ("synthetic", "growth", 1.0),
        ("import", "training", 1.0),
    ]


def test_rows_of_another_machine_are_not_kept(tmp_path):
    path = tmp_path / "latest.json"
    write(MACHINE, [an_entry(figure="growth")], path)

    entries = write(MACHINE | {"cores": 64}, [an_entry()], path)

    assert [each["figure"] for each in entries] == ["training"]


def test_the_readme_keeps_its_words_around_the_table(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n\n{START}\nold\n{END}\nafter\n")

    write_readme(MACHINE, [an_entry(note="noisy")], readme)

    text = readme.read_text()
    assert text.startswith(f"before\n\n{START}\n2 cores of a processor")
    assert text.endswith(f"|\n{END}\nafter\n")
    assert "old" not in text
    assert "| training | time, noisy | s | 1 | plain recipe | 3 | 3x | 2.5x | yes |" in text
