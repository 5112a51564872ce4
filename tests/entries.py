"""Evaluations as the entries of a report."""

from pathlib import Path

from mlsearch.report import Entry, markdown
from mlsearch.report.tables import score_table


def entries_of(evaluations):
    """An entry for each evaluation; those that are no baselines count as learned."""
    return [
        Entry(name=e.name, evaluations=[e], folders=[] if e.is_baseline else [Path(e.name)])
        for e in evaluations
    ]


def markdown_of(evaluations):
    """The table of their scores as Markdown: two rows of heads, a row for each, and notes."""
    return markdown(score_table(entries_of(evaluations))).split("\n", 2)[2]
