"""Guess the language of a listing by the small words that only some languages have.

Pure. A listing is short, and the share of each language over many of them is all that is asked:
counting words is enough for that, and costs a microsecond and no memory, where a trained
identifier costs tens of MiB.
"""

from collections.abc import Set

# A language's code is its place here; 0 is a text in which nothing tells.
LANGUAGES = ("unknown", "fr", "en", "de", "es", "it", "nl")
NAMES = ("no language that is known", "French", "English", "German", "Spanish", "Italian", "Dutch")
UNKNOWN = 0
# What a word weighs that one language alone has; several share it. Less than that tells nothing.
WEIGHT = 60

# Folded as `listing.words` folds, and of two letters at least.
SMALL_WORDS = {
    "fr": """
        le la les un une des du de et en est dans pour par sur avec sans ce cette ces son sa
        ses au aux qui que plus vous votre vos nous notre il elle ils sont ou mais comme
        tout tous toutes tres peut etre fait entre aussi ainsi leur leurs dont chez afin
        lors sous jusqu pas ne se si meme avoir ont etait cet celui depuis vers pendant
        selon
    """,
    "en": """
        the and of to in is it for with on this that from by an be are as at your you or not
        can will all our has have its which when more any also these their was into other
        than only if but they been were does use used make made very about without each
    """,
    "de": """
        der die das und ist mit fur von zu im in den dem ein eine einen einer eines des auf
        nicht sich auch es an als bei sie wir ihr ihre aus oder nach wird sind zum zur uber
        durch kann wie ohne sehr nur haben werden dass konnen unter vom diese dieser mehr
        noch
    """,
    "es": """
        el la los las un una unos unas de del en es por para con sin que se su sus al lo
        como mas este esta estos estas muy son tiene desde cuando todo todos todas pero
        puede ser entre sobre hasta tambien ya nos ha hay donde cada otros segun
    """,
    "it": """
        il lo la gli le un uno una di da in con su per tra fra del dello della dei delle
        degli al allo alla ai alle dal dalla dai nel nella nei che non sono questo questa
        questi piu come anche si ogni essere tutti tutte molto senza puo viene ed stato ha
        loro sul sulla
    """,
    "nl": """
        de het een en van in op te dat is voor met zijn niet aan er om ook als bij door naar
        uit maar wordt deze dit kan over geen meer worden je uw ze tot heeft zeer wel nog
        onder hebben alle onze
    """,
}


def _weigh() -> dict[str, tuple[int, tuple[int, ...]]]:
    """By word: what it weighs, and the codes of its languages."""
    spoken: dict[str, list[int]] = {}
    for code, language in enumerate(LANGUAGES):
        for word in SMALL_WORDS.get(language, "").split():
            spoken.setdefault(word, []).append(code)
    return {word: (WEIGHT // len(codes), tuple(codes)) for word, codes in spoken.items()}


_WEIGHED = _weigh()


def guess_language(words: Set[str]) -> int:
    """The code of the language that a text's words speak for; UNKNOWN where none leads.

    `words` are folded (`listing.words`), and each counts once.
    """
    scores = [0] * len(LANGUAGES)
    for word in _WEIGHED.keys() & words:
        weight, codes = _WEIGHED[word]
        for code in codes:
            scores[code] += weight
    second, first = sorted(scores)[-2:]
    return scores.index(first) if first >= WEIGHT and first > second else UNKNOWN
