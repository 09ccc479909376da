"""From files to halls: which page states what, the merge, the check of the result, the line to blame."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from tenants import models
from tenants.merging import merged, overridden
from tenants.models import Hall, Tier
from tenants.reading import Departure, Page, Settings, TenantsInvalid, Trail, Tree, read

UNIFIED = "unified"  # the key under which a standard marks fields, each with the reason
BELOW = "below"  # the key under which a hall sets what holds for every hall beneath it
SETTINGS = tuple(models.Settings.model_fields)
OWN = tuple(models.Own.model_fields)

Names = dict[Tier, Settings]  # the name of the hall at each tier, by language


@dataclass
class Source:
    """What the files state: the standard of each tier, and of each hall what it says itself."""

    standards: dict[Tier, Page] = field(default_factory=dict)
    stated: dict[str, Page] = field(default_factory=dict)
    departures: list[Departure] = field(default_factory=list)
    revision: str = ""

    @classmethod
    def read(cls, contents: Mapping[str, bytes]) -> Source:
        """Sorts files by their names in the folder; TenantsInvalid where one is no YAML."""
        source, unreadable, digest = cls(), list[Departure](), hashlib.sha256()
        for name, content in contents.items():
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
            try:
                page = read(content, name)
            except TenantsInvalid as invalid:
                unreadable += invalid.departures
                continue
            source._add_standard(page) if name.startswith("standards/") else source._add_halls(page)
        if unreadable:
            raise TenantsInvalid(unreadable)
        source.revision = digest.hexdigest()[:12]
        return source

    def compile(self) -> list[Hall]:
        """Every hall; TenantsInvalid with all departures where there are any."""
        departures, halls = list(self.departures), []
        wrong = {tier: _wrong_in_standard(tier, page) for tier, page in self.standards.items()}
        for found in wrong.values():
            departures += found
        for code in self.stated:
            if wrong.get(Tier.of(code)):
                continue  # its halls would only say the same again
            try:
                halls.append(self.hall(code))
            except TenantsInvalid as invalid:
                departures += invalid.departures
        if departures:
            raise TenantsInvalid(departures)
        return halls

    def layers(self, code: str) -> list[Page]:
        """What a hall is merged from, in order: its tier's standard, what its parents set below, its own."""
        own, standard = self.stated[code], self.standards.get(Tier.of(code))
        if standard is None:
            message = f"no standard for its tier: standards/{Tier.of(code)}.yaml"
            raise TenantsInvalid([own.departure((), "standard", message)])
        parents = [self.stated[parent].part(BELOW) for parent in self._above(code)]
        return [standard.without(UNIFIED), *parents, own.without(BELOW)]

    def settings(self, code: str) -> Settings:
        """What a hall is given and states, merged, with the names filled in."""
        standard, *parents, own = (page.settings for page in self.layers(code))
        return filled(merged(standard, parents, own), self._names(code))

    def hall(self, code: str) -> Hall:
        """One hall, merged and checked; TenantsInvalid names what is wrong in which layer."""
        layers = self.layers(code)
        _, *parents, own = layers
        departures = [d for page in (*parents, own) for d in overridden(page, self.standards[Tier.of(code)])]
        facts = {
            "code": code,
            "parent": code[:-3] if len(code) > Tier.DISTRICT.digits else "",
            "address_is_placeholder": "address" not in own.settings,
        }
        try:
            hall = Hall.model_validate({**self.settings(code), **facts})
        except ValidationError as error:
            raise TenantsInvalid([*departures, *_blame(error, layers)]) from error
        if departures:
            raise TenantsInvalid(departures)
        return hall

    def _above(self, code: str) -> list[str]:
        above = [code[: tier.digits] for tier in Tier if tier.digits < len(code)]
        for parent in above:
            if parent not in self.stated:
                message = f"{code} lies under {parent}, which is no hall"
                raise TenantsInvalid([self.stated[code].departure((), "parent", message)])
        return above

    def _names(self, code: str) -> Names:
        named: Names = {}
        for at in (*self._above(code), code):
            name = self.stated[at].settings.get("name")
            named[Tier.of(at)] = {"zh": at, **(name if isinstance(name, dict) else {})}
        return named

    def _add_standard(self, page: Page) -> None:
        tier = page.file.removeprefix("standards/").removesuffix(".yaml")
        if tier in list(Tier):
            self.standards[Tier(tier)] = self._known(page, (UNIFIED, *SETTINGS))
        else:
            self.departures.append(page.departure((), "file", f"{tier} is no tier: {', '.join(Tier)}"))

    def _add_halls(self, page: Page) -> None:
        first = next(iter(page.settings), "")
        for code in page.settings:
            if departure := self._misplaced(page, code, first):
                self.departures.append(departure)
                continue
            own = self._known(page.part(code), (BELOW, *OWN, *SETTINGS))
            self._known(own.part(BELOW), SETTINGS)
            self.stated[code] = own

    def _misplaced(self, page: Page, code: str, first: str) -> Departure | None:
        try:
            tier = Tier.of(code)
        except ValueError as error:
            return page.departure((code,), "code", str(error))
        if (tier is Tier.DISTRICT) != (page.file == "district.yaml") or not code.startswith(first):
            return page.departure((code,), "file", f"{code}: a street's file holds it, then its communities")
        if code in self.stated:
            where = f"{self.stated[code].file}:{self.stated[code].line(())}"
            return page.departure((code,), "code", f"{code} is stated already in {where}")
        for trail in ((code,), (code, BELOW)):
            if not isinstance(page.part(*trail[:-1]).settings.get(trail[-1], {}), dict):
                return page.departure(trail, "field", f"{trail[-1]}: a map of settings is expected")
        return None

    def _known(self, page: Page, keys: Sequence[str]) -> Page:
        """The page without the keys that cannot be set here, which become departures."""
        stray = [key for key in page.settings if key not in keys]
        self.departures += [page.departure((key,), "field", f"{key}: not a field that can be set here") for key in stray]
        return page.without(*stray)


def filled(settings: Settings, names: Names) -> Settings:
    """The settings with {district} {street} {community} replaced; one without a name stays, and is found."""

    def fill(tree: Tree, language: str) -> Tree:
        if isinstance(tree, dict):
            return {key: fill(value, "en" if key == "en" else "zh") for key, value in tree.items()}
        if isinstance(tree, list):
            return [fill(item, language) for item in tree]
        if tree and "{" in tree:
            for tier, name in names.items():
                tree = tree.replace(f"{{{tier}}}", str(name.get(language) or name["zh"]))
        return tree

    return {key: fill(value, "zh") for key, value in settings.items()}


def origin(trail: Trail, layers: Sequence[Page]) -> tuple[Trail, Page]:
    """Where a value comes from: the last layer that states it, or else what is nearest above it."""
    return next(
        (trail[:length], page)
        for length in range(len(trail), -1, -1)
        for page in reversed(layers)
        if trail[:length] in page.lines
    )


def _blame(error: ValidationError, layers: Sequence[Page]) -> Iterator[Departure]:
    """Each complaint at the line that it is about; none about a whole that only suffers from its part."""
    complaints = {tuple(map(str, found["loc"])): found["msg"] for found in error.errors(include_url=False)}
    for trail, message in complaints.items():
        if any(len(part) > len(trail) and part[: len(trail)] == trail for part in complaints):
            continue
        nearest, page = origin(trail, layers)
        yield page.departure(nearest, "field", f"{'.'.join(trail)}: {message}")


def _wrong_in_standard(tier: Tier, page: Page) -> list[Departure]:
    """A standard is complete by itself, and marks only fields that it sets."""
    standard, marks = page.without(UNIFIED), page.settings.get(UNIFIED)
    names: Names = {above: {"zh": above} for above in Tier if above.digits <= tier.digits}
    found: list[Departure] = []
    try:
        models.Settings.model_validate(filled(standard.settings, names))
    except ValidationError as error:
        found += _blame(error, [standard])
    if not isinstance(marks, dict):
        return [
            *found,
            page.departure((UNIFIED,), "field", f"{UNIFIED}: a map of fields to reasons is expected"),
        ]
    for mark in marks:
        if tuple(mark.split(".")) not in standard.lines:
            message = f"{mark}: unified, but the standard does not set it"
            found.append(page.departure((UNIFIED, mark), "field", message))
    return found
