"""`train`, `retrain` and `tick`."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from rakuten_mlops import request_ids, training_bounds
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.commands.terminal import console, explained, read_settings, share_bar, who
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.logs import configure_logging
from rakuten_mlops.retraining.jobs import Jobs
from rakuten_mlops.retraining.request import TrainingRequest, gate_of
from rakuten_mlops.review.labels import Labels


def _checked(kind: Any) -> Callable[[Any], Any]:
    """Check an option as the API and the settings do."""
    adapter = TypeAdapter(kind)

    def check(value: Any) -> Any:
        try:
            return value if value is None else adapter.validate_python(value)
        except ValidationError as error:
            raise typer.BadParameter(error.errors()[0]["msg"]) from error

    return check


Seed = Annotated[int | None, typer.Option(min=0, help="Seed of the fit.")]
C = Annotated[
    float | None, typer.Option("--c", callback=_checked(training_bounds.C), help="LinearSVC's C.")
]
MinDf = Annotated[
    int | None,
    typer.Option(
        callback=_checked(training_bounds.MinDf), help="Fewest listings that hold a term."
    ),
]
NgramMax = Annotated[
    int | None,
    typer.Option(
        callback=_checked(training_bounds.NgramMax), help="Longest n-gram, in words: 1 to 3."
    ),
]
TitleChars = Annotated[
    int | None,
    typer.Option(
        callback=_checked(training_bounds.TitleChars),
        help="Longest n-gram, in characters of the title: 2 to 8; 0: none.",
    ),
]
Revision = Annotated[
    int | None, typer.Option(min=1, help="Train as of this revision; default: the newest.")
]


def train(
    revision: Revision = None,
    seed: Seed = None,
    c: C = None,
    min_df: MinDf = None,
    ngram_max: NgramMax = None,
    title_chars: TitleChars = None,
) -> None:
    """Train on a revision, log to MLflow and register as Staging; judge nothing.

    What no option says is as the settings say.
    """
    request = TrainingRequest(
        seed=seed, c=c, min_df=min_df, ngram_max=ngram_max, title_chars=title_chars
    )
    _train_here(request, judge=False, revision=revision)


def retrain(
    force: Annotated[bool, typer.Option(help="Train although nothing changed.")] = False,
    seed: Seed = None,
    c: C = None,
    min_df: MinDf = None,
    ngram_max: NgramMax = None,
    title_chars: TitleChars = None,
) -> None:
    """Train, register, judge against the champion, and promote if the gate says so.

    What no option says is as the settings say.
    """
    request = TrainingRequest(
        force=force, seed=seed, c=c, min_df=min_df, ngram_max=ngram_max, title_chars=title_chars
    )
    _train_here(request, judge=True)


def _train_here(request: TrainingRequest, *, judge: bool, revision: int | None = None) -> None:
    from rakuten_mlops.registry.opening import mlflow_beside
    from rakuten_mlops.retraining.doubts import Questions
    from rakuten_mlops.retraining.loop import Retraining
    from rakuten_mlops.retraining.submission import git_commit

    settings = read_settings()
    request_ids.enter_from_environment()
    with explained(), share_bar("Training") as bar:
        engine = open_database(settings.database)
        migrate(engine)
        jobs = Jobs(engine, settings)
        asked = {"trigger": "manual", "requested_by": who(), "parameters": request.asked()}
        with jobs.here(**asked) as job:

            def note(step: str, done: float) -> None:
                bar.note(step, done)
                jobs.report(job, step, done)

            jobs.begin(job)
            Labels(engine).flush()
            registry = mlflow_beside(settings.mlflow_url)
            loop = Retraining(
                Catalog(engine),
                registry,
                gate_of(settings),
                by=who(),
                commit=git_commit(settings),
                questions=Questions.of(engine, settings),
            )
            parameters = request.parameters(settings)
            if judge:
                outcome = loop.run(parameters, force=request.force, progress=note)
            else:
                outcome = loop.register(parameters, revision=revision, progress=note)
            jobs.succeed(job, outcome.summary(), outcome.message)
            bar.note("done", 1.0)
    console.print(outcome.message)
    if outcome.scorecard:
        averages = ("macro_f1", "weighted_f1", "accuracy")
        figures = [f"{name} {outcome.scorecard[name]:.4f}" for name in averages]
        figures.append(f"automation rate {outcome.scorecard['decisions']['automation_rate']:.1%}")
        console.print("  ".join(figures))


def tick() -> None:
    """Do what the schedule does, through the API: arrivals (demo), drift, then a retraining."""
    from rakuten_mlops.stack import scheduler

    settings = read_settings()
    configure_logging(settings.log_format)
    with explained():
        console.print(scheduler.tick(settings))
