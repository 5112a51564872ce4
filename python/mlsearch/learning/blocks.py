"""Training batches: pairs of states, the steps between them and the right next moves."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BLOCK_STEPS = 64


@dataclass(frozen=True)
class Moves:
    """The moves from the states of pairs, and those to learn.

    Arrays in a block, tensors without the axis S in a batch.

    Attributes:
        neighbours: int32 [S, N, K, *V], where the moves lead, as the view shows it; a blocked
            move leads back to the state. In a batch they are int64.
        is_move: bool [S, N, K], which moves are not blocked.
        target: float32 [S, N, K], the probability each move should have; zero for states
            that are the goal.
        to_goal: bool [S, N, K], which moves lead to the goal of the pair.
        at_goal: bool [S, N], which states are the goal.
    """

    neighbours: Any
    is_move: Any
    target: Any
    to_goal: Any
    at_goal: Any

    def mapped(self, function: Callable[[Any], Any]) -> Moves:
        """The same moves with a function applied to each part."""
        parts = (getattr(self, field.name) for field in dataclasses.fields(self))
        return Moves(*(function(part) for part in parts))


@dataclass(frozen=True)
class Block:
    """The batches of S consecutive steps: N pairs in B worlds each, N a multiple of B.

    Pair n lies in world n // (N / B) of its step. A domain with one world has B = 1. Worlds and
    states are as the view of the model shows them, see :mod:`mlsearch.models.views`; V is the
    shape of a state in it. :class:`mlsearch.learning.reads.Reads` makes blocks of plain states.

    Attributes:
        worlds: uint8 [S, B, ...].
        states, goals: int32 [S, N, *V].
        steps: int32 [S, N], known numbers of steps from state to goal.
        goals_per_world: G; the first G pairs of a world have all its goals.
        moves: None where no term of the objective reads them.
    """

    worlds: NDArray[np.uint8]
    states: NDArray[np.int32]
    goals: NDArray[np.int32]
    steps: NDArray[np.int32]
    goals_per_world: int
    moves: Moves | None = None

    @property
    def num_worlds(self) -> int:
        """B."""
        return self.worlds.shape[1]

    def part(self, number: int, count: int) -> Block:
        """Part ``number`` of ``count`` equal ones: the same steps with some of their pairs.

        A part has worlds of its own; where there is one world, all parts have it.

        Raises:
            ValueError: the worlds, or the pairs of the one world, cannot be shared equally.
        """
        num_pairs = self.states.shape[1]
        shared = "pairs" if self.num_worlds == 1 else "worlds"
        total = num_pairs if self.num_worlds == 1 else self.num_worlds
        if total % count:
            raise ValueError(
                f"training.batch_size: {shared} in a batch: expected a multiple of {count} "
                f"processes, got {total}"
            )
        pairs = _slice(num_pairs, number, count)
        moves = self.moves and self.moves.mapped(lambda part: part[:, pairs])
        return Block(
            worlds=self.worlds[:, _slice(self.num_worlds, number, count)]
            if self.num_worlds > 1
            else self.worlds,
            states=self.states[:, pairs],
            goals=self.goals[:, pairs],
            steps=self.steps[:, pairs],
            goals_per_world=self.goals_per_world,
            moves=moves,
        )

    def to(self, device: torch.device) -> list[Batch]:
        """One batch for each step, on ``device``."""
        worlds, states, goals, steps = (
            _sent(array, device) for array in (self.worlds, self.states, self.goals, self.steps)
        )
        pairs_per_world = states.shape[1] // worlds.shape[1]
        index = torch.arange(states.shape[1], device=device) // pairs_per_world
        rows = zip(worlds, states.long(), goals.long(), steps, self._moves_to(device), strict=True)
        return [
            Batch(
                index=index,
                worlds=w,
                states=s,
                goals=g,
                steps=k,
                goals_per_world=self.goals_per_world,
                moves=m,
            )
            for w, s, g, k, m in rows
        ]

    def _moves_to(self, device: torch.device) -> list[Moves | None]:
        if self.moves is None:
            return [None] * len(self.states)
        sent = self.moves.mapped(lambda part: _sent(part, device))
        sent = dataclasses.replace(sent, neighbours=sent.neighbours.long())
        return [sent.mapped(operator.itemgetter(at)) for at in range(len(self.states))]


def _slice(total: int, number: int, count: int) -> slice:
    return slice(number * total // count, (number + 1) * total // count)


def _sent(array: NDArray[Any], device: torch.device) -> Tensor:
    """A copy on a device; a GPU takes it while the processor goes on."""
    tensor = torch.tensor(array)
    return tensor if device.type == "cpu" else tensor.pin_memory().to(device, non_blocking=True)


@dataclass(frozen=True)
class Batch:
    """One step's part of a block, as tensors.

    Attributes:
        index: int64 [N], which of the worlds each pair lies in.
        worlds: uint8 [B, ...].
        states, goals: int64 [N, *V].
        steps: int32 [N].
        goals_per_world, moves: as of ``Block``.
    """

    index: Tensor
    worlds: Tensor
    states: Tensor
    goals: Tensor
    steps: Tensor
    goals_per_world: int
    moves: Moves | None = None

    @property
    def world_goals(self) -> Tensor:
        """int64 [B, G, *V], the goals of each world."""
        goals = self.goals.view(len(self.worlds), -1, *self.goals.shape[1:])
        return goals[:, : self.goals_per_world]

    def mapped(self, function: Callable[[Tensor], Tensor]) -> Batch:
        """The same batch with a function applied to each of its tensors."""
        return _mapped(self, function)

    def tensors(self) -> Iterator[Tensor]:
        """All tensors, in a fixed order."""
        found: list[Tensor] = []
        self.mapped(lambda tensor: found.append(tensor) or tensor)  # type: ignore[func-returns-value]
        return iter(found)


def _mapped(value: Any, function: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Tensor):
        return function(value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return type(value)(**{name: _mapped(part, function) for name, part in fields.items()})


class BatchSource(Protocol):
    """Anything that makes blocks. The same number must give the same block."""

    def block(self, number: int) -> Block:
        """The batches of steps number * BLOCK_STEPS up to the next multiple."""
        ...
