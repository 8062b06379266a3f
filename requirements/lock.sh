#!/bin/sh
# Write the hashed locks. They name no registry, so they hold wherever the packages come from.
# dev.txt holds everything; the others are parts of it, at the same versions. What is pinned there
# stays, unless the one argument is --upgrade.
set -eu
cd "$(dirname "$0")/.."
export UV_CUSTOM_COMPILE_COMMAND="make lock"
compile() {
    "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-annotate "$@"
}
compile pyproject.toml --all-extras --group dev "$@" -o requirements/dev.txt
compile pyproject.toml --all-extras --group server -c requirements/dev.txt \
    -o requirements/run.txt
compile pyproject.toml --extra train --extra traces -c requirements/dev.txt -o requirements/api.txt
compile pyproject.toml --extra dashboard -c requirements/dev.txt -o requirements/dashboard.txt
compile --group server -c requirements/dev.txt -o requirements/mlflow.txt
