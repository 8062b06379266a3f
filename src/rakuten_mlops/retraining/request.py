"""What somebody asked of a training, turned into what training needs."""

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from rakuten_mlops.registry.promotion import Gate
from rakuten_mlops.settings import Settings

if TYPE_CHECKING:
    from rakuten_mlops.training.pipeline import Parameters


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What differs from the settings; None leaves those as they are."""

    force: bool = False
    seed: int | None = None
    c: float | None = None
    min_df: int | None = None
    ngram_max: int | None = None
    title_chars: int | None = None

    def asked(self) -> dict[str, Any]:
        """What was asked for by name, without what was left open."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def parameters(self, settings: Settings) -> "Parameters":
        """The parameters to train with."""
        # scikit-learn comes with it: the command line of the dashboard's image runs without.
        from rakuten_mlops.training.pipeline import Parameters

        given = Parameters(
            seed=settings.seed,
            c=settings.train_c,
            min_df=settings.train_min_df,
            ngram_max=settings.train_ngram_max,
            title_chars=settings.train_title_chars,
            precision=settings.accept_precision,
        )
        asked = self.asked()
        del asked["force"]
        return replace(given, **asked)


def gate_of(settings: Settings) -> Gate:
    """The promotion gate that the settings ask for."""
    return Gate(settings.min_gain, settings.max_category_loss, settings.gate_confidence)
