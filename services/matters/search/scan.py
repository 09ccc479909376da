"""Finding matters by a few words: the grams that a text is indexed by, and how well it fits a query. Pure.

Chinese has no spaces, so its runs are cut into single characters and overlapping pairs; all else into words.
"""

import re
import unicodedata
from collections.abc import Sequence, Set

_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
# A word in the name says more than one in the keywords, and that more than one elsewhere.
_WEIGHTS = (3.0, 2.0, 1.0)


def grams(text: str) -> set[str]:
    """What a text is found by: each Chinese character and pair, each other word in lower case."""
    found: set[str] = set()
    for run in _runs(text):
        found |= _pairs(run) | set(run) if _is_chinese(run) else {run}
    return found


def wanted(query: str) -> set[str]:
    """What a query asks for: pairs, and a single character only where it stands alone."""
    asked: set[str] = set()
    for run in _runs(query):
        asked |= _pairs(run) if _is_chinese(run) and len(run) > 1 else {run}
    return asked


def fit(asked: Set[str], phrases: Sequence[Sequence[str]]) -> float:
    """How well phrases (the name, the keywords, the rest) fit what is asked: 0 for not at all, more is better."""
    # Squared, since one phrase that says just this outweighs several that say some of it.
    return sum((weight * _fit(asked, kind)) ** 2 for weight, kind in zip(_WEIGHTS, phrases, strict=True))


def _fit(asked: Set[str], phrases: Sequence[str]) -> float:
    """How much of what is asked is there at all, and how much the closest phrase is that and nothing else."""
    found = {phrase: asked & grams(phrase) for phrase in phrases}
    hits = set[str]().union(*found.values())
    if not hits:
        return 0.0
    closest = max(2 * len(here) / (len(asked) + len(wanted(phrase))) for phrase, here in found.items() if here)
    return len(hits) / len(asked) + closest


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def _pairs(run: str) -> set[str]:
    return {run[i : i + 2] for i in range(len(run) - 1)}


def _is_chinese(run: str) -> bool:
    return "\u3400" <= run[0] <= "\u9fff"
