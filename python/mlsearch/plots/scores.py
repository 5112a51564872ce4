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
from mlsearch.evaluation.scores import Score, is_rate, over_seeds, score
from mlsearch.plots import palette, style
from mlsearch.plots.style import Seeds

BINS = 6


@style.styled
def comparison(evaluations: Sequence[Seeds]) -> Figure:
    """No-search solved rate and expansions with search of each heuristic, with intervals.

    Of a heuristic with several seeds, the mean and the interval over seeds, as tables have them.

    Raises:
        ValueError: there are no evaluations.
    """
    groups = style.grouped(evaluations)
    first = [group[0] for group in groups]
    figure = style.new_figure(style.PAGE_WIDTH, 0.75 + 0.25 * len(groups))
    left, right = figure.subplots(1, 2, sharey=True)
    _bars(left, groups, "no_search.solved_rate", "{:.1%}")
    left.set(title="solved without search (more is better)", xlim=(0, 1.18))
    left.set_xticks(np.linspace(0, 1, 6))
    left.xaxis.set_major_formatter(PercentFormatter(1))
    _bars(right, groups, "search.expansions", "{:.1f}")
    right.set(title="expansions with search (less is better)")
    right.set_xlim(0, 1.15 * right.get_xlim()[1])
    left.set_yticks(range(len(groups)), [e.name for e in first])
    for tick, evaluation in zip(left.get_yticklabels(), first, strict=True):
        tick.set_fontweight("normal" if evaluation.is_baseline else "bold")
    left.invert_yaxis()
    return figure


def _bars(axes: Axes, groups: list[list[Evaluation]], name: str, label: str) -> None:
    scores = [over_seeds([e.scores()[name] for e in group], is_rate(name)) for group in groups]
    styles = palette.line_styles_of(groups)
    axes.barh(
        range(len(groups)),
        [s.mean for s in scores],
        height=0.68,
        color=[styles[e.name].color for e, *_ in groups],
        xerr=_lengths(scores),
        error_kw={"ecolor": style.INK, "elinewidth": 0.9, "capsize": 2, "capthick": 0.9},
    )
    for bar, (evaluation, *_) in zip(axes.patches, groups, strict=True):
        bar.set_alpha(0.6 if evaluation.is_baseline else 1)  # so that intervals are seen on them
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
def solved_by_distance(evaluations: Sequence[Seeds]) -> Figure:
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
def expansions_by_distance(evaluations: Sequence[Seeds]) -> Figure:
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
    evaluations: Sequence[Seeds], values: Callable[[Evaluation], NDArray[np.generic]]
) -> tuple[Figure, Axes]:
    groups = style.grouped(evaluations)
    figure, axes = _single_panel()
    styles = palette.line_styles_of(groups)
    shifts = 0.25 * (np.arange(len(groups)) - (len(groups) - 1) / 2)
    for group, shift in zip(groups, shifts, strict=True):
        optimal, name = group[0].problems.optimal, group[0].name
        bins = length_bins(optimal)
        scores = [_score_of_bin([values(e)[b] for e in group]) for b in bins]
        axes.errorbar(
            [float(optimal[b].mean()) + shift for b in bins],
            [s.mean for s in scores],
            _lengths(scores),
            marker="o",
            elinewidth=0.8,
            label=name,
            **styles[name].options(),
        )
    axes.set(xlabel="true distance from start to goal (steps)", xlim=(0, None))
    style.legend_right(figure, axes)
    return figure, axes


def _score_of_bin(values: list[NDArray[np.generic]]) -> Score:
    """Of the values of each seed."""
    return over_seeds([score(v) for v in values], values[0].dtype == np.bool_)


def length_bins(optimal: Costs) -> list[NDArray[np.int64]]:
    """Problems with a way of at least one step, by its length, in bins of similar numbers."""
    known = np.flatnonzero(optimal > 0)
    if len(known) == 0:
        raise ValueError("evaluations: expected a problem with a way of at least one step")
    edges = np.unique(np.quantile(optimal[known], np.linspace(0, 1, BINS + 1)).round())
    place = np.searchsorted(edges[1:-1], optimal[known])
    return [known[place == i] for i in np.unique(place)]


@style.styled
def solved_by_budget(evaluations: Sequence[Seeds]) -> Figure:
    """Share of problems that search solves within a number of expansions.

    Of several seeds, the line is the mean, and a band reaches from the lowest to the highest.

    Raises:
        ValueError: there are no evaluations.
    """
    groups = style.grouped(evaluations)
    figure, axes = _single_panel()
    styles = palette.line_styles_of(groups)
    largest = max(int(e.search.expansions.max(initial=1)) for group in groups for e in group)
    for group in groups:
        name = group[0].name
        needed = [np.sort(e.search.expansions[e.search.solved]) for e in group]
        budgets = np.unique(np.concatenate([[0], *needed, [largest]]))
        found = [np.searchsorted(n, budgets, side="right") for n in needed]
        shares = np.array(found) / len(group[0].problems)
        line = styles[name].options()
        axes.step(budgets, shares.mean(axis=0), where="post", label=name, **line)
        if len(group) > 1:
            style.band(axes, budgets, shares, styles[name], step="post")
    axes.set(xlabel="budget (expansions)", ylabel="solved with search", ylim=(0, 1.03))
    axes.set(xscale="log", xlim=(1, max(largest, 2)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    style.legend_right(figure, axes)
    return figure


def _single_panel() -> tuple[Figure, Axes]:
    figure = style.new_figure(4.6, 2.7)
    return figure, figure.subplots()
