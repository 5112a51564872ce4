"""Training batches: pairs of states, the steps between them and the right next moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BLOCK_STEPS = 64


@dataclass(frozen=True)
class Block:
    """The batches of consecutive steps: S steps of B mazes with P pairs each, N = B * P.

    Attributes:
        walls: uint8 [S, B, H, W].
        states, goals: int32 [S, N], cells; pair n lies in maze n // P of its step.
        steps: int32 [S, N], known numbers of steps from state to goal.
        is_neighbour: bool [S, N, 4], which moves (up, down, left, right) lead to a free cell.
        goals_per_world: how many goals a maze has; pair n of a maze has goal n modulo this.
        target: float32 [S, N, 4], the probability each move should have; zero for states
            that are the goal.
    """

    walls: NDArray[np.uint8]
    states: NDArray[np.int32]
    goals: NDArray[np.int32]
    steps: NDArray[np.int32]
    is_neighbour: NDArray[np.bool_]
    target: NDArray[np.float32]
    goals_per_world: int

    def part(self, mazes: slice) -> Block:
        """The same steps with some of their mazes, and the pairs that lie in those."""
        per_world = self.states.shape[1] // self.walls.shape[1]
        pairs = slice(mazes.start * per_world, mazes.stop * per_world)
        return Block(
            walls=self.walls[:, mazes],
            states=self.states[:, pairs],
            goals=self.goals[:, pairs],
            steps=self.steps[:, pairs],
            is_neighbour=self.is_neighbour[:, pairs],
            target=self.target[:, pairs],
            goals_per_world=self.goals_per_world,
        )

    def to(self, device: torch.device) -> list[Batch]:
        """One batch for each step, on ``device``."""
        arrays = (self.walls, self.states, self.goals, self.steps, self.is_neighbour, self.target)
        walls, states, goals, steps, is_neighbour, target = (_sent(a, device) for a in arrays)
        pairs_per_world = states.shape[1] // walls.shape[1]
        mazes = torch.arange(states.shape[1], device=device) // pairs_per_world
        return [
            Batch(
                mazes=mazes,
                walls=w,
                states=s,
                goals=g,
                steps=k,
                is_neighbour=i,
                target=t,
                goals_per_world=self.goals_per_world,
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
    goals_per_world: int

    @property
    def maze_goals(self) -> Tensor:
        """int64 [B, G], the goals of each maze."""
        return self.goals.view(len(self.walls), -1)[:, : self.goals_per_world]

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
