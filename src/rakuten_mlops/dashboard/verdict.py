"""The gate's recorded reasons in the reader's language. Pure.

They are kept in English, as the gate wrote them on the day. What it is known to write is said in
the reader's language; anything else, such as what a person typed, stays as it is.
"""

import re

from rakuten_mlops.dashboard.language import Language

GAIN = (
    r"macro-F1 (?P<gain>[+-][\d.]+) "
    r"\(at (?P<confidence>\d+)% confidence at least (?P<low>[+-][\d.]+)\)"
)
KNOWN = {
    "first": r"There is no champion yet",
    "better": rf"Better beyond noise: {GAIN}",
    "not_better": rf"Not better: {GAIN}, where a gain of (?P<asked>[\d.]+) is asked",
    "noise": rf"Better, but it may be noise: {GAIN}",
    "ruined": (
        r"Category (?P<code>-?\d+) falls from F1 (?P<before>[\d.]+) to (?P<after>[\d.]+), "
        r"more than (?P<floor>[\d.]+) and more than noise"
    ),
    "automation": r"Automation rate: (?P<rate>[\d.]+)%, (?P<right>[\d.]+)% of it right",
    "automation_bare": r"Automation rate: (?P<rate>[\d.]+)%",
    "champions": r"the champion's: (?P<rate>[\d.]+)%, (?P<right>[\d.]+)% of it right",
    "champions_bare": r"the champion's: (?P<rate>[\d.]+)%",
    "challenger": r"newest challenger, of revision (?P<revision>\d+)",
}


def told(reasons: str, words: Language) -> str:
    """One recorded reason, or several that a move joined with semicolons."""
    if words.code == "en":
        return reasons
    return " ; ".join(_told(each, words) for each in reasons.split("; "))


def _told(reason: str, words: Language) -> str:
    for name, pattern in KNOWN.items():
        if found := re.fullmatch(pattern, reason):
            values = {key: value.replace(".", ",") for key, value in found.groupdict().items()}
            return words.say(f"reason.{name}", **values)
    return reason
