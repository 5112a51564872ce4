"""One colour for each heuristic, the same in all figures of a page."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from mlsearch.evaluation.evaluation import Evaluation


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

    @property
    def svg_dashes(self) -> str:
        """The dashes as an SVG line has them, in pixels; empty of a solid line."""
        return "" if self.dashes == "-" else " ".join(f"{3 * part:g}" for part in self.dashes[1])


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

# The first six: Okabe & Ito, "Color Universal Design" (2008), without black and yellow.
_METHODS = {
    "contrastive": "#0072B2",
    "hybrid": "#D55E00",
    "supervised": "#009E73",
    "stitching": "#CC79A7",
    "crtr": "#56B4E9",
    "landmark_wave": "#E69F00",
    "stitched": "#6A3D9A",
    "walk_distance": "#8C5A2B",
    "value_iteration": "#8A8A1F",
    "board_walks": "#882255",
}
_OTHERS = ("#E7298A", "#117A8B")
_DASHES: tuple[Any, ...] = ("-", (0, (3, 1)), (0, (1, 0.8)), (0, (4, 1, 1, 1)))

_shared: ContextVar[Mapping[str, LineStyle] | None] = ContextVar("shared", default=None)


def line_styles(names: Iterable[str], baselines: Iterable[str] = ()) -> dict[str, LineStyle]:
    """A style for each name: baselines grey and dashed, learned heuristics saturated.

    Baselines and the methods of the package always have the same colour; other names take first
    the colours that belong to no method, then those of absent methods, in their order. Read-outs of
    a run, "supervised (argmax)", and its seeds, "hybrid-seed1", have the colour of the run and
    dashes of their own. Within ``shared_styles``, names that are known there look as they do there.

    Args:
        names: of heuristics; a line break in one is a space.
        baselines: those of them that a domain brings beside the baselines of the package.
    """
    names = list(dict.fromkeys(names))
    known = dict(_shared.get() or {})
    missing = [name for name in map(_plain, names) if name not in known]
    styles = _made(missing, {_plain(name) for name in baselines}) | known
    return {name: styles[_plain(name)] for name in names}


def line_styles_of(groups: Sequence[Sequence[Evaluation]]) -> dict[str, LineStyle]:
    """As ``line_styles``, by the names of evaluations."""
    first = [group[0] for group in groups]
    return line_styles([e.name for e in first], [e.name for e in first if e.is_baseline])


@contextmanager
def shared_styles(names: Iterable[str], baselines: Iterable[str] = ()) -> Iterator[None]:
    """What is drawn meanwhile has one style for each of these names, whichever of them it shows.

    Args:
        names: of all heuristics and runs of a page.
        baselines: as of ``line_styles``.
    """
    token = _shared.set(line_styles(map(_plain, names), baselines))
    try:
        yield
    finally:
        _shared.reset(token)


def _made(names: Iterable[str], own: set[str]) -> dict[str, LineStyle]:
    learned = [name for name in dict.fromkeys(names) if name not in own and name not in _BASELINES]
    runs = dict.fromkeys(_run_of(name) for name in learned)
    absent = [color for run, color in _METHODS.items() if run not in runs]
    left, greys = itertools.cycle([*_OTHERS, *absent]), itertools.cycle(_OTHER_BASELINES)
    colors = {run: _METHODS.get(run) or next(left) for run in runs}
    dashes = {run: itertools.cycle(_DASHES) for run in runs}

    def made(name: str) -> LineStyle:
        if name in own:
            return next(greys)
        run = _run_of(name)
        return LineStyle(colors[run], "-" if name == run else next(dashes[run]), 1.8)

    return {name: _BASELINES.get(name) or made(name) for name in dict.fromkeys(names)}


def _plain(name: str) -> str:
    """Without line breaks."""
    return " ".join(name.split())


def _run_of(name: str) -> str:
    """The run of a read-out, and the method of one of its seeds."""
    return re.sub(r"-seed\d+$", "", name.partition(" (")[0])
