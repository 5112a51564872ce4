"""What the explorer of the page needs: a few maps, and learned distances between their cells."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import Colormap, to_hex
from numpy.typing import NDArray

from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Enumerable, Mapped
from mlsearch.domains.maze.moves import neighbours
from mlsearch.domains.problems import Problems
from mlsearch.metrics.learned import LearnedMetric
from mlsearch.plots import style
from mlsearch.plots.palette import LineStyle, line_styles
from mlsearch.report.entries import Entry
from mlsearch.report.examples import varied_problems

NUM_MAZES = 6
MAX_VALUES = 2_500_000  # of all tables together; they take 1.5 to 3.5 bytes each on the page
NUM_COLOURS = 64
BASELINES = ("euclidean", "manhattan", "zero", "perfect")  # as search.js has them


def explorer_data(entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Mazes, tables of the learned metrics on them, and colours, as plain values.

    There are six mazes, or as many as keep the page at a few megabytes.

    Args:
        entries: all on the same problems; those without a metric are left out.

    Returns:
        What ``explorer.js`` reads, or None if not even one maze has room, no entry has a metric,
        or the domain is no grid.
    """
    metrics = {entry.name: entry.metric for entry in entries if entry.metric}
    learned = [entry.evaluations[0] for entry in entries if entry.metric]
    if not learned or not is_grid(learned[0].problems.domain):
        return None
    problems = learned[0].problems
    chosen = _fitting(varied_problems(learned, NUM_MAZES), problems.domain, len(metrics))
    mazes = [_maze(name, problems[index], metrics) for name, index in chosen.items()]
    if not mazes:
        return None
    colours = {
        "distance": _hex(style.DISTANCE_COLOURS, 0, 1),
        "error": _hex(style.ERROR_COLOURS, 0.08, 0.92),  # the ends are hard to tell from a wall
        "heuristics": {name: s.color for name, s in _styles(metrics).items()},
    }
    shown = int(np.argmin([e.search.expansions.mean() for e in learned]))  # at first
    return {"methods": list(metrics), "shown": shown, "mazes": mazes, "colours": colours}


def _styles(metrics: Iterable[str]) -> dict[str, LineStyle]:
    """Of all heuristics that ``explorer.js`` can follow."""
    return line_styles([*metrics, *BASELINES])


def is_grid(domain: Any) -> bool:
    """Whether states are the cells of a map, and moves those of ``search.js``."""
    if not (offers(domain, Mapped) and offers(domain, Enumerable)):
        return False
    maps = domain.maps()[:1]
    cells = np.arange(maps.size, dtype=np.int32)
    if domain.states.shape or not np.array_equal(domain.all_states(), cells):
        return False
    free = np.flatnonzero(maps.reshape(-1) == 0).astype(np.int32)
    worlds = np.zeros(len(free), np.int32)
    moves = neighbours(maps, worlds, free)
    is_place = np.array_equal(domain.places(cells), cells)
    return is_place and np.array_equal(domain.neighbours(free, worlds), moves)


def _fitting(problems: Mapping[str, int], mazes: Mapped, num_metrics: int) -> dict[str, int]:
    """The first problems, as many as have room for their tables."""
    num_free = [_free(mazes, index).size for index in problems.values()]
    sizes = num_metrics * np.array(num_free, np.int64) ** 2
    num = int(np.searchsorted(np.cumsum(sizes), MAX_VALUES, side="right"))
    return dict(list(problems.items())[:num])


def _free(mazes: Mapped, problem: int) -> NDArray[np.int32]:
    maps = mazes.maps()
    return np.flatnonzero(maps[problem % len(maps)].reshape(-1) == 0).astype(np.int32)


def _maze(name: str, problem: Problems, metrics: Mapping[str, LearnedMetric]) -> dict[str, Any]:
    walls = problem.domain.maps()[0]
    return {
        "name": f"{name}: {problem.optimal[0]} steps",
        "height": walls.shape[0],
        "width": walls.shape[1],
        "walls": "".join(map(str, walls.reshape(-1))),
        "start": int(problem.starts[0]),
        "goal": int(problem.goals[0]),
        "tables": {n: encoded(_between_all(m, problem.domain)) for n, m in metrics.items()},
    }


def _between_all(metric: LearnedMetric, maze: Any) -> NDArray[np.float32]:
    """Predicted distances, float32 [F, F], to each free cell (row) from each (column)."""
    free = _free(maze, 0)
    return metric.table(maze, free).reshape(len(free), -1)[:, free]


def encoded(table: NDArray[np.float32]) -> str:
    """A square table as text, every bit of it, in little space.

    Above the diagonal only the change from the mirrored value is kept, since most metrics
    are symmetric but for rounding: as whole numbers of the smallest float step, the sign in
    the lowest bit. Then all lowest bytes come first, the highest last, as neighbours in a plane
    resemble each other. That is compressed (zlib) and written in base64. ``tables.js`` reads it.
    """
    bits = np.ascontiguousarray(table, "<f4").view("<i4")
    change = bits - bits.T
    stored = np.tril(bits) + np.triu((change << 1) ^ (change >> 31), 1)
    planes = stored.astype("<i4").view(np.uint8).reshape(-1, 4).T
    return base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode("ascii")


def _hex(colormap: Colormap, low: float, high: float) -> list[str]:
    return [to_hex(colour) for colour in colormap(np.linspace(low, high, NUM_COLOURS))]
