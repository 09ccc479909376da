"""The texts of the pages: Chinese in the templates, English in locale/en/<subject>.po, one file a subject.

`python -m gateway.portal texts` adds to the files what the templates and pages have come to say, and names what has no English.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
LANGUAGES = ("zh", "en")
# What a message is looked up by: one text, or the singular and the plural.
_Key = str | tuple[str, ...] | list[str]
_language: ContextVar[str] = ContextVar("language", default="zh")
_HEADER = """msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
_OPTIONS = {
    "trimmed": "true",
    "newstyle_gettext": "true",
    "encoding": "utf-8",
    "extensions": "jinja2.ext.do",
    "silent": "false",
}


def language() -> str:
    """The language that this request is answered in: zh or en."""
    return _language.get()


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Answers in a language; one that is not spoken here is Chinese."""
    token = _language.set(chosen if chosen in LANGUAGES else "zh")
    try:
        yield
    finally:
        _language.reset(token)


def gettext(text: str) -> str:
    """The text in the language of the request; Chinese where no translation is kept."""
    if language() == "zh":
        return text
    return _english().get(text, (text,))[0] or text


def ngettext(singular: str, plural: str, number: float) -> str:
    """The same of a text that counts something."""
    if language() == "zh":
        return singular
    forms = _english().get(singular, (singular, plural))
    return forms[0 if number == 1 else -1] or plural


_ = gettext


@cache
def _english() -> dict[str, tuple[str, ...]]:
    return {
        _source(message.id): (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
        for file in sorted((HERE / "locale" / "en").glob("*.po"))
        for message in _read(file)
        if message.id
    }


def _source(key: _Key) -> str:
    return key if isinstance(key, str) else key[0]


def _read(file: Path) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened, locale="en")


def said() -> dict[str, dict[str | tuple[str, ...], list[str]]]:
    """Every text of templates and pages by subject: the name of the folder, or of the page's file; then where it is said."""
    found: dict[str, dict[str | tuple[str, ...], list[str]]] = {}
    sources = sorted([*HERE.rglob("*.html"), *HERE.rglob("*.py")])
    for file in sources:
        kind = "jinja2.ext:babel_extract" if file.suffix == ".html" else "python"
        keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
        for _line, message, *_rest in extract_from_file(kind, file, keywords=keywords, options=dict(_OPTIONS)):
            found.setdefault(_subject(file), {}).setdefault(message, []).append(str(file.relative_to(HERE)))
    return found


def _subject(file: Path) -> str:
    """public, resident, staff, operator …: the folder under templates/ or pages/; `frame` for what all pages share."""
    inside = file.relative_to(HERE).parts
    return inside[1] if len(inside) > 2 else "frame"


def missing() -> dict[str, list[str]]:
    """The texts that have no English, by subject."""
    english = _english()
    lacking = {
        subject: sorted(_source(key) for key in texts if not all(english.get(_source(key), ("",))))
        for subject, texts in said().items()
    }
    return {subject: texts for subject, texts in lacking.items() if texts}


def renew() -> None:
    """Writes into each subject's file what it says now: translations are kept, what is no longer said goes."""
    taken: set[str] = set()
    everything = said()
    # From whichever file: a text may be said by another subject than before.
    english = _english()
    for subject in sorted(everything, key=lambda name: (name != "frame", name)):
        file = HERE / "locale" / "en" / f"{subject}.po"
        new = Catalog(locale="en", fuzzy=False, charset="utf-8")
        for key, places in sorted(everything[subject].items(), key=lambda item: (item[1][0], _source(item[0]))):
            # A text that two subjects say is translated once, in the first.
            if _source(key) in taken:
                continue
            taken.add(_source(key))
            forms = english.get(_source(key), ("",))
            new.add(key, forms[0] if isinstance(key, str) else forms, auto_comments=[places[0]])
        _write(file, new)
    _english.cache_clear()


def _write(file: Path, catalogue: Catalog) -> None:
    out = BytesIO()
    write_po(out, catalogue, width=128, omit_header=True, no_location=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_HEADER + re.sub(r"^\n+", "", out.getvalue().decode()), encoding="utf-8")
