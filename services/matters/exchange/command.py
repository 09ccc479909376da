"""`python -m services.matters import|export`: files of matters from the command line, through the API like everybody else.

YIMEN is the address that the API is called at, TOKEN an editor's access token; an export needs none.
"""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.matters.exchange.sending import Sender, parts_of
from yimen.matters.v1 import exchange_pb2 as pb

_FORMATS = {
    "csv": pb.LIST_FORMAT_CSV,
    "xlsx": pb.LIST_FORMAT_XLSX,
    "yaml": pb.LIST_FORMAT_YAML,
    "jsonl": pb.LIST_FORMAT_JSON_LINES,
    "jsonld": pb.LIST_FORMAT_JSON_LD,
}
_ENDINGS = {"yml": "yaml", "ndjson": "jsonl"}
_STATES = {pb.IMPORT_STATE_DONE: "done", pb.IMPORT_STATE_REFUSED: "refused: nothing was taken"}


def main(arguments: list[str]) -> int:
    """0 where every row was taken; 1 where rows were rejected or the service refused, 2 for wrong arguments."""
    options = _parser().parse_args(arguments)
    with grpc.insecure_channel(options.address) as channel:
        try:
            return int(options.run(Sender(channel, os.environ.get("TOKEN", "")), options))
        except grpc.RpcError as error:
            print(_said(error), file=sys.stderr)
            return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.matters", description=__doc__)
    parser.add_argument("--address", default=os.environ.get("YIMEN", "127.0.0.1:8080"), help="host:port of the API ($YIMEN)")
    parser.add_argument("--hall", default="440307", help="the code of the district whose list it is (440307)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    taking = commands.add_parser("import", help="put a file of matters on the list")
    taking.add_argument("file", type=Path, help="its ending says its format")
    taking.add_argument("--format", choices=[name for name in _FORMATS if name != "jsonld"], help="where the ending does not")
    taking.add_argument("--dry-run", action="store_true", help="report what would happen and change nothing")
    taking.add_argument(
        "--skip-bad", action="store_true", help="take the good rows; without it one bad row and nothing is taken"
    )
    taking.add_argument("--draft", action="store_true", help="leave what is new as drafts; without it it is published")
    taking.add_argument("--request-id", default="", help="the same id goes on with the same import")
    taking.set_defaults(run=_import)
    giving = commands.add_parser("export", help="write the published list to a file")
    giving.add_argument("file", type=Path, help="its ending says its format; - for standard output")
    giving.add_argument("--format", choices=[name for name in _FORMATS if name != "yaml"], help="where the ending does not")
    giving.set_defaults(run=_export)
    return parser


def _import(sender: Sender, options: argparse.Namespace) -> int:
    first = pb.UploadImportRequest(
        parent=f"halls/{options.hall}",
        format=_format(options),
        mode=pb.IMPORT_MODE_SKIP_BAD if options.skip_bad else pb.IMPORT_MODE_ALL_OR_NOTHING,
        dry_run=options.dry_run,
        publish=not options.draft,
        request_id=options.request_id,
        size=options.file.stat().st_size,
    )
    with options.file.open("rb") as file:
        paper = sender.upload(first, parts_of(file))
    paper = sender.run(paper.name, _show)
    for rejection in sender.rejections(paper.name):
        print(f"row {rejection.row}\t{rejection.matter}\t{rejection.field}\t{rejection.rule}\t{rejection.zh}\t{rejection.en}")
    print(f"{paper.name}: {_counts(paper)}; {_STATES[paper.state]}", file=sys.stderr)
    return 1 if paper.rejected or paper.state == pb.IMPORT_STATE_REFUSED else 0


def _export(sender: Sender, options: argparse.Namespace) -> int:
    parts = sender.export(f"halls/{options.hall}", _format(options))
    if str(options.file) == "-":
        return _write(sys.stdout.buffer, parts)
    # Under another name first: an export that broke off is not taken for the list.
    unfinished = options.file.with_name(options.file.name + ".part")
    with unfinished.open("wb") as file:
        _write(file, parts)
    unfinished.replace(options.file)
    return 0


def _write(file: BinaryIO, parts: Iterable[bytes]) -> int:
    for part in parts:
        file.write(part)
    return 0


def _format(options: argparse.Namespace) -> pb.ListFormat.ValueType:
    ending = options.file.suffix.lstrip(".").lower()
    name = options.format or _ENDINGS.get(ending, ending)
    if name not in _FORMATS:
        sys.exit(f"{options.file}: its ending says no format; name one by --format")
    return _FORMATS[name]


def _show(paper: pb.Import) -> None:
    if sys.stderr.isatty():
        print(f"\r{paper.rows_checked} rows judged, {_counts(paper)}", end="\r", file=sys.stderr)


def _counts(paper: pb.Import) -> str:
    return (
        f"{paper.created} created, {paper.revised} revised, {paper.unchanged} unchanged, {paper.rejected} rejected"
        f"{' (dry run)' if paper.dry_run else ''}"
    )


def _said(error: Any) -> str:
    """A refusal in both languages, as the service explains it."""
    status = rpc_status.from_call(error)
    said: list[str] = []
    for detail in status.details if status else ():
        message = error_details_pb2.LocalizedMessage()
        if detail.Unpack(message):
            said.append(message.message)
    return "\n".join(said) or f"{error.code().name}: {error.details()}"
