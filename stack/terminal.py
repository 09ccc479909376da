"""Where the stack's commands print: in colour on a terminal, in plain and unbroken lines to a file or a pipe."""

import sys

from rich.console import Console
from rich.markup import escape

console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def tell(name: str, message: str) -> None:
    """One line of progress."""
    console.print(f"  [cyan]{name:<20}[/] {escape(message)}")
