"""Name the words of new traffic without keeping anybody's text.

The log holds hashes. The word behind one is written down only when several different listings held
it, so that it tells of none of them. Words that may be a number of somebody's are never named.
"""

from collections.abc import Iterable

from rakuten_mlops.monitoring.text_statistics import number_of

# Different listings that must hold a word before it is named.
ENOUGH = 5
# Words that are remembered while fewer held them; the longest unseen are forgotten first.
MOST_WAITING = 20_000
MOST_NAMED = 50_000
LONGEST = 40
# More of them in a word make a telephone or an order number.
MOST_DIGITS = 4


class WordNaming:
    """Counts, in memory only, in how many different listings a word was seen."""

    def __init__(self, *, enough: int = ENOUGH, most_waiting: int = MOST_WAITING) -> None:
        self._enough = enough
        self._most_waiting = most_waiting
        self._seen: dict[str, frozenset[int]] = {}
        self._named: set[int] = set()
        self._due: dict[int, str] = {}

    def see(self, words: Iterable[str], listing: int) -> None:
        """Note that a listing, known by a number of its text, holds these words."""
        for word in words:
            number = number_of(word)
            if number in self._named or number in self._due or not is_nameable(word):
                continue
            # Put last, so that the first is the one that was longest unseen.
            seen = self._seen.pop(word, frozenset()) | {listing}
            if len(seen) < self._enough:
                self._seen[word] = seen
            elif len(self._named) + len(self._due) < MOST_NAMED:
                self._due[number] = word
        while len(self._seen) > self._most_waiting:
            del self._seen[next(iter(self._seen))]

    def due(self) -> dict[int, str]:
        """The words that were seen often enough and are not written down yet, by their hash."""
        return dict(self._due)

    def settle(self, named: dict[int, str]) -> None:
        """Take note that these are written down."""
        self._named |= named.keys()
        self._due = {number: self._due[number] for number in self._due.keys() - named.keys()}

    def forget(self) -> None:
        """Begin anew: what is still used will be named again."""
        self._named.clear()


def is_nameable(word: str) -> bool:
    """Tell whether a word may ever be named."""
    return len(word) <= LONGEST and sum(map(str.isdigit, word)) <= MOST_DIGITS
