"""The terms of a unit's work, and what an act calls them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The first number of a term; below it are the main items of the matters that are kept as data. Each file has a block of
# numbers, so that a term added at its end changes no other's code.
_FIRST_NUMBER, _BLOCK = 91000, 150
# Terms that are the name of a permit already, or of an entry.
_PERMITS = ("审批", "审核", "审查", "核准", "检查", "验收", "意见书", "预审", "资格", "注册", "资质")
_ENTRIES = (
    "认定",
    "鉴定",
    "评定",
    "登记",
    "资格",
    "验收",
    "监督",
    "处置",
    "申领",
    "核验",
    "审核",
    "核准",
    "证明",
    "调查",
    "评价",
    "初审",
    "抵押",
    "出质",
    "争议",
    "结果",
)


@dataclass(frozen=True)
class Term:
    """What a unit deals with: `number` is the main item of its codes, `words` are everyday words for it."""

    number: int
    section: str
    zh: str
    en: str
    words: tuple[str, ...]
    # The first act upon it is a matter that is kept as data.
    first_is_kept: bool

    @property
    def is_activity(self) -> bool:
        """Whether one can be said to be engaged in it."""
        return not self.zh.endswith(_PERMITS)

    def called(self) -> dict[str, str]:
        """The names that the templates of acts and sheets use."""
        return {
            "zh": self.zh,
            "en": self.en,
            "licence": f"{self.zh}许可" if self.is_activity else self.zh,
            "paper": f"{self.zh}许可证" if self.is_activity else f"{self.zh}批复",
            "register": self.zh if self.zh.endswith(_ENTRIES) else f"{self.zh}登记",
        }


@dataclass(frozen=True)
class Vocabulary:
    """The terms of a unit, or of every street office alike, and the laws of its field."""

    laws: tuple[tuple[str, str], ...]
    terms: tuple[Term, ...]
    # Whether the unit may punish and coerce.
    enforces: bool

    def of(self, sections: Sequence[str]) -> Iterator[Term]:
        """The terms of these sections, in their order."""
        return (term for section in sections for term in self.terms if term.section == section)


def read(name: str) -> Any:
    """A file of this folder."""
    return yaml.load((_FOLDER / name).read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - both loaders are the safe ones


def vocabularies(slugs: Sequence[str]) -> Mapping[str, Vocabulary]:
    """The vocabulary of each unit by its slug, numbered through in this order; street offices share one."""
    found: dict[str, Vocabulary] = {}
    for key in dict.fromkeys(map(file_of, slugs)):
        found[key] = _vocabulary(read(f"units/{key}.yaml"), _FIRST_NUMBER + _BLOCK * len(found))
        if len(found[key].terms) > _BLOCK:
            raise ValueError(f"units/{key}.yaml has more than {_BLOCK} terms")
    return {slug: found[file_of(slug)] for slug in slugs}


def file_of(slug: str) -> str:
    """The name of the file that holds a unit's terms."""
    return "street" if slug.endswith("-street") else slug


def _vocabulary(content: dict[str, Any], number: int) -> Vocabulary:
    enforces = content.pop("enforces", True)
    laws = tuple((title, rank) for title, rank in (law.split(" | ") for law in content.pop("laws")))
    terms: list[Term] = []
    for section, rows in content.items():
        for row in rows:
            zh, en, *words = row.split(" | ")
            spoken = tuple(" ".join(words).split())
            terms.append(Term(number + len(terms), section, zh.removeprefix("="), en, spoken, zh.startswith("=")))
    return Vocabulary(laws, tuple(terms), enforces)
