"""Our API as `rakuten-mlops serve` starts it: one worker, credentials, the full answer."""

import base64
import shutil
import sys
from dataclasses import replace

from benchmarks.material import Material
from benchmarks.services.service import Service, Text

NAME = "ours"
# What is in the home and the API does not read.
NOT_SERVED = ("mlruns", "mlflow.db", "traffic", "*.joblib", "*.skops")
USER, PASSWORD = "admin", "benchmark-only-password"


def service(material: Material) -> Service:
    """The service over the champion's home; its database holds users only."""
    home, registered = material.champion, material.registered_codes
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def command(port: int) -> list[str]:
        return ["env", f"RAKUTEN_PORT={port}", sys.executable, "-m", "rakuten_mlops", "serve"]

    return Service(
        NAME,
        command,
        folder=home,
        path="/predict",
        one=listing,
        batch_path="/predict_batch",
        batch=lambda texts: {"items": [listing(text) for text in texts]},
        codes=codes,
        expected=[registered[place] for place in material.sample],
        environ=environ(material),
        headers={"Authorization": f"Basic {token}"},
    )


def without_log(material: Material) -> Service:
    """The same service in a home of its own, which logs nothing of what it answers."""
    home = material.champion.with_name("home-without-log")
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(material.champion, home, ignore=shutil.ignore_patterns(*NOT_SERVED))
    served = service(material)
    environ = {**served.environ, "RAKUTEN_HOME": str(home), "RAKUTEN_LOG": "off"}
    return replace(served, folder=home, environ=environ)


def environ(material: Material) -> dict[str, str]:
    """The settings of that home."""
    return {
        "RAKUTEN_HOME": str(material.champion),
        "RAKUTEN_MLFLOW_URL": material.registry,
        "RAKUTEN_ADMIN_PASSWORD": PASSWORD,
        "RAKUTEN_SCHEDULE": "off",
        # An imported catalogue may hold longer texts than strangers may send.
        "RAKUTEN_MAX_DESIGNATION": "1000000",
        "RAKUTEN_MAX_DESCRIPTION": "10000000",
        "RAKUTEN_MAX_BODY": "1000000000",
    }


def listing(text: Text) -> dict[str, str]:
    """A listing as our routes take it."""
    return dict(zip(("designation", "description"), text, strict=True))


def codes(answer: dict) -> list[int]:
    """The categories of an answer; each comes with its confidence and its alternatives."""
    full = answer.get("predictions", [answer])
    found = [each["alternatives"][0]["prdtypecode"] for each in full if each["confidence"] > 0]
    return found if found == [each["prdtypecode"] for each in full] else []
