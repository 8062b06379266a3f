"""The plain recipe from reading to scored: `train_plain DATABASE OUT`."""

import sys
import time

import numpy as np
from sklearn.metrics import f1_score

from benchmarks.plain_recipe import fit, read, texts
from benchmarks.programs.outcome import write


def main(url: str, out: str) -> None:
    start = time.perf_counter()
    training, kept = read(url)
    predicted = fit(training).predict(texts(kept))
    truth = kept["prdtypecode"]
    macro_f1 = f1_score(truth, predicted, labels=np.unique(truth), average="macro")
    seconds = time.perf_counter() - start
    write({"seconds": seconds, "macro_f1": float(macro_f1), "rows": len(training)}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
