"""How figures look: one style for all of them."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, ParamSpec, TypeAlias

import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.plots.palette import LineStyle

P = ParamSpec("P")
Seeds: TypeAlias = Evaluation | Sequence[Evaluation]
"""What a heuristic did: one evaluation, or one for each seed it was trained with."""

PAGE_WIDTH = 7.0  # inches, the text of a two-column paper
DPI = 150
SHOWN_DPI = 100  # in notebooks
WALL = "#3b3b3b"
ACCENT = "#D55E00"
INK = "#222222"
FAINT = "#6b6b6b"

RC: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "figure.dpi": DPI,
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same bytes on every machine
    "font.size": 8,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "lines.linewidth": 1.5,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,  # TrueType: letters can be searched and copied
    "svg.hashsalt": "mlsearch",
    "text.color": INK,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "xtick.major.size": 2.5,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 7.5,
    "ytick.major.size": 2.5,
}

# Viridis without its darkest fifth, which is hard to tell from a wall.
DISTANCE_COLOURS = LinearSegmentedColormap.from_list(
    "distance", matplotlib.colormaps["viridis"](np.linspace(0.2, 1, 256))
)
ERROR_COLOURS = matplotlib.colormaps["RdBu_r"]
# Grey, as the colours are those of heuristics.
COUNT_COLOURS = LinearSegmentedColormap.from_list(
    "count", matplotlib.colormaps["Greys"](np.linspace(0.12, 0.85, 256))
)


def styled(make: Callable[P, Figure]) -> Callable[P, Figure]:
    """Runs a function that makes a figure under the style, whatever the user has set."""

    @functools.wraps(make)
    def under_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.style.context(["default", RC]):
            return make(*args, **kwargs)

    return under_style


class ShownFigure(Figure):
    """A figure that notebooks show, whatever backend is set."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        with matplotlib.style.context(["default", RC]):
            self.savefig(buffer, format="png", dpi=SHOWN_DPI)
        return buffer.getvalue()


def new_figure(
    width: float, height: float, layout: Literal["constrained", "compressed"] = "constrained"
) -> Figure:
    """An empty figure, in inches, whose parts find their places themselves."""
    figure = ShownFigure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def checked(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """The evaluations as a list.

    Raises:
        ValueError: there are none, or two have the same name.
    """
    evaluations = list(evaluations)
    names = [e.name for e in evaluations]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"evaluations: expected at least one, of distinct names, got {names}")
    return evaluations


def grouped(evaluations: Sequence[Seeds]) -> list[list[Evaluation]]:
    """The evaluations of each heuristic, one for each seed.

    Raises:
        ValueError: there are none, or two heuristics have the same name.
    """
    groups = [[e] if isinstance(e, Evaluation) else list(e) for e in evaluations]
    checked([group[0] for group in groups])
    return groups


def band(axes: Axes, x: Any, values: Any, line: LineStyle, **options: Any) -> None:
    """A band from the lowest to the highest of several curves, ``[curves, points]``."""
    low, high = np.min(values, axis=0), np.max(values, axis=0)
    axes.fill_between(x, low, high, color=line.color, alpha=0.18, linewidth=0, **options)


def one_legend(
    figure: Figure,
    axes: Iterable[Axes],
    most_columns: int = 6,
    loc: Literal["outside lower center", "outside upper right"] = "outside lower center",
) -> None:
    """One legend for all panels, below them, or above where the label of an axis is below."""
    entries: dict[str, Artist] = {}
    for panel in axes:
        handles, labels = panel.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    columns = min(most_columns, len(entries))
    figure.legend(list(entries.values()), list(entries), loc=loc, ncols=columns)


ENDS: dict[str, dict[str, Any]] = {
    "start": {"marker": "o", "markerfacecolor": "white", "markersize": 4.5},
    "goal": {"marker": "*", "markerfacecolor": "#ffd92f", "markersize": 8.5},
}
SHORTEST: dict[str, Any] = {"color": INK, "linestyle": (0, (1, 1.1)), "linewidth": 1.8}
"""How a shortest path is drawn on maps: dotted; what a search found is solid."""


def mark_ends(axes: Axes, start: tuple[int, int], goal: tuple[int, int], scale: float = 1) -> None:
    """Marks two cells of a map, each a row and a column."""
    for (row, column), (name, look) in zip((start, goal), ENDS.items(), strict=True):
        size = scale * look["markersize"]
        edge = {"linestyle": "none", "markeredgecolor": "black", "markeredgewidth": 0.7}
        axes.plot(column, row, **(look | edge | {"markersize": size}), zorder=5, label=name)


def legend_right(figure: Figure, axes: Axes) -> None:
    """A legend beside a single panel."""
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
