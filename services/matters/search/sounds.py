"""How Chinese sounds, without tones: a kept table (sounds.yaml) of GB 2312's characters and of words that are read otherwise.

`python -m services.matters.search.sounds` makes the table from pypinyin's, which would take 58 MB of the process for what is
needed of it here.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import rjieba
import yaml

_FILE = Path(__file__).with_name("sounds.yaml")
_LONGEST_WORD = 4
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEADER = """\
# Syllable: the characters of GB 2312 that sound so. Word: its syllables, where they are not those of its characters.
# Made by `python -m services.matters.search.sounds` from pypinyin 0.55 (MIT; its data from pinyin-data and phrase-pinyin-data).
"""


@lru_cache(16_384)
def of(word: str) -> tuple[str, ...]:
    """The syllables of a word, one for each Chinese character; other characters stand for themselves."""
    return tuple(_read(word))


def _read(word: str) -> Iterator[str]:
    characters, words = _table()
    at = 0
    while at < len(word):
        known = next((word[at : at + n] for n in range(_LONGEST_WORD, 1, -1) if word[at : at + n] in words), "")
        if known:
            yield from words[known]
        else:
            yield characters.get(word[at], word[at])
        at += len(known) or 1


@cache
def _table() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    kept = yaml.load(_FILE.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - both loaders are the safe ones
    characters = {character: syllable for syllable, alike in kept["characters"].items() for character in alike}
    return characters, {word: tuple(said.split()) for word, said in kept["words"].items()}


def _make() -> None:
    """Writes the table."""
    from pypinyin import lazy_pinyin
    from pypinyin.constants import PHRASES_DICT

    # Rows 16 to 87 of the standard; the last five places of row 55 are empty.
    places = ((row, cell) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF) if row != 0xD7 or cell < 0xFA)
    alone = {character: lazy_pinyin(character)[0] for character in (bytes(place).decode("gb2312") for place in places)}
    words: dict[str, list[str]] = {}
    for word in sorted(PHRASES_DICT, key=lambda phrase: (len(phrase), phrase)):
        if not (2 <= len(word) <= _LONGEST_WORD and alone.keys() >= set(word) and rjieba._DEFAULT_JIEBA.has_word(word)):
            continue
        said = lazy_pinyin(word)
        pairs = (word[i : i + 2] for i in range(len(word) - 1))
        if said != [alone[character] for character in word] and not (len(word) > 2 and any(pair in words for pair in pairs)):
            words[word] = said
    alike: dict[str, str] = {}
    for character, syllable in alone.items():
        alike[syllable] = alike.get(syllable, "") + character
    table = {
        "characters": dict(sorted(alike.items())),
        "words": {word: " ".join(said) for word, said in sorted(words.items())},
    }
    body = yaml.safe_dump(table, allow_unicode=True, sort_keys=False, width=10_000)
    _FILE.write_text(_HEADER + body, encoding="utf-8")


if __name__ == "__main__":
    _make()
