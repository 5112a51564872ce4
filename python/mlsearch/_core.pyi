"""Types of the compiled extension. Arrays must be C-contiguous and of the dtype given here."""

# ruff: noqa: D103

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# generate
def generate(
    num: int,
    height: int,
    width: int,
    generator: str,
    wall_probability: float,
    loops: float,
    seed: int,
    num_threads: int,
) -> NDArray[np.uint8]: ...
def sample_problems(
    walls: NDArray[np.uint8], per_maze: int, seed: int, num_threads: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]: ...

# bfs
def distance_fields(
    walls: NDArray[np.uint8], goals: NDArray[np.int32], num_threads: int
) -> NDArray[np.int32]: ...
def shortest_distances(
    walls: NDArray[np.uint8],
    starts: NDArray[np.int32],
    goals: NDArray[np.int32],
    num_threads: int,
) -> NDArray[np.int32]: ...

# trajectory

# pairs

# search
# status, expansions, generated, cost, path_begin, path_cells, rounds, evaluations
SearchOutcome: TypeAlias = tuple[
    NDArray[np.uint8],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.int32],
    int,
    int,
]

def search_tables(
    walls: NDArray[np.uint8],
    starts: NDArray[np.int32],
    goals: NDArray[np.int32],
    tables: NDArray[np.float32],
    *,
    search: bool,
    weight: float | None,
    expansions_per_round: int,
    max_expansions: int | None,
    num_threads: int,
) -> SearchOutcome: ...
def search_rounds(
    walls: NDArray[np.uint8],
    starts: NDArray[np.int32],
    goals: NDArray[np.int32],
    heuristic: Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.float32]],
    *,
    search: bool,
    weight: float | None,
    expansions_per_round: int,
    max_expansions: int | None,
    max_active: int,
    num_threads: int,
) -> SearchOutcome: ...
