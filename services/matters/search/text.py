"""What a text is found by: words, n-grams of characters, and how it sounds. Pure.

Chinese has no spaces: its runs are cut into words by their likelihood (jieba), and into overlapping n-grams, since what
people call a thing is often no word of any dictionary. Pinyin is without tones, as people type it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache

import rjieba

from services.matters.search import sounds

_CHINESE = "\u3400-\u9fff"
_RUN = re.compile(rf"[{_CHINESE}]+|[a-z]+|\d+")
_STRETCH = re.compile(rf"[{_CHINESE}a-z\d]+")
# No syllable is longer: zhuang, chuang, shuang.
_LONGEST_SYLLABLE = 6
# A run of letters can be read in many ways (xian: xian, xi'an); people mean one of the first.
_READINGS = 4


def normal(text: str) -> str:
    """Full width, capitals and spaces around make no difference."""
    return unicodedata.normalize("NFKC", text).lower().strip()


def runs(text: str) -> list[str]:
    """Runs of Chinese characters, of letters and of digits of a normal text; all else parts them."""
    return _RUN.findall(text)


def stretches(text: str) -> list[str]:
    """What spaces and marks of a normal text part; runs of several kinds may stand in one."""
    return _STRETCH.findall(text)


def is_chinese(run: str) -> bool:
    """Whether a run is of Chinese characters."""
    return "\u3400" <= run[0] <= "\u9fff"


def words(run: str) -> list[str]:
    """The words of a Chinese run, in order."""
    return rjieba.cut(run)


def every_word(run: str) -> list[str]:
    """The words of a Chinese run, and the words within its longer words."""
    return rjieba.cut_for_search(run)


def grams(run: str, size: int = 2) -> list[str]:
    """The overlapping n-grams of a run; a run that is shorter is one itself."""
    return [run[i : i + size] for i in range(max(len(run) - size + 1, 1))]


def syllables(run: str) -> list[str]:
    """How a run sounds: a syllable for each Chinese character by the word that it stands in; other characters are kept."""
    return [sound for word in words(run) for sound in sounds.of(word)]


def initials(said: Iterable[str]) -> str:
    """The first letters of syllables."""
    return "".join(syllable[0] for syllable in said)


def readings(letters: str, known: Set[str]) -> list[list[str]]:
    """The ways to read letters as known syllables, longest syllables first; none where they are no pinyin."""
    return [list(reading) for reading in _readings(letters, frozenset(known))]


@lru_cache(4096)
def _readings(letters: str, known: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    dead: set[int] = set()
    for reading in _read(letters, 0, known, dead):
        found.append(reading)
        if len(found) == _READINGS:
            break
    return tuple(found)


def _read(letters: str, start: int, known: frozenset[str], dead: set[int]) -> Iterator[tuple[str, ...]]:
    """Readings of letters[start:]; `dead` gathers the places from which none reaches the end."""
    if start == len(letters):
        yield ()
        return
    if start in dead:
        return
    read = False
    for end in range(min(start + _LONGEST_SYLLABLE, len(letters)), start, -1):
        if letters[start:end] in known:
            for rest in _read(letters, end, known, dead):
                read = True
                yield (letters[start:end], *rest)
    if not read:
        dead.add(start)


def squeezed(phrase: str) -> str:
    """A phrase without what parts its runs: spaces and marks make no difference."""
    return "".join(runs(normal(phrase)))
