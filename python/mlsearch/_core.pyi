"""Types of the compiled extension. Arrays must be C-contiguous and of the dtype given here."""

# ruff: noqa: D103

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
def use_avx512(is_wanted: bool) -> bool: ...

# trajectory

# pairs

# search
