"""The Python of the documents runs, against an API that answers from memory."""

import re
from pathlib import Path

import pytest
from tests.dashboard.fake_api import FakeApi, create_app, served

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ADDRESS = "http://127.0.0.1:8000"


def examples() -> list[str]:
    """Every block of Python that speaks to the API."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    blocks = [
        block
        for text in texts
        for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ]
    return [block for block in blocks if ADDRESS in block]


def test_there_is_an_example():
    assert examples()


@pytest.mark.parametrize("example", examples())
def test_an_example_runs_and_says_something(example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("var").mkdir()
    Path("var/admin-password").write_text("admin-password\n")

    with served(create_app(FakeApi())) as address:
        exec(compile(example.replace(ADDRESS, address), "example", "exec"), {})  # noqa: S102

    assert capsys.readouterr().out
