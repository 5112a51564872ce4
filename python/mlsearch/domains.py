"""Domains of one's own: searches on graphs that only their neighbours define."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.errors import DomainError, HeuristicError
from mlsearch.predictions import CheckedCallback

MAX_BYTES = 2**32
"""Memory for what the problems that are searched at one time have seen; more is a MemoryError."""
NO_STATE = -1

StateCallback: TypeAlias = Callable[
    [NDArray[np.int32], NDArray[np.int64]], NDArray[np.floating[Any]]
]


@runtime_checkable
class Domain(Protocol):
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
class EncodedDomain(Domain, Protocol):
    """A domain with what a network sees of its states."""

    def encode(self, states: NDArray[np.int64]) -> NDArray[np.float32]:
        """The features of M states: int64 [M] to float32 [M, F]."""
        ...


@runtime_checkable
class DomainHeuristic(Protocol):
    """What can lead a search in any domain, for example a learned distance."""

    def heuristic(self, domain: Any, goals: NDArray[np.int64]) -> StateCallback:
        """Predicted distances to the goals of N problems.

        Args:
            domain: where they are.
            goals: int64 [N], states.

        Returns:
            A callable ``f(problem, state)`` from int32 [M] and int64 [M], the indices of
            problems and states, to floats [M].
        """
        ...


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


class CheckedNeighbours:
    """The neighbours of a domain, checked, and timed in ``seconds``.

    Args:
        domain: which one to ask.
    """

    def __init__(self, domain: Domain) -> None:
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


def resolved_in(
    domain: Domain, heuristic: DomainHeuristic | StateCallback | None, goals: NDArray[np.int64]
) -> CheckedCallback[np.int64]:
    """A heuristic of a domain in the form that the kernel takes.

    Args:
        domain: where the search is.
        heuristic: a callable ``f(problem, state)``, or an object that makes one.
        goals: int64 [N], states.

    Raises:
        TypeError: ``heuristic`` is none of these.
        HeuristicError: the object did not make a callable.
    """
    if isinstance(heuristic, DomainHeuristic):
        callback = heuristic.heuristic(domain, goals)
        if not callable(callback):
            raise HeuristicError(
                f"the metric gave no callable for a domain, but {type(callback).__name__}"
            )
        return CheckedCallback(callback)
    if callable(heuristic):
        return CheckedCallback(heuristic)
    raise TypeError(
        "heuristic: expected a callable f(problem, state) or a metric, as a domain has no "
        f"tables, got {type(heuristic).__name__}"
    )
