"""What puzzles with one world have in common."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.copies import kept, restore
from mlsearch.domains.contract import Int32s, Rows, States
from mlsearch.domains.pictures import draw
from mlsearch.domains.puzzles import text


class OneWorld:
    """A puzzle with one world: n bytes a state, K moves, and a goal that walks begin at.

    It is its own settings: subclasses are frozen dataclasses, so that a run folder can hold them.

    Attributes:
        goal_state: uint8 ``[n]``, read-only.
        move_names: the K moves, as people write them.
        compiled: the puzzle in compiled code.
    """

    goal_state: Any
    move_names: ClassVar[Any]
    compiled: Any
    is_reversible: Any = True
    move_words: Any = MappingProxyType({})
    """Words for several moves, such as R2 for R R."""

    __getstate__, __setstate__ = kept, restore

    def read_moves(self, words: str) -> list[int]:
        """The numbers of moves from their names, parted by blanks."""
        return text.parsed_moves(self, words)

    def moves_text(self, moves: Iterable[int]) -> str:
        """Moves by name, from their numbers."""
        return text.moves_by_name(self, moves)

    def make(self, num: int, seed: int, first: int = 0, num_threads: int = 0) -> Any:
        """The puzzle itself: it has one world."""
        return self

    def __len__(self) -> int:
        return 1

    def __getitem__(self, worlds: Any) -> Any:
        return self

    @cached_property
    def states(self) -> States:
        """uint8 ``[n]``."""
        return States(np.uint8, self.goal_state.shape)

    def draw(self, state: ArrayLike, axes: Any, world: int = 0) -> None:
        """Draws a state on matplotlib axes."""
        draw(self, state, axes, world)

    @property
    def num_moves(self) -> int:
        """K."""
        return len(self.move_names)

    @property
    def num_values(self) -> int:
        """C; a byte of a state is 0 to C - 1."""
        return int(self.goal_state.max()) + 1

    def neighbours(self, states: Rows, worlds: Int32s) -> Rows:
        """Where the moves lead: uint8 ``[M, n]`` to ``[M, K, n]``."""
        return self.compiled.neighbours(np.ascontiguousarray(states), worlds)

    def origins(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        """The goal: uint8 ``[M, n]``."""
        return np.tile(self.goal_state, (len(worlds), 1))

    @property
    def num_features(self) -> int:
        """N * C."""
        return len(self.goal_state) * self.num_values

    def features(self, states: Rows) -> Int32s:
        """What is where: position * C + byte, int32 ``[M, n]``."""
        first = np.arange(len(self.goal_state), dtype=np.int32) * np.int32(self.num_values)
        return first + states

    def world_features(self) -> NDArray[np.uint8]:
        """None: zeros, uint8 ``[1, n * C]``."""
        return np.zeros((1, self.num_features), np.uint8)


def refuse(name: str, is_bad: Any, message: str) -> None:
    """Raises ValueError for the first state that breaks a rule.

    Args:
        name: what messages call the argument.
        is_bad: bool ``[M]``, which states do.
        message: the rule, and what was expected.
    """
    if is_bad.any():
        raise ValueError(f"{name}: problem {int(is_bad.argmax())}: {message}")


def check_values(name: str, states: Rows, goal: NDArray[np.uint8], what: str) -> None:
    """Raises ValueError unless states ``[M, n]`` are the goal ``[n]`` in another order."""
    wrong = (np.sort(states, axis=1) != np.sort(goal)).any(axis=1)
    for i in np.flatnonzero(wrong)[:1]:
        found = np.bincount(states[i], minlength=256)
        wanted = np.bincount(goal, minlength=256)
        value = int(np.flatnonzero(found != wanted)[0])
        refuse(name, wrong, f"expected {what} {value} {wanted[value]} times, got {found[value]}")
