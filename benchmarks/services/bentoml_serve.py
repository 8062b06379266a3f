"""BentoML over the plain recipe's model, in an environment of its own."""

from benchmarks.machine import ROOT
from benchmarks.material import Material
from benchmarks.services.ours import listing
from benchmarks.services.peer_environment import peer_environment
from benchmarks.services.service import Service

NAME = "BentoML"


def service(material: Material) -> Service:
    programs = peer_environment("bentoml")
    return Service(
        NAME,
        lambda port: [
            *(str(programs / "bentoml"), "serve", "bento_service:Plain", "--host", "127.0.0.1"),
            *("--port", str(port), "--working-dir", str(ROOT / "benchmarks/peers")),
        ],
        folder=material.plain,
        path="/predict",
        one=listing,
        batch_path="/predict_batch",
        batch=lambda texts: {"texts": [" ".join(text) for text in texts]},
        codes=lambda answer: answer if isinstance(answer, list) else [answer],
        expected=material.plain_codes,
        environ={
            "PLAIN_MODEL": str(material.plain / "plain.joblib"),
            "BENTOML_HOME": str(material.folder / "bentoml"),
        },
    )
