"""`up`: everything on one machine, from one command."""

import signal
import time
from typing import Annotated, Any, NoReturn

import typer

from rakuten_mlops.client.api_client import ApiClient, ApiError
from rakuten_mlops.commands.services import show_password
from rakuten_mlops.commands.terminal import console, explained, read_settings, share_bar
from rakuten_mlops.settings import Settings
from rakuten_mlops.stack import server
from rakuten_mlops.stack.bootstrap import (
    ensure_catalog,
    scheduler_client,
    train_first,
    wait_for_registry,
)
from rakuten_mlops.stack.local import services
from rakuten_mlops.stack.supervisor import Supervisor, refuse_taken_ports

EXAMPLE = "Piscine hors sol tubulaire ronde, avec pompe à filtre"


def up(
    mlflow_port: Annotated[int, typer.Option(help="Port of MLflow.")] = 5000,
    once: Annotated[
        bool, typer.Option("--once", help="End as soon as a prediction was served.")
    ] = False,
) -> None:
    """Run MLflow, the API, the schedule and the dashboard on this machine; Ctrl-C ends them."""
    began = time.monotonic()
    settings = read_settings().model_copy(update={"mlflow_url": f"http://127.0.0.1:{mlflow_port}"})
    signal.signal(signal.SIGTERM, _interrupt)
    with explained():
        refuse_taken_ports(
            {"MLflow": mlflow_port, "the API": settings.port, "Streamlit": settings.dashboard_port}
        )
        show_password(server.prepare(settings), settings)
        with Supervisor(services(settings, mlflow_port)) as running:
            if _start(settings, running):
                _predict_once(scheduler_client(settings), time.monotonic() - began)
            _show_addresses(settings, mlflow_port)
            while not once:
                running.check()
                time.sleep(1)


def _interrupt(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def _start(settings: Settings, running: Supervisor) -> bool:
    """Bring the champion up; tell whether there is a catalogue to have one from."""
    with share_bar("Starting") as bar:
        bar.note("catalogue", 0.0)
        if not ensure_catalog(settings):
            return False
        client = scheduler_client(settings)
        version = train_first(client, bar.note, running.check)
        bar.note(f"version {version} is served; waiting for MLflow", 1.0)
        wait_for_registry(client, running.check)
        bar.note(f"version {version} is served", 1.0)
    return True


def _predict_once(client: ApiClient, seconds: float) -> None:
    try:
        answer = client.predict({"designation": EXAMPLE})
    except ApiError as error:
        if error.status != 503:
            raise
        # Of several workers another one was ready; this one looks twice a second.
        time.sleep(2.0)
        answer = client.predict({"designation": EXAMPLE})
    console.print(
        f"\n  « {EXAMPLE} »\n  -> {answer['prdtypecode']} {answer['category']}, "
        f"served by version {answer['model_version']} after {seconds:.0f} s\n"
    )


def _show_addresses(settings: Settings, mlflow_port: int) -> None:
    console.print(f"  Dashboard  http://127.0.0.1:{settings.dashboard_port}")
    console.print(f"  API        http://127.0.0.1:{settings.port}")
    console.print(f"  MLflow     http://127.0.0.1:{mlflow_port}")
    invented = settings.home / "admin-password"
    if invented.exists():
        console.print(f"  Log in as admin; the first password is in {invented}.")
    console.print(
        f"  Retraining: {settings.schedule}. Logs are in {settings.home / 'logs'}. "
        "Ctrl-C ends everything."
    )
