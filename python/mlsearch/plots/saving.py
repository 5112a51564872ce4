"""Figures in files: PNG, PDF or SVG, with the same bytes for the same data."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text

from mlsearch.base.files import replacing
from mlsearch.base.settings import check_range
from mlsearch.plots import style

COLUMN_WIDTH = 3.4  # inches, one column of a two-column paper
BESIDE = 0.8  # of its width; in less, legends go below
STACKED = 0.7  # of its width; in less, the panels of a row are stacked
UNDATED: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None},
    "svg": {"Date": None},
}
"""The formats of figures, and what is left out of each so that its bytes do not vary."""


def save(
    figure: Figure,
    path: str | os.PathLike[str],
    dpi: float = style.DPI,
    width: float | None = None,
) -> None:
    """Writes a figure as PNG, PDF or SVG, as the suffix says; the same data gives the same bytes.

    Letters in a PDF stay letters (Type 42 fonts, as publishers ask for), those in an SVG are drawn
    as curves, so that it looks the same without the font.

    Args:
        figure: drawn by a function of this package; it keeps the width.
        path: ends in ``.png``, ``.pdf`` or ``.svg``.
        dpi: dots per inch, of a PNG and of the pictures inside of the other two.
        width: in inches, such as ``COLUMN_WIDTH``; None for that of the figure. In much less
            width, panels of a row are stacked; figures with maps shrink as a whole.

    Raises:
        ValueError: the suffix is another one, a number is out of range, or the width is too
            small for what is drawn.
        OSError: the file cannot be written.
    """
    kind = figure_format(path)
    check_range("dpi", dpi, 10, 2400)
    looks = matplotlib.style.context(["default", style.RC])
    with looks, warnings.catch_warnings(), replacing(path) as temporary:
        warnings.filterwarnings("error", ".*layout not applied", UserWarning)
        if width is not None:
            _narrow(figure, width)
        try:
            figure.savefig(temporary, format=kind, dpi=dpi, metadata=UNDATED[kind])
        except UserWarning as error:
            raise ValueError(f"width: {width} inches are too few for this figure") from error


def figure_format(path: str | os.PathLike[str]) -> str:
    """The format of a figure by the suffix of its file: "png", "pdf" or "svg".

    Raises:
        ValueError: the suffix is another one.
    """
    suffix = Path(path).suffix.lower()
    if suffix[1:] not in UNDATED:
        known = ", ".join(f".{kind}" for kind in UNDATED)
        raise ValueError(f"{path}: expected a figure with suffix {known}, got {suffix!r}")
    return suffix[1:]


def _narrow(figure: Figure, width: float) -> None:
    """Gives a figure another width.

    Where it is much narrower, panels of a row are stacked. Maps keep their shape, and letters
    beside them shrink with them, as they would run into each other.
    """
    check_range("width", width, 1, 40)
    before, height = figure.get_size_inches()
    scale = width / before
    panels = [axes for axes in figure.axes if axes.get_visible()]
    if any(axes.get_aspect() != "auto" or axes.get_label() == "<colorbar>" for axes in panels):
        for text in figure.findobj(Text):
            text.set_fontsize(min(scale, 1) * text.get_fontsize())
        figure.set_size_inches(width, height * scale)
        return
    rows = {spec.rowspan.start for axes in panels if (spec := axes.get_subplotspec())}
    if scale < STACKED and len(rows) < len(panels):
        grid = GridSpec(len(panels), 1, figure)
        for number, axes in enumerate(panels):
            axes.set_subplotspec(grid[number])
            axes.tick_params(labelleft=True, labelbottom=True)
        height *= len(panels) / len(rows)
        _wrap_titles(panels)
    is_free = not figure.get_supxlabel()
    more = _legends_below(figure) if is_free and scale < BESIDE else 0
    figure.set_size_inches(width, height + 0.16 * more)


def _wrap_titles(panels: Sequence[Axes]) -> None:
    for axes in panels:
        if " (" in (title := axes.get_title(loc="left")):
            axes.set_title(title.replace(" (", "\n("))


def _legends_below(figure: Figure) -> int:
    """Puts the legends of a figure below it, in two columns; how many more lines they take."""
    more = 0
    for legend in list(figure.legends):
        names = [text.get_text() for text in legend.get_texts()]
        columns = vars(legend)["_ncols"]
        is_below = columns > 1 or len(names) == 1
        legend.remove()
        style.one_legend(figure, figure.axes, most_columns=2)
        more += -(-len(names) // 2) - (-(-len(names) // columns) if is_below else 0)
    return more
