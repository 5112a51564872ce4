"""Groups of permutations: their order, their members, and uniformly random ones."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.streams import Streams
from mlsearch.domains.puzzles.exact.checks import checked_moves
from mlsearch.domains.puzzles.shuffles import are_odd

Places = NDArray[np.intp]

TRIVIAL = 20  # random members in a row that tell nothing new, before all are checked


@dataclass
class Level:
    """The members that fix all base points before this one, by where they take this one.

    Attributes:
        point: the base point.
        generators: permutations that fix the points before, found at this level.
        number: ``[n]``, the number of a place in the orbit of the point, -1 outside.
        to: ``[orbit, n]``, a member that takes the point to each place of its orbit.
        back: their inverses.
    """

    point: int
    generators: list[Places] = field(default_factory=list)
    number: Places = field(default_factory=lambda: np.empty(0, np.intp))
    to: Places = field(default_factory=lambda: np.empty((0, 0), np.intp))
    back: Places = field(default_factory=lambda: np.empty((0, 0), np.intp))

    def find_orbit(self, generators: Places) -> None:
        """Finds where products of generators ``[G, n]`` take the point."""
        size = generators.shape[1]
        self.number = np.full(size, -1)
        self.number[self.point], count = 0, 1
        layer = np.arange(size)[np.newaxis]
        found = [layer]
        while len(layer):
            places, first = np.unique(generators[:, layer[:, self.point]], return_index=True)
            is_new = self.number[places] < 0
            by, old = np.divmod(first[is_new], len(layer))
            self.number[places[is_new]] = count + np.arange(len(by))
            count += len(by)
            layer = generators[by[:, np.newaxis], layer[old]]
            found.append(layer)
        self.to = np.concatenate(found)
        self.back = np.argsort(self.to, axis=1)


class PermutationGroup:
    """All products of some permutations, by a base and a strong generating set.

    A permutation p takes place i to ``p[i]``; the product p q is ``p[q]``.

    Args:
        moves: integers ``[K, n]``, each row a permutation of 0 .. n - 1.

    Raises:
        TypeError: ``moves`` is not of integers.
        ValueError: a row is no permutation.

    Source: Schreier & Sims (1970); random members first, as in Holt, Eick & O'Brien, "Handbook of
    Computational Group Theory" 4.4. What they found is checked in full.
    """

    def __init__(self, moves: ArrayLike) -> None:
        self.moves: Places = checked_moves(moves).astype(np.intp)
        self.levels: list[Level] = []
        self._add_random_members(np.random.default_rng(0))
        while not self._is_largest and (missing := self._first_missing()) is not None:
            self._add(*missing)

    @property
    def size(self) -> int:
        """n, the number of places."""
        return self.moves.shape[1]

    @property
    def order(self) -> int:
        """How many members the group has."""
        return math.prod(len(level.to) for level in self.levels)

    @property
    def is_symmetric(self) -> bool:
        """Whether every permutation is a member."""
        return self.order == math.factorial(self.size)

    @property
    def orbits(self) -> Places:
        """The lowest place to which members take each place, ``[n]``."""
        lowest = np.arange(self.size)
        for _ in range(self.size):
            lowest = np.minimum(lowest, lowest[self.moves].min(axis=0))
        return lowest

    def contains(self, permutations: ArrayLike) -> NDArray[np.bool_]:
        """Which permutations are members: integers ``[M, n]`` to bool ``[M]``."""
        rest, _ = self._sifted(np.array(permutations, np.intp))
        return np.asarray((rest == np.arange(self.size)).all(axis=1))

    def uniform(self, draws: NDArray[np.uint64]) -> Places:
        """Uniformly random members: uint64 ``[M]``, a random number for each, to ``[M, n]``."""
        streams, every = Streams(0, draws), np.arange(len(draws))
        found = np.tile(np.arange(self.size), (len(draws), 1))
        for level in reversed(self.levels):
            chosen = streams.below(every, np.full(len(draws), len(level.to)))
            found = level.to[chosen[:, np.newaxis], found]
        return found

    @cached_property
    def _most(self) -> int:
        """The most members that there can be, given the signs of the moves."""
        has_odd = bool(are_odd(self.moves).any()) or self.size < 2
        return math.factorial(self.size) // (1 if has_odd else 2)

    @property
    def _is_largest(self) -> bool:
        return self.order == self._most

    def _sifted(self, rest: Places, first: int = 0) -> tuple[Places, Places]:
        """Members of level ``first`` divided by those of each level, ``[M, n]``: 1 at the end.

        Returns:
            What is left, and the level at which each was outside of the orbit; the number of
            levels where it was in all.
        """
        stuck = np.full(len(rest), len(self.levels))
        for depth in range(first, len(self.levels)):
            level = self.levels[depth]
            number = level.number[rest[:, level.point]]
            stuck[(number < 0) & (stuck == len(self.levels))] = depth
            going = np.flatnonzero(stuck == len(self.levels))
            rest[going] = level.back[number[going][:, np.newaxis], rest[going]]
        return rest, stuck

    def _add(self, member: Places, depth: int) -> None:
        """Adds what was left of a member that a level does not have, and finds its orbit again."""
        if depth == len(self.levels):
            self.levels.append(Level(int((member != np.arange(self.size)).argmax())))
        self.levels[depth].generators.append(member)
        self.levels[depth].find_orbit(self._generators(depth))

    def _generators(self, first: int) -> Places:
        return np.stack([g for level in self.levels[first:] for g in level.generators])

    def _add_if_new(self, member: Places) -> bool:
        rest, stuck = self._sifted(member[np.newaxis].copy())
        if (rest[0] == np.arange(self.size)).all():
            return False
        self._add(rest[0], int(stuck[0]))
        return True

    def _add_random_members(self, random: np.random.Generator) -> None:
        """Adds the moves and products of them (product replacement), until no more are likely."""
        for move in self.moves:
            self._add_if_new(move)
        pool = list(self.moves) * (1 + 10 // len(self.moves))
        known = 0
        while known < TRIVIAL and not self._is_largest:
            one, other = random.choice(len(pool), 2, replace=False)
            pool[one] = pool[one][pool[other]]
            known = 0 if self._add_if_new(pool[one]) else known + 1

    def _first_missing(self) -> tuple[Places, int] | None:
        """What is left of a member that is not among the products of all levels, and its level.

        By Schreier's lemma none is missing if all of these are there: to a place, by a generator,
        and back from where that leads.
        """
        for depth in reversed(range(len(self.levels))):
            level = self.levels[depth]
            level.find_orbit(self._generators(depth))  # what deeper levels found may enlarge it
            for generator in self._generators(depth):
                there = generator[level.to]
                number = level.number[there[:, level.point]][:, np.newaxis]
                rest, stuck = self._sifted(level.back[number, there], depth + 1)
                is_new = (rest != np.arange(self.size)).any(axis=1)
                if is_new.any():
                    return rest[is_new.argmax()], int(stuck[is_new.argmax()])
        return None
