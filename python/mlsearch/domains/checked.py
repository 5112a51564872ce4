"""Domains of one's own: searches on graphs that only their neighbours define."""

from __future__ import annotations

import time
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.errors import DomainError

NO_STATE = -1


@runtime_checkable
class GraphDomain(Protocol):
    """A puzzle or any other graph: states are integers from 0 to 2**63 - 1, moves cost 1.

    Example:
        >>> class Ring:
        ...     def neighbours(self, states):
        ...         return np.stack([(states + 1) % 10, (states - 1) % 10], axis=1)
        >>> mlsearch.solve(Ring(), [0, 3], 5, lambda problem, state: abs(state - 5.0)).cost
        array([5, 2], dtype=int32)
    """

    def neighbours(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where moves lead from M states, asked once a round for all problems together.

        Args:
            states: int64 [M], M >= 1; the same one may be there more than once.

        Returns:
            int64 [M, K], in the order that breaks ties, -1 for a move that is not possible. K
            may be another one in each call.
        """
        ...


@runtime_checkable
class EncodedDomain(GraphDomain, Protocol):
    """A domain with what a network sees of its states."""

    def encode(self, states: NDArray[np.int64]) -> NDArray[np.float32]:
        """The features of M states: int64 [M] to float32 [M, F]."""
        ...


MAX_BYTES = 2**32
"""Memory for what the problems that are searched at one time have seen; more is a MemoryError."""


class CheckedNeighbours:
    """The neighbours of a domain, checked, and timed in ``seconds``.

    Args:
        domain: which one to ask.
    """

    def __init__(self, domain: GraphDomain) -> None:
        self.seconds = 0.0
        self._domain = domain

    def __call__(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """The answer for M states, int64 [M, K]; that they are states is left to be checked.

        Raises:
            DomainError: it is not an array of M rows of integers of 64 bits.
        """
        begin = time.perf_counter()
        try:
            asked = states.copy()  # the domain may do with its own what it likes
            return _as_rows(self._domain.neighbours(states), asked)
        finally:
            self.seconds += time.perf_counter() - begin


def _as_rows(answer: object, states: NDArray[np.int64]) -> NDArray[np.int64]:
    expected = f"neighbours: expected an int64 array of shape [{len(states)}, any]"
    if not isinstance(answer, np.ndarray):
        raise DomainError(f"{expected}, got {type(answer).__name__}")
    if answer.dtype.kind not in "iu":
        raise DomainError(f"{expected}, got dtype {answer.dtype}")
    if answer.ndim != 2 or len(answer) != len(states):
        raise DomainError(f"{expected}, got shape {list(answer.shape)}")
    if answer.dtype.kind == "u" and (large := answer > np.iinfo(np.int64).max).any():
        row, column = np.argwhere(large)[0]
        raise DomainError(
            f"neighbours: of state {states[row]}: expected states up to 2**63 - 1, "
            f"got {answer[row, column]}"
        )
    return np.ascontiguousarray(answer, np.int64)


def encoded(domain: EncodedDomain, states: NDArray[np.int64]) -> NDArray[np.float32]:
    """The features of M states, float32 [M, F], checked.

    Raises:
        TypeError: the domain has no method ``encode``.
        DomainError: it did not answer with M rows of floats.
    """
    if not isinstance(domain, EncodedDomain):
        raise TypeError(
            "domain: expected methods neighbours(states) and encode(states), "
            f"got {type(domain).__name__}"
        )
    expected = f"encode: expected a float32 array of shape [{len(states)}, any]"
    answer: object = domain.encode(states)
    if not isinstance(answer, np.ndarray):
        raise DomainError(f"{expected}, got {type(answer).__name__}")
    if answer.dtype.kind != "f":
        raise DomainError(f"{expected}, got dtype {answer.dtype}")
    if answer.ndim != 2 or len(answer) != len(states):
        raise DomainError(f"{expected}, got shape {list(answer.shape)}")
    return np.ascontiguousarray(answer, np.float32)


def checked_states(name: str, states: ArrayLike, num: int | None = None) -> NDArray[np.int64]:
    """``states`` as int64 [N], each of them 0 or more.

    Args:
        name: what messages call the argument.
        states: integers [N], or a single one.
        num: N, for which a single state is repeated; None for any number.

    Raises:
        TypeError: they are not integers of 64 bits.
        ValueError: the shape does not fit, or a state is negative.
    """
    array = np.asarray(states)
    if array.dtype.kind not in "iu" or (array > np.iinfo(np.int64).max).any():
        raise TypeError(f"{name}: expected integers up to 2**63 - 1, got dtype {array.dtype}")
    if num is not None and array.ndim == 0:
        array = np.full(num, array)
    array = np.atleast_1d(array)
    if array.ndim != 1 or num not in (None, len(array)):
        wanted = "N" if num is None else num
        raise ValueError(f"{name}: expected shape [{wanted}], got {list(array.shape)}")
    if (array < 0).any():
        first = int(np.argmax(array < 0))
        raise ValueError(f"{name}: problem {first}: state {array[first]} is negative")
    return np.ascontiguousarray(array, np.int64)
