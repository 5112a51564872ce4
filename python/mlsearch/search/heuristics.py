"""Where a search gets its predicted distances from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.errors import HeuristicError
from mlsearch.base.plugins import find
from mlsearch.base.streams import mix64
from mlsearch.domains.checked import GraphDomain
from mlsearch.domains.contract import Enumerable, Int32s, Rows
from mlsearch.domains.extras import extra
from mlsearch.domains.maze.mazes import Mazes

S = TypeVar("S", np.int32, np.int64)  # of states
Table: TypeAlias = NDArray[np.floating[Any]]
Callback: TypeAlias = Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.floating[Any]]]


@runtime_checkable
class Metric(Protocol):
    """What can lead a search on any problems, for example a learned distance."""

    def heuristic(self, mazes: Mazes, goals: NDArray[np.int32]) -> Table | Callback:
        """Predicted distances to the goals of N problems.

        Args:
            mazes: N mazes, or one for all problems.
            goals: int32 [N], cells.

        Returns:
            A table, floats [N, H, W], or a callable ``f(problem, state)`` from int32 [M] and
            int32 [M], the indices of problems and cells, to floats [M].
        """
        ...


Heuristic: TypeAlias = str | Metric | Callback | ArrayLike


class CheckedCallback(Generic[S]):
    """A callback whose answers are checked, and timed in ``seconds``.

    Args:
        callback: the callable to ask.
    """

    def __init__(
        self, callback: Callable[[NDArray[np.int32], NDArray[S]], NDArray[np.floating[Any]]]
    ) -> None:
        self.seconds = 0.0
        self._callback: Callable[..., object] = callback

    def __call__(self, problem: NDArray[np.int32], state: NDArray[S]) -> NDArray[np.float32]:
        """The answer for M states, float32 [M].

        Raises:
            HeuristicError: it is not an array of M floats.
        """
        begin = time.perf_counter()
        try:
            return _as_predictions(self._callback(problem, state), len(state))
        finally:
            self.seconds += time.perf_counter() - begin


def resolved(
    heuristic: Heuristic | None, mazes: Mazes, goals: NDArray[np.int32]
) -> NDArray[np.float32] | CheckedCallback[np.int32]:
    """A heuristic in one of the two forms that the kernels take.

    Args:
        heuristic: a baseline's name, a table, a callable or a :class:`Metric`.
        mazes: N mazes, or one for all problems.
        goals: int32 [N], cells.

    Returns:
        A table, float32 [N, H, W], or a callback.

    Raises:
        TypeError: ``heuristic`` is none of these.
        ValueError: the baseline is unknown, or the table has another shape.
        HeuristicError: the table of a metric has a wrong shape or dtype.
    """
    if isinstance(heuristic, np.ndarray):  # told apart at once, which a protocol is not
        return _table(heuristic, mazes, goals)
    if isinstance(heuristic, str):
        answer = find(baselines_of(mazes), heuristic, "heuristic")(mazes, goals, 0)
        return CheckedCallback(answer) if callable(answer) else _table(answer, mazes, goals)
    if isinstance(heuristic, Metric):
        answer = heuristic.heuristic(mazes, goals)
        try:
            return CheckedCallback(answer) if callable(answer) else _table(answer, mazes, goals)
        except (TypeError, ValueError) as error:
            raise HeuristicError(f"the metric gave a bad table: {error}") from error
    if callable(heuristic):
        return CheckedCallback(heuristic)
    return _table(heuristic, mazes, goals)


def _table(values: ArrayLike | None, mazes: Mazes, goals: NDArray[np.int32]) -> NDArray[np.float32]:
    table = np.asarray(values)
    each = mazes.shape if isinstance(mazes, Mazes) else (mazes.num_states,)
    shape = (len(goals), *each)
    if table.dtype.kind not in "fiu":
        raise TypeError(
            "heuristic: expected a name, a table of real numbers, a callable or a metric, "
            f"got {type(values).__name__} of dtype {table.dtype}"
        )
    is_single = len(goals) == 1 and table.shape == each
    if not is_single and table.shape not in (shape, (len(goals), mazes.num_states)):
        raise ValueError(
            f"heuristic: expected a table of shape {list(shape)}, got {list(table.shape)}"
        )
    return _as_float32(table).reshape(shape)


def _as_predictions(answer: object, size: int) -> NDArray[np.float32]:
    if not isinstance(answer, np.ndarray):
        raise HeuristicError(
            f"heuristic: expected a numpy array of {size} floats, got {type(answer).__name__}"
        )
    if answer.dtype.kind != "f":
        raise HeuristicError(f"heuristic: expected floats, got dtype {answer.dtype}")
    if answer.shape != (size,):
        raise HeuristicError(f"heuristic: expected shape [{size}], got {list(answer.shape)}")
    return _as_float32(answer)


def _as_float32(values: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # infinities are reported with the problem and state
        return np.ascontiguousarray(values, np.float32)


StateCallback: TypeAlias = Callable[
    [NDArray[np.int32], NDArray[np.int64]], NDArray[np.floating[Any]]
]


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


def resolved_in(
    domain: GraphDomain, heuristic: DomainHeuristic | StateCallback | None, goals: NDArray[np.int64]
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


Baseline: TypeAlias = Callable[[Any, Rows, int], Any]
"""A domain, goals ``[N, *S]`` and a seed to a table or a callable ``f(problem, state)``."""


def _zero(domain: Any, goals: Rows, seed: int) -> Any:
    return lambda problem, state: np.zeros(len(state), np.float32)


def _random(domain: Any, goals: Rows, seed: int) -> Any:
    def predict(problem: Int32s, state: Rows) -> NDArray[np.float32]:
        mixed = mix64(np.uint64(seed) + problem.astype(np.uint64))
        for column in state.reshape(len(state), -1).T:
            mixed = mix64(mixed + column.astype(np.uint64))
        return ((mixed >> np.uint64(40)) / 2.0**24).astype(np.float32)

    return predict


def _perfect(domain: Any, goals: Rows, seed: int) -> Any:
    worlds = [domain] * len(goals) if len(domain) == 1 else [domain[[i]] for i in range(len(goals))]
    tables = [d.distances(g[None]).reshape(-1) for d, g in zip(worlds, goals, strict=True)]
    found = np.array(tables, np.float32)
    return np.where(found < 0, domain.num_states, found)


def baselines_of(domain: Any) -> Mapping[str, Baseline]:
    """The heuristics of a domain that are not learned, by name."""
    if own := extra(domain, "baselines"):
        return own
    some: dict[str, Baseline] = {"zero": _zero, "random": _random}
    return some | ({"perfect": _perfect} if isinstance(domain, Enumerable) else {})
