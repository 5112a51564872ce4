"""The cubes of 2 x 2 x 2 and 3 x 3 x 3."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import checked_count, read_only
from mlsearch.base.settings import check_choice
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.pictures import Picture
from mlsearch.domains.puzzles import cubies, stickers, text
from mlsearch.domains.puzzles.exact.tables import StateTable
from mlsearch.domains.puzzles.permutation import Permuting
from mlsearch.domains.puzzles.pictures import cube_picture

SUFFIXES = {"quarter": ("", "'"), "half": ("", "'", "2")}
SMALL_CUBES = 3_674_160
"""States of the 2 x 2 x 2 cube with one corner held: 7! * 3**6."""


@dataclass(frozen=True)
class Cube(Permuting):
    """The cube: a state is the colours of its stickers, 0 to 5, face by face, U R F D L B.

    The moves are the turns of the faces, U U' R R' F F' D D' L L' B B', and U2 after U' and so on
    for half turns. On the 2 x 2 x 2 cube the corner of D, L and B stays where it is: the whole
    cube is turned back after each move, so that D leads where U does.

    Args:
        size: 2 or 3.
        turns: "quarter" for 12 moves, "half" for 18, half turns among them.

    Raises:
        TypeError: ``size`` is no integer.
        ValueError: ``size`` or ``turns`` is another one.
    """

    size: int = 3
    turns: str = "quarter"

    def __post_init__(self) -> None:
        if checked_count("size", self.size, 2) > 3:
            raise ValueError(f"size: expected 2 or 3, got {self.size}")
        check_choice("turns", self.turns, SUFFIXES)
        self.count_states(SMALL_CUBES if self.size == 2 else None)

    @property
    def name(self) -> str:
        """cube2 or cube3."""
        return f"cube{self.size}"

    @property
    def kind(self) -> str:
        """Scrambled cubes."""
        return " x ".join([str(self.size)] * 3) + " cubes"

    @property
    def walk_length(self) -> int:
        """The most moves that any state needs: 14 (11) on the small cube, 26 (20) on the large."""
        return {(2, "quarter"): 14, (2, "half"): 11, (3, "quarter"): 26, (3, "half"): 20}[
            self.size, self.turns
        ]

    @cached_property
    def move_names(self) -> tuple[str, ...]:
        """Singmaster's letters."""
        return tuple(face + suffix for face in stickers.FACES for suffix in SUFFIXES[self.turns])

    @cached_property
    def move_words(self) -> Mapping[str, tuple[str, ...]]:
        """R2 for R R where only quarter turns are moves."""
        if self.turns == "half":
            return {face + "2'": (face + "2",) for face in stickers.FACES}
        words = {face + "2": (face, face) for face in stickers.FACES}
        return words | {face + "2'": (face + "'",) * 2 for face in stickers.FACES}

    @cached_property
    def table(self) -> Int32s:
        """The moves, int32 ``[K, n]``."""
        rows = _turns(self.size, self.turns)
        if self.size == 2:
            rows = np.stack([row[cubies.rotation_back(row)] for row in rows])
        return read_only(rows.astype(np.int32))

    @cached_property
    def goal_state(self) -> NDArray[np.uint8]:
        """The solved cube, uint8 ``[n]``."""
        return read_only(np.repeat(np.arange(6, dtype=np.uint8), self.size**2))

    @property
    def num_features(self) -> int:
        """24 for each place."""
        return cubies.num_features(self.size)

    def features(self, states: Rows) -> Int32s:
        """Which piece is where, and how it is turned: int32 ``[M, 8]`` or ``[M, 20]``.

        Networks learn faster from pieces than from stickers, and there are fewer of them.
        """
        return cubies.features(states, self.size)

    def make_table(self) -> StateTable:
        """All states of the small cube: 160 MB, and some seconds."""
        return StateTable.of_permutations(self.table, self.goal_state)

    def check_states(self, name: str, states: Rows, worlds: Int32s) -> None:
        """Raises ValueError unless turns lead from the solved cube to states."""
        cubies.check_cubes(name, states, self.size)

    def uniform_states(self, worlds: Int32s, draws: NDArray[np.uint64]) -> Rows:
        """Uniformly random cubes: int32 ``[M]``, uint64 ``[M]`` to uint8 ``[M, n]``."""
        return cubies.uniform_cubes(self.size, draws)

    def read_moves(self, words: str) -> list[int]:
        """The numbers of moves from Singmaster's letters, such as ``R U R' U2``.

        A person does not turn a 2 x 2 x 2 cube back after D, L or B; the letters that follow are
        then other moves, those that lead where the person comes, up to a turn of the whole cube.
        """
        moves = text.parsed_moves(self, words)
        if self.size == 3:
            return moves
        found, now, num = [], list(range(6)), len(SUFFIXES[self.turns])
        for face, suffix in (divmod(move, num) for move in moves):
            found.append(now[face] * num + suffix)
            now = [_frames(self.turns)[found[-1]][place] for place in now]
        return found

    def moves_text(self, moves: Iterable[int]) -> str:
        """Moves in Singmaster's letters, from their numbers.

        Those of a 2 x 2 x 2 cube are U, R and F alone, after which nobody turns the cube back.
        """
        if self.size == 2:
            moves = [move % (3 * len(SUFFIXES[self.turns])) for move in moves]
        return text.moves_by_name(self, moves)

    def read_state(self, words: str, world: int = 0) -> NDArray[np.uint8]:
        """A state from its letters U R F D L B, uint8 ``[n]``.

        A 2 x 2 x 2 cube is turned as a whole, so that its corner of D, L and B is in place.
        """
        state = text.read_letters(words, stickers.FACES, 6 * self.size**2)
        return cubies.held(state) if self.size == 2 else state

    def state_text(self, state: ArrayLike, world: int = 0) -> str:
        """The letters of a state, one for each sticker."""
        return "".join(stickers.FACES[colour] for colour in np.asarray(state).tolist())

    @cached_property
    def picture(self) -> Picture:
        """The unfolded cube, and the cube in space."""
        degrees = [{"": 90, "'": -90, "2": 180}[suffix] for suffix in SUFFIXES[self.turns]]
        faces = stickers.FACES if self.size == 3 else "URF" * 2  # D leads where U does
        return cube_picture(self.size, list(itertools.product(faces, degrees)))


@functools.cache
def _turns(size: int, turns: str) -> NDArray[np.int64]:
    """The turns of the faces, int64 ``[K, n]``; the small cube is not turned back."""
    rows = []
    for face in stickers.FACES:
        quarter = stickers.turn(size, face)
        twice = quarter[quarter]
        times = {"": quarter, "2": twice, "'": twice[quarter]}
        rows += [times[suffix] for suffix in SUFFIXES[turns]]
    return np.stack(rows)


@functools.cache
def _frames(turns: str) -> list[list[int]]:
    """Where each face of the small cube is after it was turned back, for each move."""
    found = []
    for row in _turns(2, turns):
        firsts = cubies.rotation_back(row)[::4] // 4  # which face came to each
        found.append(np.argsort(firsts).tolist())
    return found
