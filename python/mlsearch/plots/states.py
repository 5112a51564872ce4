"""The states on the way of one solution, as the domain draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mlsearch.domains.costs import cost_words
from mlsearch.domains.extras import extra, name_of
from mlsearch.domains.pictures import drawing_of
from mlsearch.domains.problems import Problems
from mlsearch.plots import style
from mlsearch.search.result import SearchResult

MOST_PANELS, COLUMNS = 12, 4
PANEL = 1.9  # inches, the longer side of a state, unless that leaves no place for text
MIN_PANEL = (0.35, 1.0)  # inches, height and width
TITLE = 0.25  # inches, above each panel


@style.styled
def states_of_path(problem: Problems, result: SearchResult, name: str) -> Figure:
    """At most twelve states of the path that a search found, from the start to the goal.

    Where the path is longer, they are evenly spaced. Without a path, start and goal are shown.

    Args:
        problem: a single problem.
        result: of its search.
        name: of the heuristic, for the title.

    Raises:
        TypeError: the domain does not draw its states.
        ValueError: there is more than one problem.
    """
    draw = drawing_of(problem.domain)
    if draw is None:
        raise TypeError(f"states_of_path: domain {name_of(problem.domain)!r} draws no states")
    if len(problem) != 1 or len(result) != 1:
        raise ValueError(f"problem: expected a single one, got {len(problem)}")
    is_solved = bool(result.solved[0])
    path = result.path(0) if is_solved else np.stack([problem.starts[0], problem.goals[0]])
    steps = np.unique(
        np.linspace(0, len(path) - 1, min(MOST_PANELS, len(path))).round().astype(int)
    )
    columns = min(COLUMNS, len(steps))
    rows = -(-len(steps) // columns)
    height, width = _panel(problem.domain)
    figure = style.new_figure(
        max(columns * width, 2 * PANEL), rows * (height + TITLE) + 0.4, "compressed"
    )
    panels = figure.subplots(rows, columns, squeeze=False).reshape(-1)
    for panel, step in zip(panels, steps, strict=False):
        draw(path[step], panel)
        panel.set_title(f"{step} moves" if is_solved else ("start", "goal")[step], fontsize=8)
    for panel in panels[len(steps) :]:
        panel.axis("off")
    found = cost_words(problem.domain, result.cost[0], "moves") if is_solved else "no path"
    figure.suptitle(f"{name}: {found}, {int(result.expansions[0])} expansions", fontsize=10)
    return figure


def _panel(domain: Any) -> tuple[float, float]:
    """Height and width of a state in inches: of its picture, or square where there is none."""
    picture = extra(domain, "picture")
    height, width = (1, 1) if picture is None else picture.places.max(axis=0) + 1
    scale = max(PANEL / max(height, width), MIN_PANEL[0] / height, MIN_PANEL[1] / width)
    return float(height * scale), float(width * scale)
