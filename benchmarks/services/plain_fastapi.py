"""The plain recipe behind a plain FastAPI route, without credentials."""

import sys

from benchmarks.material import Material
from benchmarks.services.ours import listing
from benchmarks.services.service import Service

NAME = "FastAPI + Pipeline.predict"


def service(material: Material) -> Service:
    return Service(
        NAME,
        lambda port: uvicorn("benchmarks.programs.plain_api:app", port),
        folder=material.plain,
        path="/predict",
        one=listing,
        batch_path="/predict_batch",
        batch=lambda texts: {"items": [listing(text) for text in texts]},
        codes=lambda answer: answer.get("prdtypecodes") or [answer["prdtypecode"]],
        expected=material.plain_codes,
        environ={"PLAIN_MODEL": str(material.plain / "plain.joblib")},
    )


def uvicorn(app: str, port: int) -> list[str]:
    """The command that serves an application as ours is: one worker, no access log."""
    return [
        *(sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port)),
        "--no-access-log",
    ]
