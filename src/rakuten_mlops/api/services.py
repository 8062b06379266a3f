"""What the routes of one worker work with."""

import threading
import time
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from rakuten_mlops import request_ids
from rakuten_mlops.api.auth import Authenticator
from rakuten_mlops.api.figures import Figures
from rakuten_mlops.api.metrics import count_unrecorded
from rakuten_mlops.catalog.store import Catalog
from rakuten_mlops.database import open_database
from rakuten_mlops.monitoring.shadow import Shadow
from rakuten_mlops.monitoring.traffic import SPOOL, Spool, Tap, exchange
from rakuten_mlops.registry.lean_registry import lean_registry
from rakuten_mlops.registry.model_registry import ModelRegistry
from rakuten_mlops.retraining.jobs import Jobs
from rakuten_mlops.review.desk import Desk
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.predictor import Predictor
from rakuten_mlops.settings import Settings
from rakuten_mlops.users import Users


def mlflow_registry(settings: Settings) -> ModelRegistry:
    """MLflow's registry; its client has no place in a process that answers."""
    return lean_registry(settings.mlflow_url)


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
        self.importing = threading.Lock()
        self.jobs = Jobs(self.engine, settings)
        self.review = Desk(self.engine, settings)
        self.users = Users(self.engine, settings.home)
        self.authenticator = Authenticator(
            self.users, remember_seconds=settings.login_cache_seconds
        )
        self.champions = ChampionStore(settings.home)
        self.predictor = Predictor(self.champions)
        self.shadow = Shadow(self.engine)
        self.tap = Tap(Spool(settings.home / SPOOL), count_unrecorded)
        self.figures = Figures(self.engine, self.champions, self.predictor)
        self.registry = open_registry(settings)

    def record(self, body: bytes, answer: bytes, seconds: float) -> None:
        """Note a prediction that was served, for whoever looks at them later."""
        self.tap.take(exchange(time.time(), seconds, body, answer, request_ids.current()))


def _services(request: Request) -> Services:
    return request.app.state.services


ServicesOf = Annotated[Services, Depends(_services)]
