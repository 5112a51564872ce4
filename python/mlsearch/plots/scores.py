"""Heuristics against each other: overall, by distance and by budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, PercentFormatter
from numpy.typing import NDArray

from mlsearch.domains.costs import Costs
from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.evaluation.scores import Score, score
from mlsearch.plots import style

BINS = 6


@style.styled
def comparison(evaluations: Sequence[Evaluation]) -> Figure:
    """No-search solved rate and expansions with search of each heuristic, with intervals.

    Raises:
        ValueError: there are no evaluations.
    """
    evaluations = style.checked(evaluations)
    figure = style.new_figure(style.PAGE_WIDTH, 0.75 + 0.25 * len(evaluations))
    left, right = figure.subplots(1, 2, sharey=True)
    _bars(left, evaluations, "no_search.solved_rate", "{:.1%}")
    left.set(title="solved without search (higher is better)", xlim=(0, 1.18))
    left.set_xticks(np.linspace(0, 1, 6))
    left.xaxis.set_major_formatter(PercentFormatter(1))
    _bars(right, evaluations, "search.expansions", "{:.1f}")
    right.set(title="expansions with search (lower is better)")
    right.set_xlim(0, 1.15 * right.get_xlim()[1])
    left.set_yticks(range(len(evaluations)), [e.name for e in evaluations])
    for tick, evaluation in zip(left.get_yticklabels(), evaluations, strict=True):
        tick.set_fontweight("normal" if evaluation.is_baseline else "bold")
    left.invert_yaxis()
    return figure


def _bars(axes: Axes, evaluations: list[Evaluation], name: str, label: str) -> None:
    scores = [e.scores()[name] for e in evaluations]
    names = [e.name for e in evaluations]
    styles = style.line_styles_of(evaluations)
    axes.barh(
        range(len(names)),
        [s.mean for s in scores],
        height=0.68,
        color=[style.BASELINE if e.is_baseline else styles[e.name].color for e in evaluations],
        xerr=_lengths(scores),
        error_kw={"ecolor": style.INK, "elinewidth": 0.9, "capsize": 2, "capthick": 0.9},
    )
    for row, value in enumerate(scores):
        end = np.nanmax([value.mean, value.high])
        axes.annotate(
            label.format(value.mean), (end, row), (4, 0), textcoords="offset points", va="center"
        )
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _lengths(scores: list[Score]) -> NDArray[np.float64]:
    """How far intervals reach below and above their means, [2, N]; 0 where there are none."""
    ends = [(s.mean - s.low, s.high - s.mean) for s in scores]
    return np.maximum(np.nan_to_num(np.array(ends).T), 0)


@style.styled
def solved_by_distance(evaluations: Sequence[Evaluation]) -> Figure:
    """No-search solved rate over the true distance from start to goal, with intervals.

    Problems are binned by distance, about as many in each bin; points of a bin are drawn
    side by side.

    Raises:
        ValueError: there are no evaluations, or no problem has a way of at least one step.
    """
    figure, axes = _by_distance(evaluations, lambda e: e.no_search.solved)
    axes.set(ylabel="solved without search", ylim=(0, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


@style.styled
def expansions_by_distance(evaluations: Sequence[Evaluation]) -> Figure:
    """Mean expansions with search over the true distance from start to goal, with intervals.

    Problems are binned by distance, about as many in each bin; points of a bin are drawn
    side by side.

    Raises:
        ValueError: there are no evaluations, or no problem has a way of at least one step.
    """
    figure, axes = _by_distance(evaluations, lambda e: e.search.expansions)
    axes.set_yscale("log", nonpositive="clip")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set(ylabel="expansions with search")
    return figure


def _by_distance(
    evaluations: Sequence[Evaluation], values: Callable[[Evaluation], NDArray[np.generic]]
) -> tuple[Figure, Axes]:
    evaluations = style.checked(evaluations)
    figure, axes = _single_panel()
    styles = style.line_styles_of(evaluations)
    shifts = 0.25 * (np.arange(len(evaluations)) - (len(evaluations) - 1) / 2)
    for evaluation, shift in zip(evaluations, shifts, strict=True):
        optimal = evaluation.problems.optimal
        bins = length_bins(optimal)
        scores = [score(values(evaluation)[b]) for b in bins]
        axes.errorbar(
            [float(optimal[b].mean()) + shift for b in bins],
            [s.mean for s in scores],
            _lengths(scores),
            marker="o",
            elinewidth=0.8,
            label=evaluation.name,
            **styles[evaluation.name].options(),
        )
    axes.set(xlabel="true distance from start to goal (steps)", xlim=(0, None))
    style.legend_right(figure, axes)
    return figure, axes


def length_bins(optimal: Costs) -> list[NDArray[np.int64]]:
    """Problems with a way of at least one step, by its length, in bins of similar numbers."""
    known = np.flatnonzero(optimal > 0)
    if len(known) == 0:
        raise ValueError("evaluations: expected a problem with a way of at least one step")
    edges = np.unique(np.quantile(optimal[known], np.linspace(0, 1, BINS + 1)).round())
    place = np.searchsorted(edges[1:-1], optimal[known])
    return [known[place == i] for i in np.unique(place)]


@style.styled
def solved_by_budget(evaluations: Sequence[Evaluation]) -> Figure:
    """Share of problems that search solves within a number of expansions.

    Raises:
        ValueError: there are no evaluations.
    """
    evaluations = style.checked(evaluations)
    figure, axes = _single_panel()
    styles = style.line_styles_of(evaluations)
    largest = max(int(e.search.expansions.max(initial=1)) for e in evaluations)
    for evaluation in evaluations:
        needed = np.sort(evaluation.search.expansions[evaluation.search.solved])
        budgets = np.unique(np.concatenate([[0], needed, [largest]]))
        share = np.searchsorted(needed, budgets, side="right") / len(evaluation.problems)
        line = styles[evaluation.name].options()
        axes.step(budgets, share, where="post", label=evaluation.name, **line)
    axes.set(xlabel="budget (expansions)", ylabel="solved with search", ylim=(0, 1.03))
    axes.set(xscale="log", xlim=(1, max(largest, 2)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    style.legend_right(figure, axes)
    return figure


def _single_panel() -> tuple[Figure, Axes]:
    figure = style.new_figure(4.6, 2.7)
    return figure, figure.subplots()
