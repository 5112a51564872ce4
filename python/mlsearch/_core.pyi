"""Types of the compiled extension. Arrays must be C-contiguous and of the dtype given here."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# registers
def use_registers(widest: str) -> str: ...
def registers() -> str: ...

# generate
def generate(
    num: int,
    height: int,
    width: int,
    generator: str,
    wall_probability: float,
    loops: float,
    seed: int,
    first: int,
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
def cost_fields(
    walls: NDArray[np.uint8],
    goals: NDArray[np.int32],
    has_diagonals: bool,
    entry_costs: NDArray[np.float64] | None,
    num_threads: int,
) -> NDArray[np.float64]: ...
def least_costs(
    walls: NDArray[np.uint8],
    starts: NDArray[np.int32],
    goals: NDArray[np.int32],
    has_diagonals: bool,
    entry_costs: NDArray[np.float64] | None,
    num_threads: int,
) -> NDArray[np.float64]: ...

# trajectory
def sample_trajectories(
    walls: NDArray[np.uint8],
    per_maze: int,
    has_goal: bool,
    epsilon: float,
    min_length: int,
    max_length: int,
    seed: int,
    first_maze: int,
    first: int,
    count: int,
    num_threads: int,
    has_diagonals: bool = False,
    entry_costs: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]: ...
def check_ragged(
    worlds: NDArray[np.int32],
    offsets: NDArray[np.int64],
    num_states: int,
    num_worlds: int,
    num_threads: int,
) -> None: ...
def check_trajectories(
    walls: NDArray[np.uint8],
    worlds: NDArray[np.int32],
    states: NDArray[np.int32],
    offsets: NDArray[np.int64],
    num_threads: int,
) -> None: ...

# pairs
class PairSampler:
    def __init__(
        self,
        worlds: NDArray[np.int32],
        offsets: NDArray[np.int64],
        cumulative_weights: NDArray[np.float64],
        batch_size: int,
        pairs_per_trajectory: int,
        num_symmetries: int,
        seed: int,
        symmetry_seed: int,
        to_end: bool,
    ) -> None: ...
    def sample(
        self, first_batch: int, num_batches: int, num_threads: int
    ) -> tuple[
        NDArray[np.int32],
        NDArray[np.int64],
        NDArray[np.int32],
        NDArray[np.uint8],
    ]: ...

# search
# status, expansions, generated, steps, path_begin, path_states, rounds, evaluations
_SearchOutcome: TypeAlias = tuple[
    NDArray[np.uint8],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[Any],
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
    beam_width: int | None = None,
    max_generated: int | None = None,
    num_threads: int,
    has_diagonals: bool = False,
    entry_costs: NDArray[np.float64] | None = None,
) -> _SearchOutcome: ...
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
    beam_width: int | None = None,
    max_generated: int | None = None,
    max_active: int,
    num_threads: int,
    has_diagonals: bool = False,
    entry_costs: NDArray[np.float64] | None = None,
) -> _SearchOutcome: ...

# states
# starts, goals and the states of callbacks: [N, *S] or [M, *S] of one dtype, bool or integers
def search_states(
    starts: NDArray[Any],
    goals: NDArray[Any],
    neighbours: Callable[
        [NDArray[np.int32], NDArray[Any]], tuple[NDArray[Any], NDArray[np.float64] | None]
    ],
    heuristic: Callable[[NDArray[np.int32], NDArray[Any]], NDArray[np.float32]],
    *,
    goal_mask: NDArray[np.bool_] | None,
    num_moves: int,
    search: bool,
    weight: float | None,
    expansions_per_round: int,
    max_expansions: int | None,
    beam_width: int | None = None,
    max_generated: int | None = None,
    max_active: int,
    max_bytes: int,
    num_threads: int,
) -> _SearchOutcome: ...

# trunk
class TrunkTrace: ...

class Trunk:
    def __init__(
        self, parts: list[NDArray[np.float32]], hidden: int, num_blocks: int, out: int
    ) -> None: ...
    def forward(self, x: NDArray[np.float32], num_threads: int) -> NDArray[np.float32]: ...
    def forward_sums(
        self,
        table: NDArray[np.float32],
        factor: float,
        base: NDArray[np.float32],
        base_of: NDArray[np.int64],
        states: NDArray[np.int64],
        num_threads: int,
    ) -> NDArray[np.float32]: ...
    def trace(
        self, x: NDArray[np.float32], num_threads: int
    ) -> tuple[NDArray[np.float32], TrunkTrace]: ...
    def backward(
        self,
        trace: TrunkTrace,
        out_gradients: NDArray[np.float32],
        weight_gradients: NDArray[np.float32],
        num_threads: int,
    ) -> NDArray[np.float32]: ...

# wave
def wave_times(
    drive: NDArray[np.float32],
    kernel: NDArray[np.float32],
    longest: int,
    check_every: int,
    still: float,
    num_threads: int,
) -> NDArray[np.float32]: ...
def waves_after(
    drive: NDArray[np.float32],
    kernel: NDArray[np.float32],
    num_steps: int,
    num_threads: int,
) -> NDArray[np.float32]: ...
def wave_gradient(
    drive: NDArray[np.float32],
    kernel: NDArray[np.float32],
    num_steps: int,
    time_gradients: NDArray[np.float32],
    num_threads: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...

# bronet
class BroNet:
    def __init__(
        self,
        weights: NDArray[np.float32],
        gradients: NDArray[np.float32],
        num_features: int,
        num_active: int,
        num_copies: int,
        agent: float,
        hidden: int,
        num_blocks: int,
        out: int,
    ) -> None: ...
    def contrastive(
        self,
        worlds: NDArray[np.uint8],
        states: NDArray[np.int64],
        goals: NDArray[np.int64],
        share_goals: bool,
        temperature: float,
        direction: str,
        weight: float,
        num_threads: int,
    ) -> float: ...
    def regression(
        self,
        worlds: NDArray[np.uint8],
        states: NDArray[np.int64],
        goals: NDArray[np.int64],
        share_goals: bool,
        targets: NDArray[np.float32],
        weight: float,
        num_threads: int,
    ) -> float: ...
    def classification(
        self,
        worlds: NDArray[np.uint8],
        states: NDArray[np.int64],
        goals: NDArray[np.int64],
        share_goals: bool,
        steps: NDArray[np.int32],
        weight: float,
        num_threads: int,
    ) -> float: ...

def adamw(
    weights: NDArray[np.float32],
    gradients: NDArray[np.float32],
    first_moments: NDArray[np.float32],
    second_moments: NDArray[np.float32],
    number: int,
    rate: float,
    first_decay: float,
    second_decay: float,
    epsilon: float,
    weight_decay: float,
    factor: float,
    num_threads: int,
) -> None: ...
def norm(values: NDArray[np.float32], num_threads: int) -> float: ...

# puzzles
class CompiledDomain:
    @property
    def num_worlds(self) -> int: ...
    def neighbours(
        self, states: NDArray[np.uint8], worlds: NDArray[np.int32], num_threads: int = 0
    ) -> NDArray[np.uint8]: ...
    def walk(
        self,
        origins: NDArray[np.uint8],
        worlds: NDArray[np.int32],
        items: NDArray[np.int64],
        seed: int,
        length: int,
        backtracks: bool,
        keeps_all: bool,
        num_threads: int = 0,
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32]]: ...
    def search(
        self,
        starts: NDArray[np.uint8],
        goals: NDArray[np.uint8],
        worlds: NDArray[np.int32],
        heuristic: Callable[[NDArray[np.int32], NDArray[np.uint8]], NDArray[np.float32]],
        *,
        goal_mask: NDArray[np.bool_] | None,
        search: bool,
        weight: float | None,
        expansions_per_round: int,
        max_expansions: int | None,
        beam_width: int | None = None,
        max_generated: int | None = None,
        max_active: int,
        max_bytes: int,
        num_threads: int,
        move_costs: NDArray[np.float64] | None = None,
    ) -> _SearchOutcome: ...

def window_numbers(
    states: NDArray[np.uint8],
    places: NDArray[np.int32],
    tables: NDArray[np.int32],
    radix: int,
    num_threads: int = 0,
) -> NDArray[np.int32]: ...
def permutation(moves: NDArray[np.int32]) -> CompiledDomain: ...
def toggles(switches: NDArray[np.uint8]) -> CompiledDomain: ...
def tiles(side: int) -> CompiledDomain: ...
def sokoban(walls: NDArray[np.uint8]) -> CompiledDomain: ...
def sokoban_pulls(walls: NDArray[np.uint8]) -> CompiledDomain: ...

# solvers
class RowIndex:
    def __init__(self, rows: NDArray[np.uint8]) -> None: ...
    def __len__(self) -> int: ...
    @property
    def num_bytes(self) -> int: ...
    def rows(self) -> NDArray[np.uint8]: ...
    def find(self, rows: NDArray[np.uint8], num_threads: int) -> NDArray[np.int32]: ...

def permutation_states(
    moves: NDArray[np.uint16], start: NDArray[np.uint8], max_bytes: int, num_threads: int
) -> tuple[RowIndex, NDArray[np.int64]]: ...
def tile_states(
    height: int, width: int, start: NDArray[np.uint8], max_bytes: int, num_threads: int
) -> tuple[RowIndex, NDArray[np.int64]]: ...

class TwoSided:
    def __init__(
        self, moves: NDArray[np.uint16], goal: NDArray[np.uint8], max_bytes: int, max_states: int
    ) -> None: ...
    def distances(self, starts: NDArray[np.uint8], num_threads: int) -> NDArray[np.int32]: ...

def graph_distances(
    backwards: NDArray[np.int32], goals: NDArray[np.int32], num_threads: int
) -> NDArray[np.int32]: ...

class TilePatterns:
    def __init__(self, height: int, width: int, blank: int, num_threads: int) -> None: ...
    @property
    def num_bytes(self) -> int: ...
    def distances(
        self, boards: NDArray[np.uint8], max_nodes: int, num_threads: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]: ...
    def tables(self) -> tuple[list[int], list[int], list[NDArray[np.uint8]]]: ...

def sokoban_distances(
    walls: NDArray[np.uint8],
    boxes: NDArray[np.uint8],
    players: NDArray[np.int32],
    targets: NDArray[np.uint8],
    max_expansions: int,
    num_threads: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]: ...
