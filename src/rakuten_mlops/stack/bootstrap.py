"""From an empty machine to a served champion: catalogue, first training."""

import logging
import time
from collections.abc import Callable, Sequence

from rakuten_mlops.catalog.listing import LabelledListing
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.catalog.synthetic import arrivals, synthesize
from rakuten_mlops.client.answers import Job, Listing, Readiness
from rakuten_mlops.client.api_client import ApiClient
from rakuten_mlops.database import open_database
from rakuten_mlops.errors import ApiError, ServiceFailed
from rakuten_mlops.settings import Settings
from rakuten_mlops.users import SCHEDULER

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 120.0
# What was answered is in the prediction log after about a second.
RECORDED_SECONDS = 3.0
ANSWERING = ("ok", "no champion")
TRAINING_SECONDS = 4 * 3_600.0

Note = Callable[[str, float], None]
Ask = Callable[[Sequence[LabelledListing]], None]
Watch = Callable[[], None]


def scheduler_client(settings: Settings) -> ApiClient:
    """Connect to the API as the scheduler, with the password that is in force now."""
    path = settings.home / "scheduler-password"
    try:
        password = path.read_text().strip()
    except FileNotFoundError as error:
        raise ServiceFailed(f"{path} is missing; it is made when the API starts") from error
    return ApiClient(settings.api, name=SCHEDULER, password=password)


def ensure_catalog(settings: Settings) -> bool:
    """Make the demo's synthetic catalogue if there is none; tell whether there is one now."""
    catalog = Catalog(open_database(settings.database))
    if catalog.current_revision():
        return True
    if not settings.demo:
        return False
    catalog.write(
        synthesize(settings.demo_listings, seed=settings.seed),
        kind="synthetic",
        source=f"{settings.demo_listings} synthetic listings, seed {settings.seed}",
        author="demo",
    )
    return True


def ask_nobody(_came: Sequence[LabelledListing]) -> None:
    """Ask nobody about arrivals."""


def add_arrivals(settings: Settings, ask: Ask = ask_nobody) -> int:
    """Add the next batch of arrivals to a synthetic catalogue; return how many came.

    As on a marketplace, somebody is asked about them first, and true categories come later. A
    catalogue of real listings gets none.
    """
    catalog = Catalog(open_database(settings.database))
    revisions = catalog.revisions()
    if not any(each.kind == "synthetic" for each in revisions) or any(
        each.kind == "import" for each in revisions
    ):
        return 0
    batch = sum(each.kind == "arrivals" for each in revisions)
    came = arrivals(settings.demo_arrivals, seed=settings.seed, batch=batch)
    ask(came)
    catalog.write(
        came,
        kind="arrivals",
        source=f"synthetic arrivals, batch {batch}, seed {settings.seed}",
        author="demo",
    )
    return settings.demo_arrivals


def ask_api(client: ApiClient, came: Sequence[LabelledListing]) -> None:
    """Have the API predict arrivals, and wait until that is in the log; a failure is told only."""
    listings: list[Listing] = [
        {"designation": each.listing.designation, "description": each.listing.description}
        for each in came
    ]
    try:
        for _ in client.predict_many(listings):
            pass
    except ApiError as error:
        log.warning("nobody was asked about the arrivals: %s", error)
        return
    time.sleep(RECORDED_SECONDS)


def nothing_to_watch() -> None:
    """Watch nothing: somebody else starts the API's process."""


def wait_for_api(client: ApiClient, watch: Watch = nothing_to_watch) -> Readiness:
    """Wait until the API serves a champion, or could train one; return its readiness.

    `watch` is called meanwhile and may raise. Raises ServiceFailed if that takes too long.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        watch()
        try:
            found = client.readiness()
            if found["ready"] or found["registry"] in ANSWERING:
                return found
            missing = f"The registry is {found['registry']}"
        except ApiError as error:
            missing = f"The API is not there: {error}"
            if error.status == 401:
                raise ServiceFailed(missing) from error
        if time.monotonic() > deadline:
            raise ServiceFailed(missing)
        time.sleep(0.2)


def wait_for_registry(client: ApiClient, watch: Watch = nothing_to_watch) -> None:
    """Wait until the registry answers, which starts more slowly than what is served.

    Raises ServiceFailed if that takes too long.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (state := client.readiness()["registry"]) not in ANSWERING:
        watch()
        if time.monotonic() > deadline:
            raise ServiceFailed(f"The registry is {state}")
        time.sleep(0.2)


def train_first(client: ApiClient, note: Note, watch: Watch = nothing_to_watch) -> str:
    """Train if nothing is in production yet, and wait until a champion is served; its version.

    Raises ServiceFailed if the training ends without one.
    """
    note("starting", 0.0)
    ready = wait_for_api(client, watch)
    if not ready["ready"]:
        job = _start_or_join(client)
        job = follow(client, job["id"], note)
        if job["state"] != "succeeded":
            raise ServiceFailed(f"The first training {job['state']}: {job['message']}")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (ready := wait_for_api(client))["ready"]:
            if time.monotonic() > deadline:
                raise ServiceFailed(
                    f"{job['message']}, but the API does not serve it: {ready['registry']}"
                )
            time.sleep(0.2)
    return str(ready["model_version"])


def _start_or_join(client: ApiClient) -> Job:
    try:
        return client.start_training({"trigger": "first-start"})
    except ApiError as error:
        running = [job for job in client.jobs() if job["state"] in ("queued", "running")]
        if error.status != 409 or not running:
            raise ServiceFailed(str(error)) from error
        return running[0]


def follow(client: ApiClient, job_id: int, note: Note) -> Job:
    """Wait until a job has ended, noting each step and the share that is done; the job."""
    deadline = time.monotonic() + TRAINING_SECONDS
    while time.monotonic() < deadline:
        job = client.job(job_id)
        note(job["step"] or job["state"], job["progress"])
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.3)
    raise ServiceFailed(f"Training job {job_id} did not end in {TRAINING_SECONDS:.0f} s")
