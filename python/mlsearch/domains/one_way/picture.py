"""Pictures of mazes with one-way doors on matplotlib axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.one_way.cells import FIRST_ARROW, STEPS, WALL

WALL_COLOUR, FLOOR_COLOUR, ARROW, PLACE = "#3b3b3b", "#f3efe6", "#b5793b", "#2b6cb0"


def draw_cell(axes: Any, codes: NDArray[np.uint8], cell: int) -> None:
    """A maze, codes [H, H], with a disc on one cell."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Circle

    colours = ListedColormap([FLOOR_COLOUR, WALL_COLOUR])
    axes.imshow(codes == WALL, cmap=colours, vmin=0, vmax=1)
    for move, (down, right) in enumerate(STEPS):
        rows, columns = np.nonzero(codes == FIRST_ARROW + move)
        style = {"color": ARROW, "pivot": "mid", "scale": 1.4, "scale_units": "xy", "width": 0.012}
        shape = {"headwidth": 5, "headlength": 4, "headaxislength": 4}
        along = np.full(len(rows), right), np.full(len(rows), down)
        axes.quiver(columns, rows, *along, angles="xy", **style, **shape)
    row, column = divmod(cell, codes.shape[1])
    axes.add_patch(Circle((column, row), 0.3, facecolor=PLACE, edgecolor="none"))
    axes.axis("off")
