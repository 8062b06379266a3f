"""The services of `rakuten-mlops up`: MLflow, API, schedule and dashboard on one machine."""

import sys
from importlib.util import find_spec

from rakuten_mlops.dashboard.launch import command as dashboard_command
from rakuten_mlops.errors import ServiceFailed
from rakuten_mlops.settings import Settings
from rakuten_mlops.stack.supervisor import Service

MLFLOW_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    # The job runner is for other uses of MLflow, and costs eight processes.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


def services(settings: Settings, mlflow_port: int) -> list[Service]:
    """Everything that runs, in the order in which it starts."""
    ours = [sys.executable, "-m", "rakuten_mlops"]
    commands = {
        "mlflow": mlflow_command(settings, mlflow_port),
        "api": [*ours, "serve"],
        "dashboard": dashboard_command(host=settings.host, port=settings.dashboard_port),
    }
    if settings.cron or settings.drift_cron:
        commands["scheduler"] = [*ours, "scheduler"]
    environment = MLFLOW_ENVIRONMENT | settings.environment()
    logs = settings.home / "logs"
    return [
        Service(name, command, environment, logs / f"{name}.log")
        for name, command in commands.items()
    ]


def mlflow_command(settings: Settings, port: int) -> list[str]:
    """The arguments that start the MLflow server on SQLite, with one worker."""
    if find_spec("mlflow.server") is None or find_spec("flask") is None:
        raise ServiceFailed("The MLflow server is not installed; run `make setup`")
    store = settings.home.resolve() / "mlflow"
    store.mkdir(parents=True, exist_ok=True)
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        f"--backend-store-uri=sqlite:///{store / 'mlflow.db'}",
        f"--artifacts-destination={store / 'artifacts'}",
        "--host=127.0.0.1",
        f"--port={port}",
        "--workers=1",
    ]
