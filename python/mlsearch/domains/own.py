"""Domains written for one state at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.errors import DomainError
from mlsearch.domains.checked import NO_STATE


class ScalarDomain:
    """A domain written for one state at a time: shorter to write, slower to search.

    Args:
        neighbours: a function of a state, a Python integer, to any number of states.
        encode: a function of a state to its F features.
    """

    def __init__(
        self,
        neighbours: Callable[[int], Iterable[int]],
        encode: Callable[[int], ArrayLike] | None = None,
    ) -> None:
        self._neighbours = neighbours
        self._encode = encode

    def neighbours(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """The neighbours of M states, int64 [M, K], with -1 to fill up.

        Raises:
            DomainError: a neighbour is not an integer of 64 bits.
        """
        rows = [_row(state, list(self._neighbours(state))) for state in states.tolist()]
        filled = np.full((len(rows), max(map(len, rows), default=0)), NO_STATE, np.int64)
        for filled_row, row in zip(filled, rows, strict=True):
            filled_row[: len(row)] = row
        return filled

    def encode(self, states: NDArray[np.int64]) -> NDArray[np.float32]:
        """The features of M states, float32 [M, F].

        Raises:
            TypeError: the domain was made without ``encode``.
        """
        if self._encode is None:
            raise TypeError("encode: this ScalarDomain was made without it")
        return np.array([self._encode(state) for state in states.tolist()], np.float32)


def _row(state: int, neighbours: list[int]) -> NDArray[np.int64]:
    try:
        return np.array(list(map(operator.index, neighbours)), np.int64)
    except (TypeError, OverflowError) as error:
        raise DomainError(
            f"neighbours: of state {state}: expected integers of 64 bits, got {neighbours}"
        ) from error
