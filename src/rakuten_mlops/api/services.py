"""What the routes of one worker work with."""

import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from rakuten_mlops.api.auth import Authenticator
from rakuten_mlops.api.metrics import count_offers, count_unrecorded
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.monitoring.shadow import Shadow
from rakuten_mlops.monitoring.traffic import SPOOL, Exchange, Spool, Tap
from rakuten_mlops.registry.model_registry import ModelRegistry
from rakuten_mlops.retraining.jobs import Jobs
from rakuten_mlops.review.desk import Desk
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.predictor import Predictor
from rakuten_mlops.settings import Settings
from rakuten_mlops.users import Users


def mlflow_registry(settings: Settings) -> ModelRegistry:
    """Open MLflow's registry; imported here, since answering a prediction needs none of it."""
    from rakuten_mlops.registry.mlflow_registry import MlflowRegistry

    return MlflowRegistry(settings.mlflow_url)


class Services:
    """One of each, made from the settings."""

    def __init__(
        self,
        settings: Settings,
        open_registry: Callable[[Settings], ModelRegistry] = mlflow_registry,
    ) -> None:
        self.settings = settings
        self.engine = open_database(settings.database)
        self.catalog = Catalog(self.engine)
        self.jobs = Jobs(self.engine, settings)
        self.review = Desk(self.engine, settings, note=count_offers)
        self.users = Users(self.engine, settings.home)
        self.authenticator = Authenticator(
            self.users, remember_seconds=settings.login_cache_seconds
        )
        self.champions = ChampionStore(settings.home)
        self.predictor = Predictor(self.champions)
        self.shadow = Shadow(self.engine)
        self.tap = Tap(Spool(settings.home / SPOOL), count_unrecorded)
        self._open_registry = open_registry
        self._opening = threading.Lock()

    def record(self, body: bytes, answer: bytes, seconds: float) -> None:
        """Note a prediction that was served, for whoever looks at them later."""
        if self.settings.log or self.settings.shadow_share:
            self.tap.take(Exchange(time.time(), seconds, body, answer))

    @property
    def registry(self) -> ModelRegistry:
        """The model registry, opened when it is first asked for."""
        with self._opening:
            return self._opened

    @cached_property
    def _opened(self) -> ModelRegistry:
        return self._open_registry(self.settings)


def _services(request: Request) -> Services:
    return request.app.state.services


ServicesOf = Annotated[Services, Depends(_services)]
