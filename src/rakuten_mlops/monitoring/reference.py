"""What traffic looked like when a version was trained. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rakuten_mlops.monitoring.window import Flags, Integers, Window


@dataclass(frozen=True, eq=False)
class Reference:
    """The listings that a window is compared with.

    `right` (n,) says which answers of `window` were; `words` by hash; `source` what listings they
    are.
    """

    window: Window
    right: Flags
    words: Mapping[int, str]
    source: str

    def take(self, rows: Integers) -> "Reference":
        """The listings at some places."""
        return replace(self, window=self.window.take(rows), right=self.right[rows])
