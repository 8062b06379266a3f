"""FastAPI's own floor: a route that checks credentials and a body, and does nothing.

Run by uvicorn; the environment's FLOOR_PASSWORD is the password.
"""

import os
import secrets
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel


class Listing(BaseModel):
    designation: str
    description: str | None = None


app = FastAPI()
password = os.environ["FLOOR_PASSWORD"].encode()


async def authenticated(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> str:
    if not secrets.compare_digest(given.password.encode(), password):
        raise HTTPException(401)
    return given.username


@app.post("/predict")
async def predict(_listing: Listing, _: Annotated[str, Depends(authenticated)]) -> dict[str, int]:
    return {"prdtypecode": 0}
