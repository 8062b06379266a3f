"""Classify a CSV in chunks by `Pipeline.predict`: `predict_plain MODEL SOURCE TARGET OUT`."""

import sys

import joblib
import pandas as pd

from benchmarks.plain_recipe import texts
from benchmarks.programs.outcome import write

CHUNK = 10_000


def main(model: str, source: str, target: str, out: str) -> None:
    pipeline = joblib.load(model)
    with pd.read_csv(source, chunksize=CHUNK, keep_default_na=False) as chunks:
        for number, chunk in enumerate(chunks):
            chunk["prdtypecode"] = pipeline.predict(texts(chunk))
            chunk.to_csv(target, mode="a" if number else "w", header=not number, index=False)
    write({}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
