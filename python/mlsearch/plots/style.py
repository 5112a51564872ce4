"""How figures look: one style, and one colour for each heuristic."""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple, ParamSpec, TypeAlias

import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from mlsearch.evaluation.evaluation import Evaluation

P = ParamSpec("P")
Seeds: TypeAlias = Evaluation | Sequence[Evaluation]
"""What a heuristic did: one evaluation, or one for each seed it was trained with."""

PAGE_WIDTH = 7.0  # inches, the text of a two-column paper
DPI = 150
SHOWN_DPI = 100  # in notebooks
WALL = "#3b3b3b"
BASELINE = "#c4c4c4"
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
COUNT_COLOURS = LinearSegmentedColormap.from_list(
    "count", matplotlib.colormaps["Blues"](np.linspace(0.15, 1, 256))
)


class LineStyle(NamedTuple):
    """How the lines and bars of a heuristic are drawn."""

    color: str
    dashes: Any
    width: float

    def options(self) -> dict[str, Any]:
        """Of a matplotlib line; thin ones lie above thick ones, so that both are seen."""
        return {
            "color": self.color,
            "linestyle": self.dashes,
            "linewidth": self.width,
            "zorder": 4 - self.width,
        }


_BASELINES = {
    "zero": LineStyle("#bdbdbd", (0, (1, 1.2)), 1.1),
    "random": LineStyle("#bdbdbd", (0, (4, 1.5)), 1.1),
    "manhattan": LineStyle("#8c8c8c", (0, (1, 1.2)), 1.2),
    "euclidean": LineStyle("#5f5f5f", (0, (4, 1.5)), 1.2),
    "landmarks": LineStyle("#444444", (0, (2, 1.2)), 1.2),
    "perfect": LineStyle("#222222", (0, (4, 1.2, 1, 1.2)), 1.2),
}

_OTHER_BASELINES = (  # of domains that bring their own
    LineStyle("#9e9e9e", (0, (6, 1.5)), 1.2),
    LineStyle("#747474", (0, (2, 1.2)), 1.2),
)

# Okabe & Ito, "Color Universal Design" (2008), without black and yellow; brown and violet are ours.
_METHODS = {
    "contrastive": "#0072B2",
    "hybrid": "#D55E00",
    "supervised": "#009E73",
    "stitching": "#CC79A7",
}
_OTHERS = ("#E69F00", "#56B4E9", "#8C5A2B", "#6A3D9A")


def line_styles(names: Iterable[str], baselines: Iterable[str] = ()) -> dict[str, LineStyle]:
    """A style for each name: baselines grey and dashed, learned heuristics saturated.

    Baselines and the methods of the package always have the same colour; other names take
    the colours that are left, in their order.

    Args:
        names: of heuristics.
        baselines: those of them that a domain brings beside the baselines of the package.
    """
    names, own = list(dict.fromkeys(names)), set(baselines)
    left = [color for name, color in _METHODS.items() if name not in names]
    colors, greys = itertools.cycle([*left, *_OTHERS]), itertools.cycle(_OTHER_BASELINES)

    def made(name: str) -> LineStyle:
        if name in own:
            return next(greys)
        return LineStyle(_METHODS.get(name) or next(colors), "-", 1.8)

    return {name: _BASELINES.get(name) or made(name) for name in names}


def line_styles_of(groups: Sequence[Sequence[Evaluation]]) -> dict[str, LineStyle]:
    """As ``line_styles``, by the names of evaluations."""
    first = [group[0] for group in groups]
    return line_styles([e.name for e in first], [e.name for e in first if e.is_baseline])


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


def legend_below(figure: Figure, axes: Iterable[Axes], most_columns: int = 6) -> None:
    """One legend for all panels, below them."""
    entries: dict[str, Artist] = {}
    for panel in axes:
        handles, labels = panel.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    columns = min(most_columns, len(entries))
    figure.legend(list(entries.values()), list(entries), loc="outside lower center", ncols=columns)


def legend_right(figure: Figure, axes: Axes) -> None:
    """A legend beside a single panel."""
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
