"""Offer people what was served: doubtful listings, and some that chance draws."""

from collections.abc import Sequence

from sqlalchemy import Engine

from rakuten_mlops.monitoring.traffic import Served
from rakuten_mlops.review.item import Alternative, Offer
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.review.sampling import choose
from rakuten_mlops.settings import Settings


class ReviewOffers:
    """What goes from the recorder into the review queue."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._offering = Offering(engine, limit=settings.review_limit)
        self._share = settings.review_sample_share

    def put(self, served: Sequence[Served]) -> int:
        """Offer what people should look at, and return how much; the same twice counts once.

        Raises `DatabaseUnavailable`.
        """
        offers = list(choose(map(_as_offer, served), share=self._share))
        if offers:
            self._offering.put(offers)
        return len(offers)


def _as_offer(served: Served) -> Offer:
    return Offer(
        served.designation,
        served.description,
        served.version,
        [Alternative(**each) for each in served.alternatives],
        served.decision,
    )
