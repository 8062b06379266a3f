"""FastAPI's own floor: an authenticated route that does nothing."""

from benchmarks.material import Material
from benchmarks.services import ours
from benchmarks.services.plain_fastapi import uvicorn
from benchmarks.services.service import Service

NAME = "FastAPI, empty route"


def service(material: Material) -> Service:
    like = ours.service(material)
    return Service(
        NAME,
        lambda port: uvicorn("benchmarks.programs.empty_api:app", port),
        folder=material.folder,
        path=like.path,
        one=like.one,
        batch_path=like.batch_path,
        batch=like.batch,
        codes=like.codes,
        expected=None,
        environ={"FLOOR_PASSWORD": ours.PASSWORD},
        headers=like.headers,
    )
