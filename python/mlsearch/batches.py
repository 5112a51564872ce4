"""Training batches: pairs of states, the steps between them and the right next moves.

All supervision takes one form, so that every objective works with every kind of data.
Work comes in blocks of ``BLOCK_STEPS`` steps: block k depends only on the config, the
seed and k, so an interrupted run goes on with the very batches it would have seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mlsearch.config import DataConfig, MazeConfig, RunConfig
from mlsearch.datasets import generate_mazes, load_checked
from mlsearch.mazes import Mazes
from mlsearch.pairs import Offsets, PairSampler, transform_cells, transform_walls
from mlsearch.policies import walker_of
from mlsearch.seeding import child_seed
from mlsearch.trajectories import Trajectories

BLOCK_STEPS = 64


@dataclass(frozen=True)
class Block:
    """The batches of consecutive steps: S steps of B mazes with P pairs each, N = B * P.

    Attributes:
        walls: uint8 [S, B, H, W].
        states, goals: int32 [S, N], cells; pair n lies in maze n // P of its step.
        steps: int32 [S, N], known numbers of steps from state to goal.
        is_neighbour: bool [S, N, 4], which moves (up, down, left, right) lead to a free cell.
        goals_per_maze: how many goals a maze has; pair n of a maze has goal n modulo this.
        target: float32 [S, N, 4], the probability each move should have; zero for states
            that are the goal.
    """

    walls: NDArray[np.uint8]
    states: NDArray[np.int32]
    goals: NDArray[np.int32]
    steps: NDArray[np.int32]
    is_neighbour: NDArray[np.bool_]
    target: NDArray[np.float32]
    goals_per_maze: int

    def part(self, mazes: slice) -> Block:
        """The same steps with some of their mazes, and the pairs that lie in those."""
        per_maze = self.states.shape[1] // self.walls.shape[1]
        pairs = slice(mazes.start * per_maze, mazes.stop * per_maze)
        return Block(
            walls=self.walls[:, mazes],
            states=self.states[:, pairs],
            goals=self.goals[:, pairs],
            steps=self.steps[:, pairs],
            is_neighbour=self.is_neighbour[:, pairs],
            target=self.target[:, pairs],
            goals_per_maze=self.goals_per_maze,
        )

    def to(self, device: torch.device) -> list[Batch]:
        """One batch for each step, on ``device``."""
        arrays = (self.walls, self.states, self.goals, self.steps, self.is_neighbour, self.target)
        walls, states, goals, steps, is_neighbour, target = (_sent(a, device) for a in arrays)
        pairs_per_maze = states.shape[1] // walls.shape[1]
        mazes = torch.arange(states.shape[1], device=device) // pairs_per_maze
        return [
            Batch(
                mazes=mazes,
                walls=w,
                states=s,
                goals=g,
                steps=k,
                is_neighbour=i,
                target=t,
                goals_per_maze=self.goals_per_maze,
            )
            for w, s, g, k, i, t in zip(
                walls, states.long(), goals.long(), steps, is_neighbour, target, strict=True
            )
        ]


def _sent(array: NDArray[Any], device: torch.device) -> Tensor:
    """A copy on a device; a GPU takes it while the processor goes on."""
    tensor = torch.tensor(array)
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)


@dataclass(frozen=True)
class Batch:
    """One step's part of a block, as tensors; ``mazes`` is int64 [N], cells are int64."""

    mazes: Tensor
    walls: Tensor
    states: Tensor
    goals: Tensor
    steps: Tensor
    is_neighbour: Tensor
    target: Tensor
    goals_per_maze: int

    @property
    def maze_goals(self) -> Tensor:
        """int64 [B, G], the goals of each maze."""
        return self.goals.view(len(self.walls), -1)[:, : self.goals_per_maze]

    @property
    def neighbours(self) -> Tensor:
        """int64 [N, 4], the cell each move leads to; where it leads nowhere, the state."""
        width, state = self.walls.shape[-1], self.states
        moved = torch.stack([state - width, state + width, state - 1, state + 1], dim=-1)
        return torch.where(self.is_neighbour, moved, state[:, None])


class BatchSource(Protocol):
    """Anything that makes blocks. The same number must give the same block."""

    def block(self, number: int) -> Block:
        """The batches of steps number * BLOCK_STEPS up to the next multiple."""
        ...


def free_neighbours(
    walls: NDArray[np.uint8], mazes: NDArray[np.int64], cells: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Which of the four moves lead to a free cell.

    Args:
        walls: uint8 [M, H, W].
        mazes, cells: integers [...].

    Returns:
        bool [..., 4]: up, down, left, right.
    """
    _, height, width = walls.shape
    at = mazes * (height * width) + cells
    row, column = np.divmod(cells, width)
    is_inside = (row > 0, row < height - 1, column > 0, column < width - 1)
    moves = zip((-width, width, -1, 1), is_inside, strict=True)
    return np.stack(
        [(walls.reshape(-1)[at + m * inside] == 0) & inside for m, inside in moves], axis=-1
    )


def sample_trajectories(mazes: MazeConfig, data: DataConfig, num: int, seed: int) -> Trajectories:
    """The trajectories that a config describes, fragments and stitching included.

    Args:
        mazes, data: as of a ``RunConfig``.
        num: number of trajectories before they are cut.
        seed: of the mazes and the walks on them.
    """
    num_mazes = -(-num // data.per_maze)
    trajectories = Trajectories.sample(
        generate_mazes(mazes, num_mazes, child_seed(seed, "mazes")),
        per_maze=data.per_maze,
        policy=data.policy,
        epsilon=data.epsilon,
        max_length=data.max_length,
        seed=child_seed(seed, "trajectories"),
    )
    return cut_and_stitched(trajectories, data, seed)


def cut_and_stitched(trajectories: Trajectories, data: DataConfig, seed: int) -> Trajectories:
    """The fragments or stitched trajectories that a config asks for, or what was given."""
    if not data.fragment_length:
        return trajectories
    from mlsearch import stitching

    pieces = stitching.fragments(trajectories, max_length=data.fragment_length)
    if not data.num_stitched:
        return pieces
    stitched = stitching.stitch(
        pieces,
        num=data.num_stitched,
        max_length=data.stitched_length,
        seed=child_seed(seed, "stitching"),
    )
    return stitched.trajectories


class TrajectoryBatches:
    """Pairs from trajectories: the steps walked between them, and the move that was made.

    Nothing else is used of the maze than its walls: no shortest path is computed here.
    """

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        walker_of(config.data.policy)  # a misspelt one is to be known before a run begins
        self._sampler: PairSampler | None = None  # of fixed trajectories
        if not config.data.fresh:
            self.trajectories = self._loaded() if config.data.folder else self._fixed()

    def _fixed(self) -> Trajectories:
        return self._sample(self.config.data.num_trajectories, "fixed")

    def _loaded(self) -> Trajectories:
        data, mazes = self.config.data, self.config.mazes
        trajectories = load_checked(str(data.folder), data.checksum)
        if trajectories.mazes.shape != (mazes.height, mazes.width):
            raise ValueError(
                f"mazes.height, mazes.width: expected those of data.folder, "
                f"{tuple(trajectories.mazes.shape)}, got {(mazes.height, mazes.width)}"
            )
        return cut_and_stitched(trajectories, data, child_seed(self.config.seed, "train", "fixed"))

    def _sample(self, num: int, name: str) -> Trajectories:
        seed = child_seed(self.config.seed, "train", name)
        return sample_trajectories(self.config.mazes, self.config.data, num, seed)

    def _pair_sampler(self, trajectories: Trajectories, name: str) -> PairSampler:
        data = self.config.data
        return PairSampler(
            trajectories,
            batch_size=self.config.training.batch_size,
            pairs_per_trajectory=data.pairs_per_trajectory,
            offsets=cast(Offsets, data.offsets),
            gamma=data.gamma,
            symmetry=data.symmetry,
            seed=child_seed(self.config.seed, "pairs", name),
        )

    def _fixed_sampler(self) -> PairSampler:
        """The sampler of the fixed trajectories, made once, as it looks at all of them."""
        if self._sampler is None or self._sampler.trajectories is not self.trajectories:
            self._sampler = self._pair_sampler(self.trajectories, "fixed")
        return self._sampler

    def block(self, number: int) -> Block:
        """See ``BatchSource``. With fresh data, each block has trajectories of its own."""
        data = self.config.data
        if data.fresh:
            groups = self.config.training.batch_size // data.pairs_per_group
            trajectories = self._sample(BLOCK_STEPS * groups, str(number))
            sampler, first = self._pair_sampler(trajectories, str(number)), 0
        else:
            trajectories = self.trajectories
            sampler, first = self._fixed_sampler(), number * BLOCK_STEPS
        pairs = sampler.sample(first, BLOCK_STEPS)
        shape = trajectories.mazes.shape
        of_groups = slice(None, None, data.pairs_per_trajectory)
        walls = trajectories.mazes.walls.take(pairs.maze[:, of_groups].ravel(), axis=0)
        if data.symmetry:
            walls = transform_walls(walls, pairs.symmetry[:, of_groups].ravel())
        walls = walls.reshape(BLOCK_STEPS, -1, *shape)
        states, goals, after = (
            transform_cells(cells, pairs.symmetry, shape)
            for cells in (pairs.anchor, pairs.positive, pairs.next)
        )
        return _with_moves(walls, states, goals, pairs.offset, after)


def _with_moves(
    walls: NDArray[np.uint8],
    states: NDArray[np.int32],
    goals: NDArray[np.int32],
    steps: NDArray[np.int32],
    after: NDArray[np.int32],
) -> Block:
    """The block in which the right move is the one from ``states`` to ``after``."""
    num_steps, num_mazes, height, width = walls.shape
    pairs_per_maze = states.shape[1] // num_mazes
    mazes = np.arange(num_steps * num_mazes).repeat(pairs_per_maze).reshape(states.shape)
    is_neighbour = free_neighbours(walls.reshape(-1, height, width), mazes, states)
    moved = (after - states)[..., None] == np.array([-width, width, -1, 1])
    moved &= (states != goals)[..., None]  # a walk may come back to where it was
    target = moved.astype(np.float32)
    return Block(walls, states, goals, steps, is_neighbour, target, pairs_per_maze)


class BfsBatches:
    """Pairs of random cells with their ground-truth distance; all moves that come nearer."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        if not config.data.fresh:
            self.mazes = self._generate(config.data.num_trajectories, "fixed")

    def _generate(self, num: int, name: str) -> Mazes:
        return generate_mazes(
            self.config.mazes, num, child_seed(self.config.seed, "train", name, "mazes")
        )

    def block(self, number: int) -> Block:
        """See ``BatchSource``."""
        data = self.config.data
        mazes_per_step = self.config.training.batch_size // data.pairs_per_maze
        random = np.random.default_rng(child_seed(self.config.seed, "pairs", str(number)))
        total = BLOCK_STEPS * mazes_per_step
        if data.fresh:
            mazes = self._generate(total, str(number))
        else:
            mazes = self.mazes[random.integers(len(self.mazes), size=total)]
        goals = random_free_cells(mazes.walls, data.goals_per_maze, random)
        states = random_free_cells(mazes.walls, data.pairs_per_maze, random)
        goal_of_pair = np.arange(data.pairs_per_maze) % data.goals_per_maze
        fields = mazes.distances(goals).reshape(total, data.goals_per_maze, -1)
        maze_of_pair = np.arange(total)[:, None]
        steps = fields[maze_of_pair, goal_of_pair, states]

        width = mazes.shape.width
        is_neighbour = free_neighbours(mazes.walls, maze_of_pair, states)
        neighbours = states[..., None] + np.array([-width, width, -1, 1]) * is_neighbour
        after = fields[maze_of_pair[..., None], goal_of_pair[:, None], neighbours]
        nearer = (after < steps[..., None]) & is_neighbour
        target = nearer / np.maximum(nearer.sum(-1, keepdims=True), 1)

        def per_step(array: NDArray[Any]) -> NDArray[Any]:
            return array.reshape(BLOCK_STEPS, -1, *array.shape[2:])

        return Block(
            mazes.walls.reshape(BLOCK_STEPS, mazes_per_step, mazes.shape.height, width),
            per_step(states),
            per_step(goals[:, goal_of_pair]),
            per_step(steps),
            per_step(is_neighbour),
            per_step(target.astype(np.float32)),
            data.goals_per_maze,
        )


def random_free_cells(
    walls: NDArray[np.uint8], per_maze: int, random: np.random.Generator
) -> NDArray[np.int32]:
    """Free cells drawn uniformly with replacement: uint8 [M, H, W] to int32 [M, per_maze]."""
    flat = walls.reshape(len(walls), -1)
    free_first = np.argsort(flat, axis=1, kind="stable").astype(np.int32)
    num_free = (flat == 0).sum(axis=1)
    rank = random.integers(num_free[:, None], size=(len(walls), per_maze))
    return np.take_along_axis(free_first, rank, axis=1)


def make_batches(config: RunConfig) -> BatchSource:
    """The batches that ``config.data`` asks for."""
    return (
        TrajectoryBatches(config)
        if config.data.supervision == "trajectories"
        else BfsBatches(config)
    )
