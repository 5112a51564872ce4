"""What a search costs and what it brings, for puzzles that only a search solves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter

from mlsearch.plots import palette, style

WIDE = 50.0  # an axis that spans more has a number at each power of ten alone


class Effort(NamedTuple):
    """What one search did with one heuristic.

    Attributes:
        solved_after: the states that it generated for each problem that it solved.
        num_problems: with those that it did not solve.
        moves: mean number of moves of the solved problems.
    """

    solved_after: Sequence[int]
    num_problems: int
    moves: float

    @property
    def share(self) -> float:
        """Of problems that it solved."""
        return len(self.solved_after) / self.num_problems


@style.styled
def effort(
    found: Mapping[str, Sequence[Effort]], baselines: Sequence[str] = (), least: float = 0.5
) -> Figure:
    """Problems solved within a number of generated states, and the moves that more of them save.

    On the left, at each budget, the search that solves most of the problems counts. On the right
    is a point for each search that solves at least the share ``least`` of them: the means over
    those that it solved.

    Args:
        found: the searches of each heuristic, by its name.
        baselines: the names that are no learned heuristics.
        least: 0 to 1.

    Raises:
        ValueError: there is no heuristic.
    """
    if not found:
        raise ValueError("found: expected at least one heuristic, got none")
    figure = style.new_figure(style.PAGE_WIDTH, 3.1)
    left, right = figure.subplots(1, 2)
    styles = palette.line_styles(found, baselines)
    for name, searches in found.items():
        line = styles[name].options()
        budgets = np.unique(np.concatenate([[1], *(s.solved_after for s in searches)]))
        shares = [_within(s, budgets) for s in searches]
        left.step(budgets, np.max(shares, axis=0), where="post", label=name, **line)
        points = [(np.mean(s.solved_after), s.moves) for s in searches if s.share >= least]
        if points:
            right.plot(*zip(*sorted(points), strict=True), marker="o", markersize=3.5, **line)
    left.set(xscale="log", xlabel="budget (generated states)", ylabel="solved", ylim=(0, 1.03))
    left.yaxis.set_major_formatter(PercentFormatter(1))
    right.set(xscale="log", yscale="log", xlabel="generated states (mean)", ylabel="moves (mean)")
    low, high = right.get_xlim()
    right.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < WIDE * low else (1,)))
    right.xaxis.set_major_formatter("{x:,.0f}")
    right.xaxis.set_minor_formatter(NullFormatter())
    right.yaxis.set_major_formatter("{x:g}")
    right.yaxis.set_minor_formatter("{x:g}")
    left.set_title("solved within a budget")
    right.set_title(f"searches that solve at least {least:.0%}")
    style.one_legend(figure, [left], most_columns=4)
    return figure


def _within(search: Effort, budgets: np.ndarray) -> np.ndarray:
    solved = np.searchsorted(np.sort(search.solved_after), budgets, side="right")
    return np.asarray(solved / search.num_problems)
