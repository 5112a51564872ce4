"""How states look, as data: cells at places, and the few looks that a cell may have.

Figures and the report page draw every domain from this, so neither knows what a cube is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.extras import extra

INK = "#222222"


class Shape(NamedTuple):
    """A part of a cell.

    Attributes:
        form: "square" or "disc".
        colour: such as "#f3efe6".
        side: of the square, or the diameter of the disc; 1 is the whole cell.
        has_edge: whether it is outlined.
    """

    form: str
    colour: str
    side: float = 1.0
    has_edge: bool = True


class Look(NamedTuple):
    """How a cell may look.

    Attributes:
        shapes: from the ground up, all around the middle; none for an empty cell.
        letters: what stands on them. Two looks differ in more than their colours: by letters, by
            shapes, or by how bright they are.
    """

    shapes: tuple[Shape, ...] = ()
    letters: str = ""


class Turn(NamedTuple):
    """What a move turns of a solid.

    Attributes:
        degrees: clockwise for who looks at the solid against the axis.
        axis: x to the right, y up, z to the viewer.
        cut: how far from the middle, along the axis, the part that turns begins.
        cells: their numbers.
    """

    degrees: int
    axis: tuple[int, ...]
    cut: float
    cells: list[int]


@dataclass(frozen=True, eq=False)
class Solid:
    """The cells of a picture on the surface of a solid.

    Attributes:
        frames: int ``[P, 3, 3]``: the middle of each cell, the half of its row and of its column,
            in the axes of :class:`Turn`.
        turns: what each of the K moves turns.
    """

    frames: NDArray[np.int64]
    turns: Sequence[Turn]


@dataclass(frozen=True, eq=False)
class Picture:
    """How the states of a domain look: P cells, and V looks that each of them may have.

    Which look a cell has is said by the extra ``looks`` of the domain, a method (states, worlds)
    to whole numbers ``[M, P]``; without it a state is P such numbers itself.

    Attributes:
        places: floats ``[P, 2]``, the row and the column where each cell begins; its side is 1.
        looks: V of them.
        solid: the same cells in space, or None.

    Examples:
        >>> lamp = [Look((Shape("disc", colour),)) for colour in ("#45505c", "#ffd34d")]
        >>> Picture(grid(1, 3), lamp)  # of a state of three lamps, 0 or 1 each
    """

    places: NDArray[np.floating[Any]]
    looks: Sequence[Look]
    solid: Solid | None = None


def grid(height: int, width: int) -> NDArray[np.float64]:
    """The places of cells row by row: ``[height * width, 2]``."""
    return np.indices((height, width)).reshape(2, -1).T.astype(np.float64)


def looks_of(domain: Any, states: Rows, worlds: Int32s) -> NDArray[np.uint8]:
    """The look of each cell of states ``[M, *S]`` of a domain with a picture: uint8 ``[M, P]``."""
    found = extra(domain, "looks")
    looks = found(states, worlds) if found else states
    return np.asarray(looks).astype(np.uint8).reshape(len(states), -1)


def drawing_of(domain: Any) -> Callable[..., None] | None:
    """Its ``draw``, a method (state, axes, world), or one by its picture; None without both."""
    if own := extra(domain, "draw"):
        return own
    return None if extra(domain, "picture") is None else partial(draw, domain)


def draw(domain: Any, state: ArrayLike, axes: Any, world: int = 0) -> None:
    """Draws a state ``[*S]`` of a domain with a picture on matplotlib axes."""
    picture: Picture = domain.picture
    rows = np.asarray(state, domain.states.dtype).reshape(1, *domain.states.shape)
    height, width = picture.places.max(axis=0) + 1
    axes.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect="equal")
    axes.axis("off")
    cell = min(axes.bbox.width / width, axes.bbox.height / height) * 72 / axes.figure.dpi
    numbers = looks_of(domain, rows, np.array([world], np.int32))[0]
    for (row, column), number in zip(picture.places.tolist(), numbers.tolist(), strict=True):
        _draw_look(axes, column + 0.5, row + 0.5, picture.looks[number], min(10, 0.6 * cell))


def _draw_look(axes: Any, x: float, y: float, look: Look, size: float) -> None:
    from matplotlib.patches import Circle, Rectangle

    for form, colour, side, has_edge in look.shapes:
        style: dict[str, Any] = {
            "facecolor": colour,
            "edgecolor": INK if has_edge else colour,
            "linewidth": 0.8,
        }
        if form == "disc":
            axes.add_patch(Circle((x, y), side / 2, **style))
        else:
            axes.add_patch(Rectangle((x - side / 2, y - side / 2), side, side, **style))
    if look.letters:
        kind: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "color": INK,
            "fontsize": size,
            "clip_on": True,
        }
        axes.text(x, y, look.letters, **kind)
