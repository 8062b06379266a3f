"""A plain FastAPI route over the plain recipe, as a first version of such a service is written.

Run by uvicorn; the environment's PLAIN_MODEL names the model.
"""

import os

import joblib
from fastapi import FastAPI
from pydantic import BaseModel


class Listing(BaseModel):
    designation: str
    description: str = ""

    @property
    def text(self) -> str:
        return f"{self.designation} {self.description}"


class Batch(BaseModel):
    items: list[Listing]


app = FastAPI()
model = joblib.load(os.environ["PLAIN_MODEL"])


@app.post("/predict")
def predict(listing: Listing) -> dict[str, int]:
    return {"prdtypecode": int(model.predict([listing.text])[0])}


@app.post("/predict_batch")
def predict_batch(batch: Batch) -> dict[str, list[int]]:
    return {"prdtypecodes": model.predict([item.text for item in batch.items]).tolist()}
