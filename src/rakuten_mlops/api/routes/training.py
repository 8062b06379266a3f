"""`/training`: start a retraining, and see where it is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from rakuten_mlops.api.auth import Admin, Anyone
from rakuten_mlops.api.schemas import Job, JobList, TrainingBody
from rakuten_mlops.api.services import ServicesOf
from rakuten_mlops.retraining import jobs

router = APIRouter(prefix="/training", tags=["training"])

JobId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post("", status_code=202)
def start_training(
    services: ServicesOf, user: Admin, response: Response, body: TrainingBody | None = None
) -> Job:
    """Start a retraining in a process of its own; 409, with the running job, if there is one."""
    request = body or TrainingBody()
    job = services.jobs.start(
        trigger=request.trigger,
        requested_by=user.name,
        parameters=request.model_dump(exclude={"trigger"}, exclude_none=True),
    )
    response.headers["Location"] = f"/training/{job.id}"
    return describe(job)


@router.get("")
def list_trainings(
    services: ServicesOf, _: Anyone, limit: int = Query(50, ge=1, le=1_000)
) -> JobList:
    """The latest trainings, newest first."""
    services.jobs.mark_orphans()
    return JobList(jobs=[describe(job) for job in services.jobs.history(limit=limit)])


@router.get("/{job_id}")
def show_training(job_id: JobId, services: ServicesOf, _: Anyone) -> Job:
    """Where a training is, or what it came to."""
    return describe(services.jobs.get(job_id))


def describe(job: jobs.Job) -> Job:
    """A job as it goes over HTTP."""
    return Job.model_validate(vars(job))
