"""A maze as a picture, and as text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RENDER_MODES = ["rgb_array", "ansi"]
CELL_PIXELS = 16
FREE, WALL, AGENT, GOAL = range(4)
LETTERS = np.array([".", "#", "A", "G"])
COLOURS = np.array(  # agent and goal in colours that no common colour blindness mixes up
    [(250, 250, 250), (55, 60, 70), (0, 114, 178), (230, 159, 0)], np.uint8
)


def checked_mode(mode: str | None) -> str | None:
    """``mode``, if it is one.

    Raises:
        ValueError: it is not.
    """
    if mode is not None and mode not in RENDER_MODES:
        raise ValueError(f"render_mode: expected one of {', '.join(RENDER_MODES)}, got {mode!r}")
    return mode


def drawn(
    mode: str | None, walls: NDArray[np.uint8], agent: NDArray[np.int32], goal: NDArray[np.int32]
) -> Any:
    """A maze with the agent and the goal; the agent hides the goal when it is there.

    Args:
        mode: "rgb_array", "ansi" or None.
        walls: uint8 [H, W].
        agent, goal: int32 [2], row and column.

    Returns:
        uint8 [16 H, 16 W, 3]; or a string of H lines of W characters, each line ended; or None.
    """
    if mode is None:
        return None
    content = walls.copy()
    content[tuple(goal)] = GOAL
    content[tuple(agent)] = AGENT
    if mode == "ansi":
        return "".join("".join(row) + "\n" for row in LETTERS[content])
    return COLOURS[content].repeat(CELL_PIXELS, axis=0).repeat(CELL_PIXELS, axis=1)
