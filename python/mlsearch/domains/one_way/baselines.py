"""Heuristics of mazes with one-way doors that see neither walls nor arrows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Int32s

Estimate: TypeAlias = Callable[[Int32s, Int32s], NDArray[np.float32]]
"""From the indices of problems and cells, int32 [M] (both), to steps, float32 [M]."""


def manhattan(domain: Any, goals: Int32s, seed: int) -> Estimate:
    """Rows plus columns between cell and goal, a lower bound; goals int32 [N]."""

    def estimate(problem: Int32s, cells: Int32s) -> NDArray[np.float32]:
        rows, columns = _apart(domain, goals[problem], cells)
        return (np.abs(rows) + np.abs(columns)).astype(np.float32)

    return estimate


def euclidean(domain: Any, goals: Int32s, seed: int) -> Estimate:
    """The length of the straight line between cell and goal, a lower bound; goals int32 [N]."""

    def estimate(problem: Int32s, cells: Int32s) -> NDArray[np.float32]:
        return np.hypot(*_apart(domain, goals[problem], cells)).astype(np.float32)

    return estimate


def _apart(domain: Any, goals: Int32s, cells: Int32s) -> NDArray[np.int32]:
    """Rows and columns between cells: int32 [2, M]."""
    return np.array(np.divmod(cells, domain.size)) - np.array(np.divmod(goals, domain.size))


BASELINES = {"manhattan": manhattan, "euclidean": euclidean}
