"""The model registry in MLflow: runs, versions, aliases. The only file that imports mlflow.

A version's figures, verdict and alias moves are JSON in its tags, so listing versions is one call;
its files are artifacts of its run. A version is created last, in one call with its tags: training
that dies earlier leaves a run but no version.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

# A registry that is away must be found out in seconds, not after minutes of retries.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

import mlflow
import mlflow.sklearn
import pandas as pd
from mlflow import MlflowClient
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import RunInfo, RunStatus
from mlflow.entities.model_registry import ModelVersion as MlflowVersion
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature

from rakuten_mlops.errors import RegistryUnavailable, UnknownVersion
from rakuten_mlops.registry.model_file import write_vocabularies_as_text
from rakuten_mlops.registry.model_registry import (
    MODEL_NAME,
    AliasMove,
    ModelVersion,
    Submission,
)
from rakuten_mlops.registry.version_tags import (
    VERDICT,
    as_json,
    by_version,
    check_number,
    move_tag,
    read_moves,
    read_version,
)

ABSENT = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}

P = ParamSpec("P")
R = TypeVar("R")


def _answering(
    call: Callable[Concatenate["MlflowRegistry", P], R],
) -> Callable[Concatenate["MlflowRegistry", P], R]:
    """Translate MLflow's errors, once: what is absent, and everything else."""

    @wraps(call)
    def translated(self: "MlflowRegistry", *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(self, *args, **kwargs)
        except MlflowException as error:
            if error.error_code in ABSENT:
                raise UnknownVersion(f"{MODEL_NAME}: {error.message}") from error
            if isinstance(error.__context__, OSError):
                raise RegistryUnavailable(
                    f"The model registry at {self.url} did not answer"
                ) from error
            raise RegistryUnavailable(
                f"The model registry at {self.url} failed: {error.message}"
            ) from error
        except OSError as error:
            raise RegistryUnavailable(
                f"The model registry at {self.url} did not answer: {error}"
            ) from error

    return translated


class MlflowRegistry:
    """A registry on an MLflow tracking URI: a server's address, or `sqlite:///…` directly.

    Sets MLflow's tracking URI for this process: logging a model knows no other way.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        mlflow.set_tracking_uri(url)
        self._client = MlflowClient(url)

    def rehearse(self) -> None:
        """Save a model of nothing, so that the next one is saved at once.

        What that imports, and MLflow's list of all installed packages, take a second or two.
        """
        # Imported here: who only reads the registry does without scikit-learn.
        from sklearn.dummy import DummyClassifier

        nothing = pd.DataFrame({"text": ["nothing"]})
        model = DummyClassifier().fit(nothing, [0])
        with tempfile.TemporaryDirectory(prefix="rakuten-") as folder:
            _save_model(Path(folder) / "model", model, nothing, ["numpy"])

    @_answering
    def register(self, submission: Submission) -> str:
        experiment = mlflow.set_experiment(MODEL_NAME).experiment_id
        self._close_abandoned_runs(experiment)
        with mlflow.start_run(experiment_id=experiment, tags=_run_tags(submission)) as run:
            mlflow.log_params(dict(submission.parameters))
            mlflow.log_metrics(dict(submission.metrics))
            mlflow.log_input(_dataset(submission.lineage), context="training")
            for folder, files in submission.files.items():
                mlflow.log_artifacts(str(files), artifact_path=folder)
            with tempfile.TemporaryDirectory(prefix="rakuten-") as folder:
                _save_model(
                    Path(folder) / "model",
                    submission.pipeline,
                    submission.example,
                    _requirements(submission.lineage),
                )
                mlflow.log_artifacts(folder)
        return self._create_version(run.info, submission)

    def _create_version(self, run: RunInfo, submission: Submission) -> str:
        try:
            self._client.create_registered_model(
                MODEL_NAME, description="Gives a product listing its prdtypecode."
            )
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        created = self._client.create_model_version(
            MODEL_NAME,
            source=f"{run.artifact_uri}/model",
            run_id=run.run_id,
            tags={
                "parameters": as_json(submission.parameters),
                "lineage": as_json(submission.lineage),
                "scorecard": as_json(submission.scorecard),
            },
        )
        return str(created.version)

    def _close_abandoned_runs(self, experiment: str) -> None:
        """End runs whose training died: only one trains at a time, so an open run is nobody's."""
        for run in self._client.search_runs([experiment], "attributes.status = 'RUNNING'"):
            self._client.set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.KILLED))

    @_answering
    def versions(self) -> list[ModelVersion]:
        aliases = self._aliases()
        return [_version(found, aliases) for found in self._search()]

    @_answering
    def version(self, version: str) -> ModelVersion:
        return _version(self._get(version), self._aliases())

    @_answering
    def aliased(self, alias: str) -> str | None:
        return next((version for version, held in self._aliases().items() if alias in held), None)

    @_answering
    def move_alias(self, alias: str, version: str, *, by: str, why: str) -> AliasMove:
        self._get(version)
        source = self.aliased(alias)
        self._client.set_registered_model_alias(MODEL_NAME, alias, version)
        move = AliasMove(alias, source, version, by, why, datetime.now(UTC))
        self._client.set_model_version_tag(MODEL_NAME, version, *move_tag(move))
        return move

    @_answering
    def moves(self) -> list[AliasMove]:
        return read_moves(found.tags for found in self._search())

    @_answering
    def record_verdict(self, version: str, verdict: Mapping[str, Any]) -> None:
        self._get(version)
        self._client.set_model_version_tag(MODEL_NAME, version, VERDICT, as_json(verdict))

    @_answering
    def add_file(self, version: str, path: str, text: str) -> None:
        self._client.log_text(_run_of(self._get(version)), text, path)

    @_answering
    def read_file(self, version: str, path: str) -> bytes:
        run_id = _run_of(self._get(version))
        with tempfile.TemporaryDirectory(prefix="rakuten-") as folder:
            try:
                found = mlflow.artifacts.download_artifacts(
                    artifact_uri=f"runs:/{run_id}/{path}", dst_path=folder
                )
            except FileNotFoundError as error:
                raise UnknownVersion(f"Version {version} has no file {path}") from error
            return Path(found).read_bytes()

    @_answering
    def fetch(self, version: str, folder: str, into: Path) -> Path:
        run_id = _run_of(self._get(version))
        into.mkdir(parents=True, exist_ok=True)
        mlflow.artifacts.download_artifacts(
            artifact_uri=f"runs:/{run_id}/{folder}", dst_path=str(into.parent)
        )
        return into

    def _get(self, version: str) -> MlflowVersion:
        return self._client.get_model_version(MODEL_NAME, check_number(version))

    def _search(self) -> Iterator[MlflowVersion]:
        token = None
        while True:
            page = self._client.search_model_versions(
                f"name='{MODEL_NAME}'", order_by=["version_number DESC"], page_token=token
            )
            yield from page
            token = page.token
            if not token:
                return

    def _aliases(self) -> dict[str, list[str]]:
        """Aliases by version; searching versions does not return them (mlflow/mlflow#16734)."""
        try:
            held = self._client.get_registered_model(MODEL_NAME).aliases
        except MlflowException as error:
            if error.error_code in ABSENT:
                return {}
            raise
        return by_version(held.items())


def _version(found: MlflowVersion, aliases: Mapping[str, list[str]]) -> ModelVersion:
    version = str(found.version)
    return read_version(
        version,
        created_ms=found.creation_timestamp,
        run_id=_run_of(found),
        tags=found.tags,
        aliases=aliases.get(version, ()),
    )


def _run_of(found: MlflowVersion) -> str:
    """The run that made a version; every version of ours has one."""
    return str(found.run_id)


def _run_tags(submission: Submission) -> dict[str, str]:
    return {
        "mlflow.runName": f"revision {submission.lineage['revision']}",
        "mlflow.source.git.commit": str(submission.lineage["git_commit"]),
        "mlflow.user": str(submission.lineage["requested_by"]),
        "request_id": str(submission.lineage.get("request_id", "")),
    }


def _dataset(lineage: Mapping[str, Any]) -> MetaDataset:
    counts = ("revision", "training_rows", "holdout_rows")
    source = CodeDatasetSource(tags={name: str(lineage[name]) for name in (*counts, "source")})
    return MetaDataset(  # ty: ignore[abstract-class-instantiation] - MLflow's own omission
        source, name="catalogue", digest=str(lineage["fingerprint"])[:36]
    )


def _save_model(folder: Path, pipeline: Any, example: Any, requirements: list[str]) -> None:
    """Write a pipeline as a skops file: it is read without executing code.

    Saved here and logged as files: logging it as a model would load it again, as a server would.
    """
    write_vocabularies_as_text()
    mlflow.sklearn.save_model(
        pipeline,
        path=str(folder),
        serialization_format="skops",
        signature=infer_signature(example, pipeline.predict(example)),
        input_example=example,
        # Inferring them would start a child process that imports everything.
        pip_requirements=requirements,
    )


def _requirements(lineage: Mapping[str, Any]) -> list[str]:
    packages = lineage["packages"]
    return [f"{name}=={packages[name]}" for name in ("scikit-learn", "skops", "numpy", "scipy")]
