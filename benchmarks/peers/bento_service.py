"""The plain recipe as a BentoML service, run in BentoML's own environment."""

import os

import bentoml
import joblib


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Plain:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["PLAIN_MODEL"])

    @bentoml.api
    def predict(self, designation: str, description: str) -> int:
        return int(self.model.predict([f"{designation} {description}"])[0])

    @bentoml.api
    def predict_batch(self, texts: list[str]) -> list[int]:
        return self.model.predict(texts).tolist()
