"""Ways into the list by the moments of a life and of an enterprise, as themes.yaml keeps them."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import yaml
from pydantic import BaseModel

from gateway.portal.texts import language

_FILE = Path(__file__).with_name("themes.yaml")


class Words(BaseModel):
    """A text in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if language() == "en" else self.zh


class Way(Words):
    """What is often wanted, and what is searched for: its Chinese name where nothing else is said."""

    words: str = ""


class Theme(BaseModel):
    """A moment."""

    title: Words
    ways: list[Way]


class Group(BaseModel):
    """The moments of those of one kind."""

    id: str
    title: Words
    object: str
    themes: list[Theme]

    def address(self, way: Way) -> str:
        """The search that a way stands for."""
        return "/matters?" + urlencode({"q": way.words or way.zh, "object": self.object})


@cache
def groups() -> Sequence[Group]:
    """All of them."""
    return [Group(**group) for group in yaml.safe_load(_FILE.read_text(encoding="utf-8"))]
