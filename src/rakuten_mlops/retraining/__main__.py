"""The process of one training job: `python -m rakuten_mlops.retraining JOB`.

Started by `Jobs.start`, which hands it the lock. It gives way to predictions (nice), and writes
where it is and what it came to into its job.
"""

import logging
import os
import sys
import threading
import time
from contextvars import copy_context

from rakuten_mlops import request_ids
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.errors import RakutenError
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.memory import look_for_garbage_seldom
from rakuten_mlops.registry.opening import mlflow_beside
from rakuten_mlops.retraining.doubts import Questions
from rakuten_mlops.retraining.jobs import Job, Jobs
from rakuten_mlops.retraining.loop import Outcome, Retraining
from rakuten_mlops.retraining.request import TrainingRequest, gate_of
from rakuten_mlops.retraining.submission import git_commit
from rakuten_mlops.review.labels import Labels
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.settings import Settings
from rakuten_mlops.traces import traces

log = logging.getLogger(__name__)


def main(job_id: int) -> int:
    """Run a job and return the process's exit status."""
    os.nice(10)
    look_for_garbage_seldom()
    settings = Settings()
    configure_logging(settings.log_format)
    request_ids.enter_from_environment()
    traces.start("rakuten-mlops-training", settings.otlp_endpoint)
    here = copy_context()
    threading.Thread(target=here.run, args=(_end_with, os.getppid()), daemon=True).start()
    jobs = Jobs(open_database(settings.database), settings)
    job = jobs.get(job_id)
    jobs.begin(job_id)
    try:
        with traces.job("training"):
            outcome = _retrain(job, jobs, settings)
    except RakutenError as error:
        jobs.fail(job_id, str(error))
        return 1
    except Exception as error:
        log.exception("training job %d stopped on an error that is not foreseen", job_id)
        jobs.fail(job_id, f"{type(error).__name__}: {error}; the log has the details")
        return 1
    finally:
        traces.stop()
    ChampionStore(settings.home).announce()
    jobs.succeed(job_id, outcome.summary(), outcome.message)
    return 0


def _end_with(parent: int) -> None:
    """End when the API that started this is gone: a training that nobody sees helps nobody."""
    while os.getppid() == parent:
        time.sleep(0.5)
    log.error("the API is gone; the training ends with it")
    os._exit(1)


def _retrain(job: Job, jobs: Jobs, settings: Settings) -> Outcome:
    request = TrainingRequest(**job.parameters)
    engine = open_database(settings.database)
    Labels(engine).flush()
    retraining = Retraining(
        Catalog(engine),
        mlflow_beside(settings.mlflow_url),
        gate_of(settings),
        by=job.requested_by,
        commit=git_commit(settings),
        questions=Questions.of(engine, settings),
    )
    with traces.steps(lambda step, done: jobs.report(job.id, step, done)) as progress:
        return retraining.run(request.parameters(settings), force=request.force, progress=progress)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
