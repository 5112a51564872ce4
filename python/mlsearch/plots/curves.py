"""Loss and validation scores over the course of training."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from mlsearch.plots import palette, style
from mlsearch.runs.scalars import read_scalars

Row: TypeAlias = Mapping[str, float]
Run: TypeAlias = str | os.PathLike[str] | Sequence[Row]
Series: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]

SCORES = {
    "validation.no_search.solved_rate": "solved without search",
    "validation.search.expansions": "expansions with search",
    "validation.rank_correlation": "rank correlation",
}
# Of the terms of a loss; those of a user have none.
UNITS = {
    "contrastive": "nats",
    "classification": "nats",
    "descent": "nats",
    "distance": "smooth L1 (steps)",
    "walk_length": "steps\N{SUPERSCRIPT TWO}",
    "bellman": "steps\N{SUPERSCRIPT TWO}",
}
NO_TERMS = {"step", "seconds", "loss", "gradient_norm"}
AXES = {"step": "training step", "seconds": "training time (s)"}


@style.styled
def training_curves(
    runs: Mapping[str, Run | Sequence[Run]],
    x: Literal["step", "seconds"] = "step",
    log_x: bool = False,
    baselines: Mapping[str, Mapping[str, float]] | None = None,
) -> Figure:
    """Losses and validation scores of runs as they were trained.

    Each term of a loss has a panel of its own, as a cross-entropy in nats and an error in steps
    cannot share an axis; the whole loss is shown of runs that have logged no terms. Losses are
    smoothed by a centred running mean over a tenth of the log, of which less is there at its ends;
    a faint line behind it is what was logged.

    Args:
        runs: by the name to show, a ``scalars.csv`` or its rows, or a list of these, one for
            each seed: then the line is their mean, at the steps that all have, and a band
            reaches from the lowest to the highest. What a row leaves out was not measured
            there; panels that no run has measured twice are left out.
        x: what to draw them over.
        log_x: whether that axis is logarithmic.
        baselines: scores of baselines by their name and the score's, such as
            ``{"euclidean": {"no_search.solved_rate": 0.48}}``, drawn as horizontal lines.

    Raises:
        OSError: a file cannot be read.
        CheckpointError: a file is damaged.
        ValueError: there are no runs, ``x`` is unknown, or a run lacks it.
    """
    if x not in AXES:
        raise ValueError(f"x: expected 'step' or 'seconds', got {x!r}")
    rows = {name: _seeds(run) for name, run in runs.items()}
    panels = _panels(rows.values())
    if not panels:
        raise ValueError(f"runs: expected at least one with two values of a loss or {list(SCORES)}")
    styles = palette.line_styles([*rows, *(baselines or {})], baselines or {})
    columns = min(2, len(panels))
    num_rows = -(-len(panels) // columns)
    figure = style.new_figure(style.PAGE_WIDTH, 2.1 * num_rows + 0.3)
    axes = figure.subplots(num_rows, columns, squeeze=False, sharex=True).flatten()
    for panel, score in zip(axes, panels, strict=False):
        series = {name: [_series(r, x, score, name) for r in run] for name, run in rows.items()}
        _draw(panel, score, series, styles)
        if score in SCORES:
            _references(panel, score.removeprefix("validation."), baselines or {}, styles)
        _decorate(panel, score, x, log_x)
    for panel in axes[len(panels) :]:
        panel.set_visible(False)
    style.one_legend(figure, axes[: len(panels)])
    return figure


def has_curves(runs: Mapping[str, Run | Sequence[Run]]) -> bool:
    """Whether ``training_curves`` has anything to draw: a value that was measured twice."""
    return bool(_panels([_seeds(run) for run in runs.values()]))


def _panels(runs: Iterable[Sequence[Sequence[Row]]]) -> list[str]:
    """The losses and scores that a run has measured at two steps or more."""
    every = [rows for seeds in runs for rows in seeds]
    found = dict.fromkeys(loss for rows in every for loss in _losses(rows))
    return [
        p for p in (*found, *SCORES) if any(sum(p in row for row in rows) > 1 for rows in every)
    ]


def _losses(rows: Sequence[Row]) -> list[str]:
    """The terms of the loss of a run, or its loss where it has logged no terms."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [name for name in names if name not in NO_TERMS and "." not in name] or ["loss"]


def _seeds(run: Run | Sequence[Run]) -> list[Sequence[Row]]:
    """The rows of each seed."""
    if isinstance(run, str | os.PathLike):
        return [read_scalars(run)]
    if all(isinstance(row, Mapping) for row in run):
        return [cast("Sequence[Row]", run)]
    return [rows for seed in cast("Sequence[Run]", run) for rows in _seeds(seed)]


def _series(rows: Sequence[Row], x: str, score: str, name: str) -> dict[float, tuple[float, float]]:
    """Where and what was measured, by step."""
    measured = [row for row in rows if score in row]
    if any(x not in row for row in measured):
        raise ValueError(f"runs: {name}: expected {x!r} in every row")
    return {row.get("step", row[x]): (row[x], row[score]) for row in measured}


def _draw(
    axes: Axes,
    score: str,
    series: Mapping[str, Sequence[Mapping[float, tuple[float, float]]]],
    styles: Mapping[str, palette.LineStyle],
) -> None:
    is_loss = score not in SCORES
    for name, seeds in series.items():
        if any(seeds):
            _curve(axes, name, seeds, styles[name], is_loss)
    if is_loss and any(_window(len(seed)) > 1 for seeds in series.values() for seed in seeds):
        text = "running mean over a tenth of the log"
        axes.annotate(
            text, (0, 1), (0, 3), "axes fraction", "offset points", fontsize=7, color=style.FAINT
        )


def _window(num: int) -> int:
    """How many of the logged values of a loss make a mean."""
    return max(1, round(num / 10))


def smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centred running means over a tenth of the last axis, ``[..., n]``, cut off at its ends."""
    num = values.shape[-1]
    half = _window(num) // 2
    first = np.maximum(np.arange(num) - half, 0)
    last = np.minimum(np.arange(num) + half + 1, num)
    sums = np.cumsum(np.insert(values, 0, 0, axis=-1), axis=-1)
    return np.asarray((sums[..., last] - sums[..., first]) / (last - first))


def _curve(
    axes: Axes,
    name: str,
    seeds: Sequence[Mapping[float, tuple[float, float]]],
    line: palette.LineStyle,
    is_loss: bool,
) -> None:
    steps = [step for step in seeds[0] if all(step in seed for seed in seeds)]
    points = np.array([[seed[step] for step in steps] for seed in seeds]).reshape(-1, len(steps), 2)
    at, values = points[..., 0].mean(axis=0), points[..., 1]
    if is_loss and _window(len(steps)) > 1:
        faint = {"linewidth": 0.7, "alpha": 0.3}
        axes.plot(at, values.mean(axis=0), **(line.options() | faint))
        values = smoothed(values)
    marker = "o" if len(steps) <= 30 else ""
    axes.plot(at, values.mean(axis=0), marker=marker, label=name, **line.options())
    if len(seeds) > 1:
        style.band(axes, at, values, line)


def _references(
    axes: Axes,
    score: str,
    baselines: Mapping[str, Mapping[str, float]],
    styles: Mapping[str, palette.LineStyle],
) -> None:
    for name, scores in baselines.items():
        if score in scores:
            axes.axhline(scores[score], label=name, **styles[name].options())


def _decorate(axes: Axes, score: str, x: str, log_x: bool) -> None:
    axes.tick_params(labelbottom=True)
    title = SCORES.get(score, "training loss" if score == "loss" else f"loss: {score}")
    axes.set_title(title, pad=14 if axes.texts else None)
    axes.set(xlabel=AXES[x], xscale="log" if log_x else "linear", ylabel=UNITS.get(score, ""))
    if score.endswith("rate"):
        axes.set_ylim(0, 1.03)
        axes.yaxis.set_major_formatter(PercentFormatter(1))
