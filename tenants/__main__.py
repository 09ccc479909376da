"""`python -m tenants check | tree [CODE] | show CODE | schema`: the halls at the command line."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tenants.compiling import origin
from tenants.halls import HERE, Halls, HallUnknown, load, source
from tenants.models import Tier
from tenants.reading import TenantsInvalid, Tree, leaves
from tenants.schema import schemas


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0, or 1 with every departure, or with the unknown code, on standard error."""
    parser = argparse.ArgumentParser(prog="python -m tenants", description="The halls and their standards.")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the data is (the repository's own)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="name file, line and rule of every departure")
    commands.add_parser("tree", help="the halls, from one hall down or all").add_argument("code", nargs="?")
    commands.add_parser("show", help="a hall, and the line that each value comes from").add_argument("code")
    commands.add_parser("schema", help="write the JSON Schemas for editors again")
    options = parser.parse_args(arguments)
    try:
        match options.command:
            case "check":
                print(_summary(load(options.folder)))
            case "tree":
                _print_tree(load(options.folder), options.code)
            case "show":
                _print_hall(options.folder, options.code)
            case "schema":
                for name, text in schemas().items():
                    (options.folder / name).write_text(text, encoding="utf-8")
    except TenantsInvalid as invalid:
        print(invalid, f"{len(invalid.departures)} departures", sep="\n", file=sys.stderr)
        return 1
    except HallUnknown as unknown:
        print(unknown, file=sys.stderr)
        return 1
    return 0


def _summary(halls: Halls) -> str:
    tiers = Counter(hall.tier for hall in halls)
    counts = ", ".join(f"{tiers[tier]} {tier}" for tier in Tier)
    return f"{len(halls)} halls ({counts}), revision {halls.revision}"


def _print_tree(halls: Halls, code: str | None) -> None:
    for hall in halls.subtree(code) if code else halls:
        indent = "  " * len(halls.ancestors(hall.code))
        below = len(halls.subtree(hall.code)) - 1
        counted = f"  ({below} below)" if below else ""
        print(f"{indent}{hall.code}  {hall.name.zh}  {hall.name.en}{counted}")


def _print_hall(folder: Path, code: str) -> None:
    """Every value after the file and line that it comes from."""
    halls, read = load(folder), source(folder)
    print(f"{code}  {halls.get(code).display_name.zh}  {halls.get(code).display_name.en}\n")
    layers = read.layers(code)
    settings = read.settings(code)
    for trail in leaves(settings):
        stated, page = origin(trail, layers)
        value: Tree = settings
        for key in trail:
            value = value[key] if isinstance(value, dict) else value
        print(f"{page.file}:{page.line(stated):<4}  {'.'.join(trail)}: {_flow(value)}")


def _flow(value: Tree) -> str:
    """A value in one line, as YAML writes it in flow style."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(item)}' for key, item in value.items())}}}"
    return "null" if value is None else value


if __name__ == "__main__":
    sys.exit(main())
