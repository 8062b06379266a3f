"""Every setting of the system, read once and passed down."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cronsim import CronSim, CronSimError
from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rakuten_mlops.logs import LogFormat
from rakuten_mlops.training_bounds import C, MinDf, NgramMax, TitleChars

# Apart from the retraining at 02:00, which looks for drift itself.
HOURLY = "30 * * * *"
NAMED_SCHEDULES = {"demo": "*/5 * * * *", "production": "0 2 * * *"}


def _cron_or(*names: str) -> AfterValidator:
    """Refuse what is neither one of these names nor five cron fields."""

    def check(value: str) -> str:
        if value in names:
            return value
        try:
            CronSim(value, datetime.now(UTC))
        except CronSimError as error:
            raise ValueError(
                f"{value!r} is neither {', '.join(names[:-1])} or {names[-1]}, nor five cron "
                f"fields ({error})"
            ) from error
        return value

    return AfterValidator(check)


PREFIX = "RAKUTEN_"
ENV_FILE = ".env"


class Settings(BaseSettings):
    """Read from the environment (`RAKUTEN_HOME`, …) and `.env`; frozen, unknown names refused."""

    # A `.env` may hold other programs' names, too: those with our prefix are checked below.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, frozen=True, extra="ignore"
    )

    git_commit: str | None = Field(
        None, description="The code's commit, where there is no checkout to ask (in an image)."
    )
    home: Path = Field(Path("var"), description="Folder for everything that the system writes.")
    # Secret because it may hold a password.
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the database; unset: `catalog.db` in the home folder."
    )
    mlflow_url: str = Field("http://127.0.0.1:5000", description="MLflow tracking URI.")
    mlflow_public_url: str | None = Field(
        None, description="Where people's browsers find MLflow; unset: the tracking URI."
    )
    api_url: str | None = Field(
        None, description="Where clients find the API; unset: on this machine, at its port."
    )
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port of the API.")
    dashboard_port: int = Field(8501, ge=1, le=65535, description="Port of the dashboard.")
    workers: int = Field(1, ge=1, le=64, description="API processes that answer predictions.")

    schedule: Annotated[str, _cron_or(*NAMED_SCHEDULES, "off")] = Field(
        "demo",
        description="When to retrain: `demo` (every 5 minutes), `production` (daily at 02:00; "
        "nothing synthetic), `off`, or five cron fields.",
    )
    demo_listings: int = Field(
        30_000,
        ge=0,
        description="Synthetic listings that a first start makes, unless the schedule is "
        "`production`; 0: none.",
    )
    demo_arrivals: int = Field(
        1_000, ge=1, description="New synthetic listings at each scheduled retraining of the demo."
    )
    seed: int = Field(20, ge=0, description="Seed of the synthetic catalogue and of training.")
    train_c: C = Field(0.7, description="LinearSVC's C, of each training that asks for no other.")
    train_min_df: MinDf = Field(2, description="Fewest listings that hold a term, likewise.")
    train_ngram_max: NgramMax = Field(2, description="Longest n-gram in words, likewise.")
    train_title_chars: TitleChars = Field(
        0,
        description="Longest n-gram in characters of the title, from 2, likewise; 0: none.",
    )

    admin_password: SecretStr | None = Field(
        None, description="Password of `admin` at the first start; unset: a random one."
    )
    log_format: LogFormat = Field(
        "text",
        description="How processes write what they do, on standard error: `text` or `json`, an "
        "object a line. The other RAKUTEN_LOG… are of the log of predictions.",
    )
    otlp_endpoint: str | None = Field(
        None,
        description="Where OpenTelemetry traces go, by OTLP over HTTP, as `http://collector:4318`; "
        "unset: `OTEL_EXPORTER_OTLP_ENDPOINT`, or nowhere.",
    )
    login_cache_seconds: float = Field(
        60.0,
        ge=0,
        description="How long a verified password is trusted before the next check.",
    )

    max_designation: int = Field(1_000, ge=1, description="Longest designation, in characters.")
    max_description: int = Field(50_000, ge=1, description="Longest description, in characters.")
    max_items: int = Field(1_000, ge=1, description="Most listings in one `/predict_batch`.")
    max_body: int = Field(16 * 2**20, ge=1, description="Largest request body, in bytes.")

    accept_precision: float = Field(
        0.95,
        gt=0.5,
        lt=1,
        description="Precision that accepted answers must reach; a version keeps to its own.",
    )
    accept_confidence: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Confidence from which an answer is `accept`, of versions without thresholds.",
    )
    review_sample_share: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Share of the listings predicted that is drawn at random for review, to "
        "measure live precision.",
    )
    review_lease_minutes: float = Field(
        15.0, gt=0, description="How long a reviewer keeps an item from the others."
    )
    review_limit: int = Field(
        10_000, ge=1, description="Most items of a kind that wait for review; the least telling go."
    )
    review_doubts: int = Field(
        500,
        ge=0,
        description="Most listings that a retraining offers for review since it doubts their "
        "stored label; 0: none.",
    )
    shadow_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of the listings predicted that the challenger, `Staging`, scores too, "
        "unseen; 0: none.",
    )
    log: bool = Field(
        True, description="Whether predictions are logged: sizes, answers, hashed words, no text."
    )
    log_texts: bool = Field(
        False, description="Whether the log keeps the listings' texts, too, which may be personal."
    )
    log_days: float = Field(30.0, gt=0, description="How long a logged prediction is kept.")
    log_rows: int = Field(
        2_000_000, ge=1_000, description="Most logged predictions that are kept; the oldest go."
    )
    drift_schedule: Annotated[str, _cron_or("auto", "off")] = Field(
        "auto",
        description="When to look for drift: `auto` (before each scheduled retraining; in "
        "production hourly, too), `off`, or five cron fields.",
    )
    drift_window: int = Field(
        1_000, ge=100, description="The champion's newest answers that are looked at for drift."
    )
    drift_retrains: bool = Field(
        False, description="Whether drift starts a retraining, which the gate judges as any other."
    )
    drift_cool_down_hours: float = Field(
        24.0, gt=0, description="How long after such a retraining drift starts no other one."
    )
    min_gain: float = Field(
        0.002, ge=0, description="Macro-F1 that a challenger must gain to be promoted."
    )
    max_category_loss: float = Field(
        0.05, ge=0, le=1, description="F1 that no category may lose to a promotion."
    )
    gate_confidence: float = Field(
        0.99, gt=0.5, lt=1, description="Confidence at which the gain must be more than noise."
    )
    poll_seconds: float = Field(
        2.0, gt=0, description="How often the registry is asked which version is `Production`."
    )

    @model_validator(mode="after")
    def _refuse_misspelt_names(self) -> "Settings":
        known = {f"{PREFIX}{name.upper()}" for name in type(self).model_fields}
        given = {name.upper() for name in (*os.environ, *dotenv_values(ENV_FILE))}
        unknown = sorted(name for name in given - known if name.startswith(PREFIX))
        if unknown:
            raise ValueError(f"there is no setting {', '.join(unknown)}; is it misspelt?")
        return self

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'catalog.db'}"
        return self.database_url.get_secret_value()

    @property
    def api(self) -> str:
        """Where clients find the API."""
        return self.api_url or f"http://127.0.0.1:{self.port}"

    @property
    def demo(self) -> bool:
        """Whether an empty catalogue is filled with synthetic listings, and more arrive later."""
        return self.schedule != "production" and self.demo_listings > 0

    @property
    def cron(self) -> str | None:
        """The schedule as five cron fields; None when it is off."""
        return None if self.schedule == "off" else NAMED_SCHEDULES.get(self.schedule, self.schedule)

    @property
    def drift_cron(self) -> str | None:
        """When to look for drift apart from retraining, as five cron fields; None for never."""
        if self.drift_schedule == "auto":
            return HOURLY if self.schedule == "production" else None
        return None if self.drift_schedule == "off" else self.drift_schedule

    def environment(self) -> dict[str, str]:
        """These settings as the environment of a process that is to have the same."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in values.items()
            if value is not None
        }
        return {f"{PREFIX}{name.upper()}": value for name, value in plain.items()}
