"""One page with everything that is known of trained metrics, and its tables as Markdown."""

from mlsearch.report.build import build_explorer, build_report
from mlsearch.report.entries import (
    Entry,
    Published,
    entries_as_json,
    entries_as_rows,
    scores_as_json,
)
from mlsearch.report.formats import ReportTable, csv_text, latex, markdown
from mlsearch.report.tables import all_tables, score_rows

__all__ = [
    "Entry",
    "Published",
    "ReportTable",
    "all_tables",
    "build_explorer",
    "build_report",
    "csv_text",
    "entries_as_json",
    "entries_as_rows",
    "latex",
    "markdown",
    "score_rows",
    "scores_as_json",
]
