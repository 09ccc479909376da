"""Finding matters by a few words: which grams a text is indexed by, and how well a matter fits a query. Pure.

Chinese has no spaces, so its runs are cut into single characters and overlapping pairs; everything else into words.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

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


def fit(asked: Iterable[str], fields: Sequence[str]) -> float:
    """How well the fields (name, keywords, the rest) fit what is asked: 0 for not at all, more is better."""
    asked = set(asked)
    score = 0.0
    for weight, field in zip(_WEIGHTS, fields, strict=True):
        hits = asked & grams(field)
        score += weight * len(hits) / len(asked) if asked else 0.0
        # Of two that contain the same words, the shorter says less else.
        score += weight * len(hits) / (len(field) + len(asked))
    return score


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def _pairs(run: str) -> set[str]:
    return {run[i : i + 2] for i in range(len(run) - 1)}


def _is_chinese(run: str) -> bool:
    return "\u3400" <= run[0] <= "\u9fff"
