"""Tables of texts in the languages of documents: Markdown, LaTeX, and numbers as CSV."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ReportTable:
    """A table of texts.

    Attributes:
        title: what stands above it.
        headers: of the columns; the first column names the heuristic.
        rows: a text for each column.
        note: what to know when reading it; may be empty.
        legend: what the rows are, a line for each that needs one.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    legend: Sequence[str] = ()


def markdown(table: ReportTable) -> str:
    """A table with its title, note and legend as Markdown, with a final newline."""
    ruler = ["---", *["---:"] * (len(table.headers) - 1)]
    lines = "\n".join(_line(cells) for cells in [table.headers, ruler, *table.rows])
    legend = "".join(f"- {line}\n" for line in table.legend)
    below = [f"\n{text.rstrip()}\n" for text in (table.note, legend) if text]
    return f"## {table.title}\n\n{lines}\n" + "".join(below)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(c.replace("\n", " ").replace("|", r"\|") for c in cells) + " |"


LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "†": r"$^\dagger$",
    **{letter: "\\" + letter for letter in "&%$#_{}"},
}


def latex(table: ReportTable) -> str:
    """A table as a ``tabular`` of the package booktabs; title and notes as comments before it."""
    lines = [" & ".join(map(_latex_text, cells)) + r" \\" for cells in [table.headers, *table.rows]]
    texts = [text for text in (table.title, table.note, *table.legend) if text]
    about = [f"% {' '.join(text.split())}" for text in texts]
    columns = "l" + "r" * (len(table.headers) - 1)
    body = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule", *lines[1:]]
    return "\n".join([*about, *body, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _latex_text(text: str) -> str:
    """With LaTeX's own letters escaped; lines of a header become one."""
    escaped = re.sub(r"[\\~^†&%$#_{}]", lambda found: LATEX[found[0]], text)
    return " ".join(escaped.split())


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of plain values as CSV, all digits of each number; NaN and None are left empty.

    A value that is a mapping takes a column for each of its own: ``expansions.mean``.
    """
    flat = [_flat(row) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{key}": inner for key, inner in _flat(value).items()}
        else:
            is_nan = isinstance(value, float) and math.isnan(value)
            found[name] = None if is_nan else value
    return found
