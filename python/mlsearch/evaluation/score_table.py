"""Scores of heuristics side by side, for the terminal and for Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from mlsearch.domains.extras import extra
from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.evaluation.scores import Score, score

UNDEFINED = "-"
MARK = "†"
NEED_OPTIMUM = ("search.suboptimality", "rank_correlation", "absolute_error")
COUNTED = "n: problems that count, as the optimum of the others is unknown"
HEADERS = (
    "heuristic",
    "no-search\nsolved rate",
    "expansions\nwith search",
    "suboptimality",
    "rank\ncorrelation",
    "absolute\nerror (steps)",
)
WITH_SEARCH = ("solved rate\nwith search", "moves\nwith search")
"""Headers of two more columns, where the optimum of some problems is unknown."""


class ScoreRow(NamedTuple):
    """The scores of one heuristic.

    ``counts`` says over how many problems the three scores that need the optimum are; it is empty
    where the optimum of all problems is known. Where it is not, the table shows ``searched_rate``
    and ``moves`` too, those of a search and of the solutions that it found. ``is_marked`` tells a
    learned heuristic that does not beat the yardstick of its domain on both no-search solved rate
    and expansions with search.
    """

    name: str
    solved_rate: Score
    expansions: Score
    searched_rate: Score
    moves: Score
    suboptimality: Score
    rank_correlation: Score
    absolute_error: Score
    counts: Mapping[str, int]
    is_marked: bool

    def cells(self) -> tuple[str, ...]:
        """One text for each of ``headers``; means, with 95 % intervals for the first two."""
        means = (
            _formatted(self.suboptimality.mean, "{:.3f}"),
            _formatted(self.rank_correlation.mean, "{:.3f}"),
            _formatted(self.absolute_error.mean, "{:.2f}"),
        )
        with_search = (
            _formatted(100 * self.searched_rate.mean, "{:.1f}%"),
            _formatted(self.moves.mean, "{:.1f}"),
        )
        nums = [f" (n={self.counts[name]})" if self.counts else "" for name in NEED_OPTIMUM]
        return (
            self.name + f" {MARK}" * self.is_marked,
            _with_interval(self.solved_rate, "{:.1f}", scale=100, unit="%"),
            _with_interval(self.expansions, "{:.1f}"),
            *(with_search if self.counts else ()),
            *(mean + num for mean, num in zip(means, nums, strict=True)),
        )


def score_table(evaluations: Sequence[Evaluation]) -> list[ScoreRow]:
    """A row of scores for each evaluation, in the same order.

    Without an evaluation of the domain's yardstick no row is marked.
    """
    yardstick = next((e for e in evaluations if e.name == yardstick_of(e)), None)
    return [_row(e, yardstick) for e in evaluations]


def yardstick_of(evaluation: Evaluation) -> str:
    """The baseline that a learned heuristic has to beat in its domain."""
    return str(extra(evaluation.problems.domain, "yardstick"))


def counts(evaluation: Evaluation) -> dict[str, int]:
    """How many problems count in the scores that need the optimum; empty if all are known."""
    if (evaluation.problems.optimal >= 0).all():
        return {}
    scores = evaluation.scores()
    return {name: scores[name].num for name in NEED_OPTIMUM}


def rank_correlation(evaluation: Evaluation) -> Score:
    """The score of that name; NaN when the predictions are constant along every path."""
    if any(np.ptp(predicted) > 0 for predicted in evaluation.along_paths if len(predicted)):
        return evaluation.scores()["rank_correlation"]
    return score(np.empty(0))


def moves_with_search(evaluation: Evaluation) -> Score:
    """How long the solutions are that the search found."""
    return score(evaluation.search.steps[evaluation.search.solved])


def headers(rows: Sequence[ScoreRow]) -> tuple[str, ...]:
    """The headers of the columns of rows."""
    more = WITH_SEARCH if any(row.counts for row in rows) else ()
    return (*HEADERS[:3], *more, *HEADERS[3:])


def rich_table(evaluations: Sequence[Evaluation], title: str | None = None) -> Table:
    """The scores as a table for a terminal, learned heuristics in bold."""
    rows = score_table(evaluations)
    table = Table(title=title, box=SIMPLE_HEAD, show_edge=False, padding=(0, 0, 0, 1))
    table.caption, table.caption_justify = "\n".join(notes(rows, evaluations)) or None, "left"
    for header in headers(rows):
        table.add_column(header, justify="left" if header == HEADERS[0] else "right")
    for row, evaluation in zip(rows, evaluations, strict=True):
        style = "" if evaluation.is_baseline else "bold"
        table.add_row(*map(Text, row.cells()), style=style)
    return table


def markdown_table(evaluations: Sequence[Evaluation]) -> str:
    """The scores as a Markdown table, with a final newline."""
    rows = score_table(evaluations)
    ruler = ("---", *["---:"] * (len(headers(rows)) - 1))
    text = "".join(map(_markdown_line, [headers(rows), ruler, *(row.cells() for row in rows)]))
    return text + "".join(f"\n{note}\n" for note in notes(rows, evaluations))


def _markdown_line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("\n", " ").replace("|", r"\|") for cell in cells) + " |\n"


def _row(evaluation: Evaluation, yardstick: Evaluation | None) -> ScoreRow:
    scores = evaluation.scores()
    return ScoreRow(
        evaluation.name,
        scores["no_search.solved_rate"],
        scores["search.expansions"],
        scores["search.solved_rate"],
        moves_with_search(evaluation),
        scores["search.suboptimality"],
        rank_correlation(evaluation),
        scores["absolute_error"],
        counts(evaluation),
        not evaluation.is_baseline and yardstick is not None and not _beats(evaluation, yardstick),
    )


def _beats(evaluation: Evaluation, other: Evaluation) -> bool:
    """Whether it solves more without search and expands less with it."""
    mine, others = evaluation.scores(), other.scores()
    solves_more = mine["no_search.solved_rate"].mean > others["no_search.solved_rate"].mean
    return solves_more and mine["search.expansions"].mean < others["search.expansions"].mean


def footnote(yardstick: str) -> str:
    """What the mark means in a domain with that yardstick."""
    return f"{MARK} does not beat {yardstick} on both no-search solved rate and expansions"


def notes(rows: Sequence[ScoreRow], evaluations: Sequence[Evaluation]) -> list[str]:
    """What to know when reading rows of scores."""
    found = [footnote(yardstick_of(evaluations[0]))] if any(r.is_marked for r in rows) else []
    return found + [COUNTED] * any(r.counts for r in rows)


def _formatted(value: float, template: str) -> str:
    return UNDEFINED if math.isnan(value) else template.format(value)


def _with_interval(value: Score, template: str, scale: float = 1, unit: str = "") -> str:
    if math.isnan(value.low):
        return _formatted(value.mean * scale, template + unit)
    mean, low, high = (template.format(scale * x) for x in value[:3])
    return f"{mean}{unit} [{low}, {high}]"
