"""MLServer's scikit-learn runtime over the plain recipe's model, in an environment of its own."""

import json
from pathlib import Path

from benchmarks.material import Material
from benchmarks.processes import free_port
from benchmarks.services.peer_environment import peer_environment
from benchmarks.services.service import Service, Text

NAME = "MLServer"
MODEL = "plain"


def service(material: Material) -> Service:
    programs = peer_environment("mlserver")
    folder = material.folder / "mlserver"

    def command(port: int) -> list[str]:
        _configure(folder, material.plain / "plain.joblib", port)
        return [str(programs / "mlserver"), "start", str(folder)]

    return Service(
        NAME,
        command,
        folder=folder,
        path=f"/v2/models/{MODEL}/infer",
        one=lambda text: question([text]),
        batch_path=f"/v2/models/{MODEL}/infer",
        batch=question,
        codes=lambda answer: answer["outputs"][0]["data"],
        expected=material.plain_codes,
    )


def question(texts: list[Text]) -> dict[str, object]:
    """Listings in the open inference protocol, version 2."""
    data = [" ".join(text) for text in texts]
    column = {"name": "text", "shape": [len(data)], "datatype": "BYTES", "data": data}
    return {"parameters": {"content_type": "str"}, "inputs": [column]}


def _configure(folder: Path, model: Path, port: int) -> None:
    # No worker processes: on one core the model's own process is the quickest.
    server = {
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
        "parallel_workers": 0,
    }
    settings = {
        "name": MODEL,
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(model)},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(server))
    (folder / "model-settings.json").write_text(json.dumps(settings))
