"""Sokoban: push all boxes onto the targets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch import _core
from mlsearch.base.checks import read_only
from mlsearch.base.copies import kept, restore
from mlsearch.base.files import replacing
from mlsearch.domains.contract import Int32s, Rows, States
from mlsearch.domains.extras import CompiledWalks
from mlsearch.domains.pictures import Picture, draw
from mlsearch.domains.puzzles import pictures, text
from mlsearch.domains.puzzles.compiled import CompiledPuzzle
from mlsearch.domains.puzzles.exact.sokoban import sokoban_distances
from mlsearch.domains.puzzles.levels import Level, level_text, load_levels, read_level, read_levels
from mlsearch.domains.puzzles.matching import matching
from mlsearch.domains.puzzles.pulls import pulled
from mlsearch.domains.puzzles.sokoban_generation import generated
from mlsearch.domains.puzzles.sokoban_states import (
    NUM_PLANES,
    active_features,
    check_boxes_and_players,
    most_boxes,
)

OPTIMAL_EXPANSIONS = 10**5
"""Of the search for the optimum of a level."""


class Sokoban:
    """A batch of levels of one shape. Smaller ones get walls on the right and below.

    A state is a byte for each cell, 1 where there is a box, and then the row and the column of the
    player: uint8 ``[H * W + 2]``. The moves take the player up, down, left and right, and push a
    box where they can. Goals are states with the boxes on the targets, wherever the player is.

    Args:
        levels: at least one; :meth:`load`, :meth:`parse` and :meth:`generate` make them.

    Raises:
        ValueError: there is none.
    """

    name, num_moves, is_reversible, yardstick = "sokoban", 4, False, "matching"
    move_names = ("U", "D", "L", "R")
    path = ""
    """The file that the levels are from, if they are from one."""

    policy, walk_length = "pull", 150

    baselines: ClassVar[Mapping[str, Callable[..., Any]]] = {"matching": matching}

    __getstate__, __setstate__ = kept, restore

    def __init__(self, levels: Sequence[Level]) -> None:
        if len(levels) == 0:
            raise ValueError("levels: expected at least one, got none")
        height, width = np.max([level.walls.shape for level in levels], axis=0)
        shape = (len(levels), int(height), int(width))
        walls, targets = np.ones(shape, np.uint8), np.zeros(shape, np.uint8)
        starts = np.zeros((len(levels), shape[1] * shape[2] + 2), np.uint8)
        for i, level in enumerate(levels):
            here = (slice(level.walls.shape[0]), slice(level.walls.shape[1]))
            walls[i][here], targets[i][here] = level.walls, level.targets
            starts[i, :-2].reshape(shape[1:])[here] = level.boxes
            starts[i, -2:] = level.player
        self._walls, self._targets, self._starts = map(read_only, (walls, targets, starts))
        self._max_boxes = most_boxes(starts)

    @classmethod
    def _of(
        cls,
        walls: NDArray[np.uint8],
        targets: NDArray[np.uint8],
        starts: NDArray[np.uint8],
        path: str,
        max_boxes: int,
    ) -> Sokoban:
        """Levels of arrays that are known to be good and ours."""
        levels = cls.__new__(cls)
        levels._walls, levels._targets, levels._starts = map(read_only, (walls, targets, starts))
        levels.path, levels._max_boxes = path, max_boxes
        return levels

    @classmethod
    def parse(cls, text: str) -> Sokoban:
        """The levels of a text in XSB form: ``# @ + $ * .`` and blanks.

        Raises:
            ValueError: there is no level, or one breaks a rule; the message says where.
        """
        return cls(read_levels(text))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Sokoban:
        """The levels of a file in XSB form, such as those of Boxoban.

        Raises:
            OSError: the file cannot be opened.
            MazeFormatError: there is no level, or one breaks a rule; the message says where.
        """
        levels = cls(load_levels(path))
        levels.path = os.fspath(path)
        return levels

    @classmethod
    def generate(
        cls,
        num: int,
        size: int | tuple[int, int] = (10, 10),
        num_boxes: int = 4,
        *,
        seed: int = 0,
        first: int = 0,
        num_threads: int = 0,
    ) -> Sokoban:
        """Random levels that can be solved; level i depends on the sizes, ``seed`` and i alone.

        Args:
            num: number of levels, at least 1.
            size: the side of square levels, or (height, width), each from 5 to 64.
            num_boxes: of each level, 1 to 32, and at most one for 8 cells inside the border.
            seed: 0 to 2**64 - 1.
            first: number of the first level; ``num`` levels from there on are made.
            num_threads: 0 for all cores. It does not change the result.

        Raises:
            TypeError: an argument is of the wrong type.
            ValueError: an argument is out of range, or 1000 rooms did not suffice for a level.

        Source: see :mod:`mlsearch.domains.puzzles.sokoban_rooms`.
        """
        made = generated(num, size, num_boxes, seed, first, num_threads)
        return cls._of(*made, "", num_boxes)

    def with_starts(self, starts: Rows) -> Sokoban:
        """The same levels with other starts: uint8 ``[B, H * W + 2]``, states of them.

        Raises:
            ValueError: one is no state of its level.
        """
        self.check_states("starts", starts, np.arange(len(self), dtype=np.int32))
        copy = np.array(starts, np.uint8)
        return Sokoban._of(self._walls, self._targets, copy, self.path, self.max_boxes)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the levels to a file as :meth:`load` reads it.

        Raises:
            OSError: the file cannot be written.
        """
        parts = [f"; {i}\n{self.state_text(s, i)}\n" for i, s in enumerate(self._starts)]
        with replacing(path) as temporary:
            temporary.write_text("\n".join(parts), encoding="ascii", newline="\n")

    @property
    def walls(self) -> NDArray[np.uint8]:
        """uint8 ``[B, H, W]``, 1 is a wall; read-only."""
        return self._walls

    @property
    def targets(self) -> NDArray[np.uint8]:
        """uint8 ``[B, H, W]``, 1 is a target; read-only."""
        return self._targets

    @property
    def starts(self) -> Rows:
        """Where the levels begin: uint8 ``[B, H * W + 2]``, read-only."""
        return self._starts

    @cached_property
    def goals(self) -> Rows:
        """The boxes on the targets, and the player on a floor: uint8 ``[B, H * W + 2]``."""
        flat = self._targets.reshape(len(self), -1)
        is_free = (flat == 0) & (self._walls.reshape(len(self), -1) == 0)
        places = np.stack(np.divmod(is_free.argmax(axis=1), self.shape[1]), axis=1)
        return read_only(np.hstack([flat, places.astype(np.uint8)]))

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of each level."""
        return self._walls.shape[1], self._walls.shape[2]

    @property
    def num_cells(self) -> int:
        """H * W."""
        return self.shape[0] * self.shape[1]

    @property
    def max_boxes(self) -> int:
        """The most boxes of a level, those included that a selection has left out."""
        return self._max_boxes

    @property
    def kind(self) -> str:
        """The levels in the plural."""
        return f"{self.shape[0]} x {self.shape[1]} levels of Sokoban"

    def __len__(self) -> int:
        return len(self._walls)

    def __getitem__(self, worlds: Any) -> Sokoban:
        """The level at an integer, or those at a slice, an index array or a mask, as a batch."""
        chosen = np.arange(len(self))[worlds].reshape(-1)
        if len(chosen) == 0:
            raise IndexError(f"expected to select at least one level, got index {worlds!r}")
        walls, targets, starts = (x[chosen] for x in (self._walls, self._targets, self._starts))
        return Sokoban._of(walls, targets, starts, self.path, self.max_boxes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sokoban):
            return NotImplemented
        mine, theirs = ((x._walls, x._targets, x._starts) for x in (self, other))
        return all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Sokoban({len(self)} of {self.shape[0]} x {self.shape[1]})"

    # What makes levels a domain -------------------------------------------------------------

    @cached_property
    def states(self) -> States:
        """uint8 ``[H * W + 2]``; of a goal, the boxes count."""
        return States(
            np.uint8, (self.num_cells + 2,), np.arange(self.num_cells + 2) < self.num_cells
        )

    @cached_property
    def compiled(self) -> CompiledPuzzle:
        """The levels in compiled code."""
        core = _core.sokoban(np.ascontiguousarray(self._walls))
        return CompiledPuzzle(core, self.states.goal_mask)

    def neighbours(self, states: Rows, worlds: Int32s) -> Rows:
        """Where the moves lead: uint8 ``[M, H * W + 2]`` to ``[M, 4, H * W + 2]``."""
        return self.compiled.neighbours(np.ascontiguousarray(states), worlds)

    def origins(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        """Where the levels begin: uint8 ``[M, H * W + 2]``."""
        return self._starts[worlds]

    @property
    def walks(self) -> Mapping[str, CompiledWalks]:
        """The policy "pull", see :func:`mlsearch.domains.puzzles.pulls.pulled`."""
        return {"pull": partial(pulled, self._walls, self._targets)}

    def draw_problems(self, per_world: int, seed: int) -> tuple[Rows, Rows]:
        """The levels themselves, each ``per_world`` times."""
        return np.repeat(self._starts, per_world, axis=0), np.repeat(self.goals, per_world, axis=0)

    def optimal(self, starts: Rows, goals: Rows, worlds: Int32s) -> Int32s:
        """By A* with 10**5 expansions for each problem: int32 ``[N]``, -1 beyond."""
        walls = self._walls[worlds] if len(self) > 1 else self._walls
        return sokoban_distances(walls, starts, goals, max_expansions=OPTIMAL_EXPANSIONS)

    @property
    def board_shape(self) -> tuple[int, int, int]:
        """(4, H, W): how many planes of H x W cells the first features are.

        Feature plane * H * W + cell is a cell of the plane box, player, wall or target, so a
        network may look at the features as pictures.
        """
        return (NUM_PLANES, *self.shape)

    @property
    def num_features(self) -> int:
        """The four planes and one more, which is active in place of a box: 4 * H * W + 1."""
        return NUM_PLANES * self.num_cells + 1

    def features(self, states: Rows) -> Int32s:
        """Boxes and player: int32 ``[M, max_boxes + 1]``.

        The cells of the boxes in order, then 4 * H * W as often as the level has fewer than
        ``max_boxes``, then H * W + the cell of the player.
        """
        return active_features(states, self.shape[1], self.max_boxes)

    def world_features(self) -> NDArray[np.uint8]:
        """Walls at 2 * H * W + cell, targets at 3 * H * W + cell: uint8 ``[B, 4 * H * W + 1]``."""
        found = np.zeros((len(self), self.num_features), np.uint8)
        both = np.stack([self._walls, self._targets], axis=1)
        found[:, 2 * self.num_cells : -1] = both.reshape(len(self), -1)
        return found

    def check_states(self, name: str, states: Rows, worlds: Int32s) -> None:
        """Raises ValueError unless states have their level's boxes, and a player, on floor."""
        num_boxes = self._starts[worlds, :-2].sum(axis=1)
        check_boxes_and_players(name, states, self._walls[worlds], num_boxes)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a folder of trajectories holds of the levels, one row a level.

        Their walls, targets and starts are uint8; ``max_boxes`` is int32, the same in all rows.
        """
        max_boxes = np.full(len(self), self.max_boxes, np.int32)
        arrays = {"walls": self._walls, "targets": self._targets, "starts": self._starts}
        return {**arrays, "max_boxes": max_boxes}

    @property
    def settings(self) -> Any:
        """A ``SokobanConfig`` of the file, or of random levels of these sizes."""
        from mlsearch.domains.puzzles.sokoban_config import SokobanConfig

        if self.path:
            return SokobanConfig(self.path)
        return SokobanConfig("", *self.shape, self.max_boxes)

    def read_moves(self, words: str) -> list[int]:
        """The numbers of moves from their letters U D L R, parted by blanks."""
        return text.parsed_moves(self, words)

    def moves_text(self, moves: Iterable[int]) -> str:
        """Moves by their letters, from their numbers."""
        return text.moves_by_name(self, moves)

    def read_state(self, words: str, world: int = 0) -> NDArray[np.uint8]:
        """A state of a level, drawn as in :meth:`parse`: uint8 ``[H * W + 2]``.

        Raises:
            ValueError: it is no level, or its walls or targets are others.
        """
        drawn = Sokoban([read_level(words.strip("\n").split("\n"), "state")])
        mine, theirs = ((x.walls[i], x.targets[i]) for x, i in ((self, world), (drawn, 0)))
        if not all(map(np.array_equal, mine, theirs)):
            raise ValueError(f"state: expected the walls and targets of level {world}, got others")
        return np.array(drawn.starts[0])

    def state_text(self, state: ArrayLike, world: int = 0) -> str:
        """A state of a level in XSB form."""
        return level_text(self._level(state, world))

    @cached_property
    def picture(self) -> Picture:
        """Levels, boxes and players."""
        return pictures.level_picture(*self.shape)

    def looks(self, states: Rows, worlds: Int32s) -> NDArray[np.uint8]:
        """What is in each cell, as in :attr:`picture`: uint8 ``[M, H * W]``."""
        return pictures.level_looks(self._walls[worlds], self._targets[worlds], states)

    def draw(self, state: ArrayLike, axes: Any, world: int = 0) -> None:
        """Draws a state on matplotlib axes."""
        draw(self, state, axes, world)

    def _level(self, state: ArrayLike, world: int) -> Level:
        row = np.asarray(state, np.uint8)
        return Level(
            walls=self._walls[world] != 0,
            targets=self._targets[world] != 0,
            boxes=row[:-2].reshape(self.shape) != 0,
            player=(int(row[-2]), int(row[-1])),
        )
