"""One page with everything that is known of trained metrics, and its tables as Markdown."""

from mlsearch.report.build import build_report
from mlsearch.report.entries import Entry, Published, entries_as_json
from mlsearch.report.tables import ReportTable, all_tables, markdown, score_rows

__all__ = [
    "Entry",
    "Published",
    "ReportTable",
    "all_tables",
    "build_report",
    "entries_as_json",
    "markdown",
    "score_rows",
]
