"""Where a search gets its predicted distances from."""

from __future__ import annotations

import math
import time
from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.checks import answered
from mlsearch.base.errors import HeuristicError
from mlsearch.base.plugins import find
from mlsearch.base.protocols import offers
from mlsearch.base.streams import STEP, mix64
from mlsearch.domains.contract import Domain, Enumerable, Int32s, Rows
from mlsearch.domains.extras import Searcher, extra, require
from mlsearch.domains.rows import keys

Table: TypeAlias = NDArray[np.floating[Any]]
Callback: TypeAlias = Callable[[Int32s, Rows], NDArray[np.floating[Any]]]
Baseline: TypeAlias = Callable[[Any, Rows, int], Table | Callback]
"""A function of a domain, goals ``[N, *S]`` and a seed, to what ``Metric.heuristic`` returns."""

MAX_TABLES_BYTES = 2**32


@runtime_checkable
class Metric(Protocol):
    """What can lead a search in any domain, for example a learned distance."""

    def heuristic(self, domain: Any, goals: Rows) -> Table | Callback:
        """Predicted distances to the goals of N problems.

        Args:
            domain: one world for all problems, or one for each.
            goals: ``[N, *S]``, states; in a maze int32 ``[N]``, cells.

        Returns:
            A callable ``f(problem, state)`` from int32 ``[M]`` and ``[M, *S]``, the numbers of
            problems and states, to real numbers ``[M]``: an array, a list or a tensor. Or a table
            of all states: in mazes ``[N, H, W]``, in any other
            :class:`~mlsearch.domains.contract.Enumerable` domain ``[N, num_states]``.
        """
        ...


Heuristic: TypeAlias = str | Metric | Callback | ArrayLike


class CheckedCallback:
    """A callback whose answers are checked, and timed in ``seconds``.

    Args:
        callback: the callable to ask.
    """

    def __init__(self, callback: Callback) -> None:
        self.seconds = 0.0
        self._callback = callback

    def __call__(self, problem: Int32s, state: Rows) -> NDArray[np.float32]:
        """The answer for M states, float32 ``[M]``.

        Raises:
            HeuristicError: it is not M real numbers.
        """
        begin, size = time.perf_counter(), len(state)
        try:
            return _as_predictions(self._callback(problem, state), size)
        finally:
            self.seconds += time.perf_counter() - begin


def resolved(
    heuristic: Heuristic | None, domain: Domain, goals: Rows
) -> NDArray[np.float32] | CheckedCallback:
    """A heuristic in one of two forms.

    Args:
        heuristic: a baseline's name, a table, a callable or a :class:`Metric`.
        domain: one world for all problems, or one for each.
        goals: ``[N, *S]``, states.

    Returns:
        A table, float32 ``[N, H, W]`` in mazes and ``[N, num_states]`` elsewhere, or a callback.

    Raises:
        TypeError: ``heuristic`` is none of these, or needs what the domain lacks.
        ValueError: the baseline is unknown, or the table has another shape.
        HeuristicError: the table of a metric has a wrong shape or dtype.
    """
    if isinstance(heuristic, np.ndarray):  # fast path: isinstance on a Protocol is slow
        return _checked_table(heuristic, domain, len(goals))
    if isinstance(heuristic, str):
        return _checked(baseline(heuristic, domain, goals), domain, len(goals))
    if offers(heuristic, Metric):
        answer = heuristic.heuristic(domain, goals)
        try:
            return _checked(answer, domain, len(goals))
        except (TypeError, ValueError) as error:
            raise HeuristicError(f"the metric gave a bad table: {error}") from error
    return _checked(heuristic, domain, len(goals))


def looked_up(table: NDArray[np.float32], domain: Enumerable) -> CheckedCallback:
    """A table, float32 ``[N, num_states]``, as a callback."""
    return CheckedCallback(lambda problem, state: table[problem, domain.index(state)])


def _checked(answer: Any, domain: Domain, num: int) -> NDArray[np.float32] | CheckedCallback:
    return CheckedCallback(answer) if callable(answer) else _checked_table(answer, domain, num)


def _checked_table(values: ArrayLike | None, domain: Any, num: int) -> NDArray[np.float32]:
    table = answered("heuristic", values)
    if table.dtype.kind not in "fiu":
        raise TypeError(
            "heuristic: expected a name, a table of real numbers, a callable or a metric, "
            f"got {type(values).__name__} of dtype {table.dtype}"
        )
    each = _table_shape(domain)
    shapes = [(num, *each), (num, math.prod(each))]
    if table.shape not in (shapes if num != 1 else [*shapes, each]):
        raise ValueError(
            f"heuristic: expected a table of shape {[num, *each]}, got {list(table.shape)}"
        )
    return _as_float32(table).reshape(num, *each)


def _table_shape(domain: Any) -> tuple[int, ...]:
    searcher: Searcher | None = extra(domain, "compiled")
    if searcher is not None and searcher.table_shape is not None:
        return tuple(searcher.table_shape)
    require(domain, Enumerable, "heuristic: a table")
    return (domain.num_states,)


def _as_predictions(answer: object, size: int) -> NDArray[np.float32]:
    try:
        array = answered("heuristic", answer)
    except ValueError as error:
        raise HeuristicError(str(error)) from error
    if array.dtype.kind not in "fiu":
        got = f"dtype {array.dtype}" if answer is array else type(answer).__name__
        raise HeuristicError(f"heuristic: expected {size} real numbers, got {got}")
    if array.shape != (size,):
        raise HeuristicError(f"heuristic: expected shape [{size}], got {list(array.shape)}")
    return _as_float32(array)


def _as_float32(values: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(all="ignore"):  # infinities are reported with the problem and state
        return np.ascontiguousarray(values, np.float32)


# Baselines ----------------------------------------------------------------------------------


def baselines_of(domain: Domain) -> Mapping[str, Baseline]:
    """The baselines of a domain by name, in the order in which they are shown.

    These are ``BASELINES``, "perfect" only where the domain has tables, and what the domain
    brings under the extra ``baselines``, which comes before "perfect".
    """
    own: Mapping[str, Baseline] = extra(domain, "baselines") or {}
    found = {name: own.get(name, BASELINES[name]) for name in BASELINES if name != "perfect"}
    found.update(own)
    if offers(domain, Enumerable):
        found.setdefault("perfect", BASELINES["perfect"])
    return found


def baseline(name: str, domain: Domain, goals: Rows, seed: int = 0) -> Table | Callback:
    """The predicted distances of a baseline.

    Args:
        name: of ``baselines_of(domain)``.
        domain: one world for all goals, or one for each.
        goals: ``[N, *S]``, states.
        seed: 0 to 2**64 - 1; used by ``"random"`` alone.

    Raises:
        TypeError: the domain lacks what the baseline needs.
        ValueError: the name is unknown.
    """
    known = ChainMap(extra(domain, "baselines") or {}, BASELINES)  # a view: plugins may add
    answer = find(known, name, "heuristic")(domain, goals, seed)
    return _Named(answer, (name, domain, goals, seed)) if callable(answer) else answer


class _Named:
    """The callable of a baseline; its copies and pickles make it again from its name."""

    def __init__(self, callback: Callback, arguments: tuple[str, Domain, Rows, int]) -> None:
        self._callback, self._arguments = callback, arguments

    def __call__(self, problem: Int32s, state: Rows) -> NDArray[np.floating[Any]]:
        return self._callback(problem, state)

    def __reduce__(self) -> tuple[Any, ...]:
        return baseline, self._arguments


def _zero(domain: Domain, goals: Rows, seed: int) -> Callback:
    return lambda problem, state: np.zeros(len(state), np.float32)


def _random(domain: Domain, goals: Rows, seed: int) -> Callback:
    begin = mix64(np.array([seed], np.uint64) + STEP)
    little = domain.states.dtype.newbyteorder("<")

    def predict(problem: Int32s, state: Rows) -> NDArray[np.float32]:
        bytes_of = np.ascontiguousarray(state, little).view(np.uint8).reshape(len(state), -1)
        words = np.pad(bytes_of, ((0, 0), (0, -bytes_of.shape[1] % 8))).view("<u8")
        hashed = mix64(begin + problem.astype(np.uint64) * STEP)
        for word in words.T:
            hashed = mix64(hashed ^ word)
        return (hashed >> np.uint64(40)).astype(np.float32) / np.float32(2**24)

    return predict


def _perfect(domain: Any, goals: Rows, seed: int) -> Callback:
    """Ground-truth distances; more than any path where there is no way."""
    require(domain, Enumerable, "heuristic 'perfect'")
    first = table_of = np.arange(len(goals))
    if len(domain) == 1:
        _, first, table_of = np.unique(keys(goals, domain.states), True, True)
    _check_size(len(first), domain.num_states)
    at_once = len(domain)  # distances() takes a goal for each world
    parts = [_distances(domain, goals[part]) for part in first.reshape(-1, at_once)]
    tables = np.concatenate([np.empty((0, domain.num_states), np.float32), *parts])
    return lambda problem, state: tables[table_of.reshape(-1)[problem], domain.index(state)]


def _distances(domain: Any, goals: Rows) -> NDArray[np.float32]:
    found = answered("distances", domain.distances(goals)).reshape(len(goals), domain.num_states)
    no_way = max(domain.num_states, float(found.max(initial=0)) + 1)
    return np.where(found < 0, no_way, found).astype(np.float32)


def _check_size(num_goals: int, num_states: int) -> None:
    size = 4 * num_goals * num_states
    if size > MAX_TABLES_BYTES:
        raise ValueError(
            f"heuristic 'perfect': tables of {num_states} states for {num_goals} goals take "
            f"{size / 2**30:.1f} GiB, the limit is {MAX_TABLES_BYTES / 2**30:.0f} GiB: solve "
            "fewer problems at a time"
        )


BASELINES: dict[str, Baseline] = {"zero": _zero, "random": _random, "perfect": _perfect}
"""Baselines of every domain by name.

- ``"zero"``: 0 everywhere, so that search order is the order of discovery.
- ``"random"``: uniform over [0, 1), from the seed, the number of the problem and the bytes of
  the state alone.
- ``"perfect"``: the ground-truth distance, in domains that have tables.
"""
