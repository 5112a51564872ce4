"""How results are printed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

    from mlsearch.evaluation.evaluation import Evaluation


def print_json(value: Any) -> None:
    """Writes a value as JSON to stdout; NaN becomes null."""
    from mlsearch.base.files import as_json

    click.echo(as_json(value))


def print_scores(evaluations: Sequence[Evaluation], title: str) -> None:
    """Prints the table of scores."""
    from mlsearch.evaluation.score_table import rich_table

    print_table(rich_table(evaluations, title))


def print_table(table: Table) -> None:
    """Prints a rich table, at a fixed width where there is no terminal.

    Columns that do not fit are left out, from the right, and named below.
    """
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120)
    unbounded = console.options.update(max_width=10_000)
    left_out: list[str] = []
    while (
        len(table.columns) > 2 and console.measure(table, options=unbounded).maximum > console.width
    ):
        left_out.insert(0, " ".join(str(table.columns.pop().header).split()))
    console.print(table)
    if left_out:
        console.print(f"Left out, for want of width: {', '.join(left_out)}.")
