"""The commands of the README and of the guide to backups, typed as they stand there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.system.conftest import Stack

from rakuten_mlops.catalog.synthetic import synthesize

ROOT = Path(__file__).parents[2]
NOT_TYPED = {
    "make up\n": "it would start on the usual ports what `place` starts on others",
    "make test\n": "it is what runs this test",
}
PORT = 8000


def blocks(page: str) -> list[str]:
    """The shell commands of a page, block by block."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


README = [block for block in blocks("README.md") if block not in NOT_TYPED]
BACK_UP, RESTORE = next(
    block for block in blocks("docs/guides/backup.md") if "docker" not in block
).splitlines()


class Place:
    """A folder as a newcomer has it: `var/`, `.venv/` and the challenge's files; all of it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = Stack(folder / "var", schedule="0 0 29 2 *")
        (folder / ".venv").symlink_to(sys.prefix)
        rows = synthesize(1_500, seed=3)
        listings = pl.DataFrame(
            {
                "": range(len(rows)),
                "designation": [row.listing.designation for row in rows],
                "description": [row.listing.description for row in rows],
                "productid": range(10_000, 10_000 + len(rows)),
                "imageid": range(len(rows)),
            }
        )
        listings.write_csv(folder / "X_train_update.csv")
        listings.head(40).write_csv(folder / "X_test_update.csv")
        codes = pl.DataFrame({"": range(len(rows)), "prdtypecode": [r.prdtypecode for r in rows]})
        codes.write_csv(folder / "Y_train_CVw08PX.csv")

    def type(self, block: str) -> str:
        """Run a block; return what it prints."""
        done = subprocess.run(
            ["bash", "-eu", "-c", block.replace(f":{PORT}/", f":{self.stack.settings.port}/")],
            cwd=self.folder,
            env=os.environ | self.stack.settings.environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("newcomer"))
    place.stack.up()
    yield place
    if place.stack.process is not None and place.stack.process.poll() is None:
        place.stack.stop()


def test_what_is_not_typed_still_stands_in_the_readme():
    assert set(NOT_TYPED) <= set(blocks("README.md"))
    assert len(README) == 2


def test_the_commands_of_the_readme_do_what_it_says(place):
    first, own_data = (place.type(block) for block in README)

    assert json.loads(first)["prdtypecode"] == 2583
    assert "Registry  ok" in own_data
    answers = pl.read_csv(place.folder / "answers.csv")
    assert answers.height == 40
    with place.stack.client() as api:
        assert api.get("/catalog").json()["listings"] == 1_500
        assert len(api.get("/models").json()["versions"]) == 2


def test_a_backup_is_put_back_as_the_guide_says(place):
    def served() -> tuple[str, int]:
        with place.stack.client() as api:
            answer = api.post("/predict", json={"designation": "Piscine tubulaire"}).json()
            return answer["model_version"], api.get("/catalog").json()["revision"]

    before = served()
    place.stack.stop()
    place.type(BACK_UP)
    shutil.rmtree(place.folder / "var")

    place.type(RESTORE)
    place.stack.up()

    assert served() == before
