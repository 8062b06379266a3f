"""A listing's text with the words that decided marked in it. Pure: text in, HTML out."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape

from rakuten_mlops.client.answers import Reason
from rakuten_mlops.entities import unescape

TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
BREAK = re.compile(r"</?(?:p|br|li|ul|div|tr|h\d)\b[^<>]*>", re.IGNORECASE)
WORD = re.compile(r"\w+")
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
STRONGEST = 10


def listing(designation: str, description: str, reasons: Sequence[Reason]) -> str:
    """Title and text of a listing as HTML; nothing that a seller wrote is taken for HTML."""
    strongest = sorted(reasons, key=lambda reason: -abs(_lead(reason)))[:STRONGEST]
    for_it = [reason["term"] for reason in strongest if _lead(reason) > 0]
    against = [reason["term"] for reason in strongest if _lead(reason) < 0]
    title, text = (_marked(_plain(raw), for_it, against) for raw in (designation, description))
    return f'<div class="listing"><p class="title">{title}</p><div class="text">{text}</div></div>'


def _lead(reason: Reason) -> float:
    return reason["for_category"] - reason["for_runner_up"]


def _plain(raw: str) -> str:
    text = TAG.sub(" ", BREAK.sub("\n", unescape(raw)))
    text = unicodedata.normalize("NFC", text)  # an accent apart would end a word
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _marked(text: str, for_it: Iterable[str], against: Iterable[str]) -> str:
    """The text, escaped, with the words of terms marked, whatever their case and accents."""
    found = list(WORD.finditer(text))
    words = [_folded(match[0]) for match in found]
    marks = _places(words, against, "against") | _places(words, for_it, "for")
    parts, end = [], 0
    for place, match in enumerate(found):
        parts.append(escape(text[end : match.start()]))
        word, kind = escape(match[0]), marks.get(place)
        parts.append(f'<mark class="{kind}">{word}</mark>' if kind else word)
        end = match.end()
    return "".join([*parts, escape(text[end:])])


def _places(words: Sequence[str], terms: Iterable[str], kind: str) -> dict[int, str]:
    """Where terms of one or more words stand; single letters between them do not count."""
    counted = [place for place, word in enumerate(words) if len(word) > 1]
    found: dict[int, str] = {}
    for term in terms:
        wanted = [word for word in WORD.findall(term) if len(word) > 1]
        for start in range(len(counted) - len(wanted) + 1):
            places = counted[start : start + len(wanted)]
            if [words[place] for place in places] == wanted:
                found |= dict.fromkeys(places, kind)
    return found


def _folded(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word.lower())
    return "".join(sign for sign in bare if not unicodedata.combining(sign)).translate(LIGATURES)
