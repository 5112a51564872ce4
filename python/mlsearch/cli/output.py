"""How results are printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.table import Table

    from mlsearch.report import ReportTable


def print_json(value: Any) -> None:
    """Writes a value as JSON to stdout; NaN becomes null."""
    from mlsearch.base.files import as_json

    click.echo(as_json(value))


def print_tables(
    output: str,
    tables: Sequence[ReportTable],
    plain: Any,
    rows: Sequence[Mapping[str, Any]],
    learned: Collection[str] = (),
) -> None:
    """Prints results in one of the forms of ``--format``.

    Args:
        output: "table" for the terminal, "markdown", "latex", "csv" or "json".
        tables: what is shown as texts.
        plain: what is printed as JSON.
        rows: what is printed as CSV.
        learned: names of the rows that are shown in bold on a terminal.
    """
    from mlsearch.report import csv_text, latex, markdown

    if output == "json":
        print_json(plain)
    elif output == "csv":
        click.echo(csv_text(rows), nl=False)
    elif output == "table":
        for table in tables:
            print_table(rich_table(table, learned))
    else:
        write = markdown if output == "markdown" else latex
        click.echo("\n".join(map(write, tables)), nl=False)


def rich_table(table: ReportTable, learned: Collection[str] = ()) -> Table:
    """A table for a terminal, with the rows of ``learned`` in bold."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from mlsearch.evaluation.score_table import MARK

    shown = Table(title=table.title, box=SIMPLE_HEAD, show_edge=False, padding=(0, 0, 0, 1))
    shown.caption = "\n".join(filter(None, [table.note, *table.legend])) or None
    shown.caption_justify = "left"
    for number, header in enumerate(table.headers):
        shown.add_column(header, justify="right" if number else "left")
    for row in table.rows:
        is_learned = row[0].removesuffix(f" {MARK}") in learned
        shown.add_row(*map(Text, row), style="bold" if is_learned else "")
    return shown


def print_table(table: Table) -> None:
    """Prints a rich table: of 120 columns where there is no terminal and COLUMNS is not set.

    Columns that do not fit are left out, from the right, and named below.
    """
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120)
    unbounded = console.options.update(max_width=10_000)
    left_out: list[str] = []
    while (
        len(table.columns) > 2 and console.measure(table, options=unbounded).maximum > console.width
    ):
        left_out.insert(0, " ".join(str(table.columns.pop().header).split()))
    console.print(table)
    if left_out:
        console.print(f"Left out, for want of width: {', '.join(left_out)}.")
