"""The whole life of one model: which category does a product listing belong to?

    catalog      DATA          listings, labels, revisions, the permanent holdout
       |
    training     TRAINING      TF-IDF + LinearSVC -> candidate and scorecard
       |
    registry     VERSIONING    MLflow versions, aliases Production and Staging, the gate
       |
    serving      DEPLOYMENT    the lean scorer and the champion that it serves
       |
    monitoring   MONITORING    what was served, how traffic changes, the shadow
    review       MONITORING    what people say of it, and how that becomes labels
       |
    retraining   the loop      snapshot, train, register, judge, promote; prove it again
       |
    api  |  dashboard          HTTP, and the pages that speak it
              client           HTTP for Python programs: the pages, the command line, yours
    stack  |  commands         the processes of one machine, and the command line

A module imports only what stands above it, and the client none of that; `pyproject.toml` holds the
contracts. Below it lie `users`, `database`, `tables`, `settings`, `logs`, `traces`, `errors`.
"""

__version__ = "0.1.0"
