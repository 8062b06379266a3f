# The project's verbs. `make up` and `make test` install what they need themselves.

PYTHON ?= python3
export UV_COMPILE_BYTECODE = 1
BIN := .venv/bin
UV = $(shell command -v uv || echo $(BIN)/uv)

.PHONY: help setup up demo test check docs lock screenshots bench clean

help: ## show this
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

up: .venv/run.stamp ## run everything on this machine: MLflow, API, schedule, dashboard
	@$(BIN)/rakuten-mlops up

demo: up ## the same as up

setup: .venv/dev.stamp ## install everything, also what tests and checks need

test: check ## check the code, and prove that the system works
	@$(BIN)/python -m pytest

check: .venv/dev.stamp ## lint, types, direction of imports, documents, workflows, containers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/ty check
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m zensical build --clean --strict
	@PATH="$(CURDIR)/$(BIN):$$PATH" actionlint .github/workflows/*.yaml
	@$(BIN)/zizmor --offline --no-progress --quiet .github/workflows
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yaml
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/shellcheck deploy/*.sh requirements/*.sh .ci/run

docs: .venv/dev.stamp ## write the reference from the code, and build the documents into site/
	@$(BIN)/python -m reference
	@$(BIN)/python -m zensical build --clean --strict

screenshots: .venv/dev.stamp ## take the pictures of the documents from the running system (`make up`)
	@$(BIN)/python docs/screenshots.py

bench: .venv/dev.stamp ## measure speed and memory beside peers, in half an hour; needs `wrk`
	@$(BIN)/python -m benchmarks

lock: .venv/dev.stamp ## bring requirements/*.txt up to pyproject.toml; UPGRADE=--upgrade renews all
	@UV=$(UV) sh requirements/lock.sh $(UPGRADE)

clean: ## delete what the system wrote, and the environment
	rm -rf var site .cache .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; say which with PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv .venv
	@command -v uv >/dev/null || $(BIN)/python -m pip install --quiet uv

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	@echo "Installing (once) ..."
	@$(UV) pip install --quiet --python $(BIN)/python --requirement requirements/run.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	@$(UV) pip install --quiet --python $(BIN)/python --requirement requirements/dev.txt
	@touch $@
