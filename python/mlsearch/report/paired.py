"""Differences between heuristics, problem by problem."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.evaluation.score_table import yardstick_of
from mlsearch.evaluation.scores import Score, score
from mlsearch.report.entries import Entry
from mlsearch.report.formats import ReportTable

Values = Callable[[Evaluation], NDArray[Any]]

NOTE = (
    "The first minus the second on each problem, with the 95 % interval of the mean over problems; "
    "seeds are averaged before. Both meet the same problems, so an interval without 0 is a "
    "difference even where the intervals of the two scores overlap."
)


def no_search_solved(evaluation: Evaluation) -> NDArray[Any]:
    """Whether each problem was solved without search, bool [N]."""
    return evaluation.no_search.solved


def search_expansions(evaluation: Evaluation) -> NDArray[Any]:
    """Expansions with search of each problem, [N]."""
    return evaluation.search.expansions


def paired_difference(one: Entry, other: Entry, values: Values) -> Score:
    """The mean over problems of ``one - other``, with its normal 95 % interval.

    Args:
        one: on the same problems as ``other``; seeds are averaged first.
        other: what to compare with.
        values: the number of each problem, ``[N]``, of an evaluation.
    """
    means = [np.mean([values(e) for e in entry.evaluations], axis=0) for entry in (one, other)]
    return score(means[0] - means[1])


def paired_table(entries: Sequence[Entry]) -> ReportTable:
    """Each learned heuristic beside the yardstick of the domain and the first learned one."""
    return ReportTable(
        title="Paired differences",
        headers=("first - second", "no-search solved\nrate (points)", "expansions\nwith search"),
        rows=[
            (
                f"{one.name} - {other.name}",
                _text(paired_difference(one, other, no_search_solved), 100),
                _text(paired_difference(one, other, search_expansions), 1),
            )
            for one, other in _pairs(entries)
        ],
        note=NOTE,
    )


def _pairs(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    learned = [entry for entry in entries if entry.is_learned]
    yardstick = [e for e in entries if e.name == yardstick_of(e.evaluations[0])]
    for one in learned:
        yield from ((one, other) for other in [*yardstick, *learned[:1]] if other is not one)


def _text(value: Score, factor: float) -> str:
    mean, low, high = (f"{factor * x:+.1f}" for x in value[:3])
    return mean if math.isnan(value.low) else f"{mean} [{low}, {high}]"
