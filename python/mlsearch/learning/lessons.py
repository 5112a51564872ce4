"""Whether there is anything to learn, found out before a run starts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.config import ObjectiveConfig
from mlsearch.learning.blocks import Block
from mlsearch.learning.terms import term


def check_lessons(block: Block, objective: ObjectiveConfig) -> None:
    """Checks that an objective can learn from the first batches of a run.

    Args:
        block: those batches.
        objective: of the run.

    Raises:
        ValueError: no pair has a step between its states, all pairs are the same, or a term that
            is marked by ``reads_negatives`` gets none: a batch has one pair, or all its pairs
            have the same goal (with the direction "backward", the same state).
    """
    if not block.steps.any():
        raise ValueError("data: expected pairs of states with steps between them, got none")
    parts = (block.worlds, block.states, block.goals)
    if all(_is_constant(rows.reshape(1, -1, *rows.shape[2:])).all() for rows in parts):
        raise ValueError("data: expected several pairs of states to learn from, got one")
    for name in objective.terms:
        if getattr(term(name), "reads_negatives", False):
            _check_negatives(name, block, objective.direction)


def _check_negatives(name: str, block: Block, direction: str) -> None:
    """Raises ValueError unless a batch has several goals (or states) to tell apart."""
    if block.states.shape[1] == 1:
        raise ValueError(
            f"training.batch_size: expected at least 2, as the negatives of {name!r} are the "
            "other pairs of a batch, got 1"
        )
    is_one_world = _is_constant(block.worlds)
    of_goals, of_states = (
        bool((is_one_world & _is_constant(rows)).all()) for rows in (block.goals, block.states)
    )
    is_alike = {"forward": of_goals, "backward": of_states}.get(direction, of_goals and of_states)
    if is_alike:
        what = "state" if direction == "backward" else "goal"
        raise ValueError(
            f"objective.terms: {name!r} has no negatives, as all pairs of a batch have the same "
            f"{what}; change data.offsets, data.pairs_per_trajectory or objective.direction"
        )


def _is_constant(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether all rows of a step are the same: [S, N, ...] to bool [S]."""
    same: NDArray[np.bool_] = (rows == rows[:, :1]).reshape(len(rows), -1).all(axis=1)
    return same
