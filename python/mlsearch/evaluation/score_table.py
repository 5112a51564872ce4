"""The scores of a heuristic as texts, a row of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

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
