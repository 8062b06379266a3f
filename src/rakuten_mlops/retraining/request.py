"""What somebody asked of a training, turned into what training needs."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rakuten_mlops.registry.promotion import Gate
from rakuten_mlops.settings import Settings

if TYPE_CHECKING:
    from rakuten_mlops.training.pipeline import Parameters


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What differs from the defaults; None leaves a default as it is."""

    force: bool = False
    seed: int | None = None
    c: float | None = None
    min_df: int | None = None
    ngram_max: int | None = None
    title_chars: int | None = None

    def parameters(self, settings: Settings) -> "Parameters":
        """The parameters to train with."""
        # scikit-learn comes with it: the command line of the dashboard's image runs without.
        from rakuten_mlops.training.pipeline import Parameters

        asked = {
            name: value
            for name in ("seed", "c", "min_df", "ngram_max", "title_chars")
            if (value := getattr(self, name)) is not None
        }
        given = Parameters(seed=settings.seed, precision=settings.accept_precision)
        return replace(given, **asked)


def gate_of(settings: Settings) -> Gate:
    """The promotion gate that the settings ask for."""
    return Gate(settings.min_gain, settings.max_category_loss, settings.gate_confidence)
