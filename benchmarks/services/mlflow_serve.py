"""`mlflow models serve` over the plain recipe's model."""

import sys

from benchmarks.material import Material
from benchmarks.services.service import Service, Text

NAME = "mlflow models serve"


def service(material: Material) -> Service:
    return Service(
        NAME,
        lambda port: [
            *(sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"),
            *("--model-uri", str(material.plain / "mlflow"), "--port", str(port)),
        ],
        folder=material.plain,
        path="/invocations",
        one=lambda text: question([text]),
        batch_path="/invocations",
        batch=question,
        codes=lambda answer: answer["predictions"],
        expected=material.plain_codes,
    )


def question(texts: list[Text]) -> dict[str, list[str]]:
    """Listings as the server takes them: the recipe's text of each."""
    return {"inputs": [" ".join(text) for text in texts]}
