"""The beam search of one problem over all processes of a group.

A hash of its bytes says which process owns a state. A process expands the states of a layer that
are its own, sends what it finds to the owners, and these drop what they know already and ask for
predictions. Only the predictions of the best go to all. The result is that of one process, to the
last state, since the order of states is kept beside them: the rank of the parent in its layer, then
the number of the move.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import HeuristicError
from mlsearch.domains.contract import Rows
from mlsearch.domains.problems import Problems
from mlsearch.domains.rows import checked_neighbours, keys
from mlsearch.learning import processes
from mlsearch.search.heuristics import CheckedCallback, Heuristic, looked_up, resolved
from mlsearch.search.result import SearchResult, SearchStatus, result_of

NO_LIMIT = 2**31 - 1
NEVER = np.iinfo(np.int64).max
Orders = NDArray[np.int64]


@dataclass(frozen=True)
class Layer:
    """The states of a layer that this process owns.

    Attributes:
        ranks: int64 ``[M]``, their places in the layer, rising.
        parents: int64 ``[M]``, the ranks of their parents in the layer before.
        rows: ``[M, *S]``.
        width: the number of states of all processes.
    """

    ranks: Orders
    parents: Orders
    rows: Rows
    width: int


@dataclass(frozen=True)
class Found:
    """New states that this process owns: ``[M, *S]``, and their orders, rising."""

    rows: Rows
    orders: Orders


def spread_beam(
    problem: Problems,
    heuristic: Heuristic,
    beam_width: int,
    max_expansions: int | None = None,
    max_generated: int | None = None,
) -> SearchResult:
    """What ``solve`` finds with ``beam_width``, by all processes together.

    Every process of the group calls it with the same arguments and gets the same result. Memory and
    work are shared out; the predictions of the best states of a layer go to all.

    Args:
        problem: a single one, the same everywhere.
        heuristic: as of :func:`mlsearch.solve`; its values must not depend on the batch.
        beam_width: states that go on from each layer.
        max_expansions: a budget; None for none.
        max_generated: a budget in generated states; None for none.

    Raises:
        ValueError: there is more than one problem.
        HeuristicError: a predicted distance is NaN or infinite.
    """
    if len(problem) != 1:
        raise ValueError(f"problem: expected a single one, got {len(problem)}")
    limits = [NO_LIMIT if limit is None else limit for limit in (max_expansions, max_generated)]
    return _Search(problem, heuristic, beam_width, *limits).run()


class _Search:
    def __init__(
        self, problem: Problems, heuristic: Any, width: int, max_expansions: int, max_generated: int
    ) -> None:
        self.begin = time.perf_counter()
        self.problem, self.domain, self.spec = problem, problem.domain, problem.domain.states
        source = resolved(heuristic, self.domain, problem.goals)
        if isinstance(source, np.ndarray):
            source = looked_up(source.reshape(1, -1), self.domain)
        self.ask: CheckedCallback = source
        self.width, self.limits = width, (max_expansions, max_generated)
        self.expansions = self.generated = self.evaluations = 0
        self.seen = keys(problem.starts[:0], self.spec)
        self.layers: list[Layer] = []

    def run(self) -> SearchResult:
        start = self.problem.starts
        if self.are_goals(start)[0]:
            return self.result(SearchStatus.SOLVED, start)
        is_own = _owners(start, self.spec) == processes.rank()
        first = np.zeros(int(is_own[0]), np.int64)
        self.keep(Layer(first, first, start[is_own], 1))
        while True:
            ended = self.advance(self.layers[-1])
            if ended is not None:
                return ended

    def advance(self, layer: Layer) -> SearchResult | None:
        """Expands a layer and keeps the next one; the result if the search ends in it."""
        left = self.limits[0] - self.expansions
        if left <= 0 or self.generated >= self.limits[1]:
            return self.result(SearchStatus.OUT_OF_BUDGET)
        expanded = min(layer.width, left)
        found = self.found_from(layer, expanded)
        counts = _summed(np.bincount(found.orders // self.num_moves, minlength=expanded))
        before = self.generated + np.concatenate([[0], np.cumsum(counts)])
        stop = min(expanded, int(np.searchsorted(before, self.limits[1])))
        goal = self.first_goal(found)
        if goal < stop * self.num_moves:
            self.expansions += goal // self.num_moves + 1
            self.generated += int(_summed(np.array([(found.orders <= goal).sum()]))[0])
            return self.result(SearchStatus.SOLVED, self.path_to(found, goal))
        self.expansions += stop
        self.generated = int(before[stop])
        if stop < layer.width:
            return self.result(SearchStatus.OUT_OF_BUDGET)
        if counts.sum() == 0:
            return self.result(SearchStatus.EXHAUSTED)
        self.evaluations += int(counts.sum())
        self.keep(self.best_of(found))
        return None

    @property
    def num_moves(self) -> int:
        return int(self.domain.num_moves)

    def found_from(self, layer: Layer, expanded: int) -> Found:
        """The unseen neighbours of the first states of a layer that this process owns."""
        chosen = layer.ranks < expanded
        parents = layer.ranks[chosen]
        children = self.neighbours(layer.rows[chosen])
        orders = (parents[:, np.newaxis] * self.num_moves + np.arange(self.num_moves)).reshape(-1)
        rows = children.reshape(-1, *self.spec.shape)
        owner = _owners(rows, self.spec)
        parts = [np.flatnonzero(owner == process) for process in range(processes.size())]
        orders = np.concatenate(processes.exchanged([orders[part] for part in parts]))
        rows = np.concatenate(processes.exchanged([rows[part] for part in parts]))
        return self.new_of(Found(rows, orders))

    def neighbours(self, rows: Rows) -> Rows:
        """``[M, *S]`` to ``[M, K, *S]``; the domain is not asked about none."""
        if len(rows) == 0:
            return np.empty((0, self.num_moves, *self.spec.shape), self.spec.dtype)
        return checked_neighbours(self.domain, rows, np.zeros(len(rows), np.int32))

    def new_of(self, found: Found) -> Found:
        """Those that are in no layer so far, each once, where it was found first."""
        sorted_ = np.argsort(found.orders)
        known = keys(found.rows[sorted_], self.spec)
        _, first = np.unique(known, return_index=True)  # the first of equal ones
        first = np.sort(first)
        fresh = sorted_[first[~np.isin(known[first], self.seen)]]
        return Found(found.rows[fresh], found.orders[fresh])

    def are_goals(self, rows: Rows) -> NDArray[np.bool_]:
        mask = self.spec.goal_mask
        same = rows == self.problem.goals
        if mask is not None:
            same |= ~mask
        return same.reshape(len(rows), self.spec.size).all(axis=1)

    def first_goal(self, found: Found) -> int:
        """The order of the goal among what all processes have found, or ``NEVER``."""
        own = found.orders[self.are_goals(found.rows)]
        return int(processes.joined(np.array([own.min(initial=NEVER)])).min())

    def best_of(self, found: Found) -> Layer:
        """The next layer: the smallest predictions, the first found among equals."""
        values = self.predictions(found.rows)
        if not np.isfinite(values).all():
            bad = values[~np.isfinite(values)][0]
            raise HeuristicError(f"heuristic: a predicted distance is {bad}")
        own = np.lexsort((found.orders, values))[: self.width]
        all_values, all_orders = processes.joined(values[own]), processes.joined(found.orders[own])
        best = all_orders[np.lexsort((all_orders, all_values))[: self.width]]
        ranks = np.flatnonzero(np.isin(best, found.orders))
        chosen = np.searchsorted(found.orders, best[ranks])
        return Layer(ranks, best[ranks] // self.num_moves, found.rows[chosen], len(best))

    def predictions(self, rows: Rows) -> NDArray[np.float32]:
        """Of this process's states, float32 ``[M]``; nobody is asked about none."""
        if len(rows) == 0:
            return np.empty(0, np.float32)
        return self.ask(np.zeros(len(rows), np.int32), rows) + np.float32(0)  # no -0.0

    def keep(self, layer: Layer) -> None:
        self.layers.append(layer)
        self.seen = np.concatenate([self.seen, keys(layer.rows, self.spec)])

    def path_to(self, found: Found, goal: int) -> Rows:
        """The states from the start to the goal that was found: ``[steps + 1, *S]``."""
        path = [processes.joined(found.rows[found.orders == goal])]
        rank = goal // self.num_moves
        for layer in reversed(self.layers):
            own = layer.ranks == rank
            path.append(processes.joined(layer.rows[own]))
            rank = int(processes.joined(layer.parents[own])[0])
        return np.concatenate(path[::-1])

    def result(self, status: SearchStatus, path: Rows | None = None) -> SearchResult:
        states = self.problem.starts[:0] if path is None else path
        counts = (self.expansions, self.generated, len(states) - 1)
        found = (
            np.array([status], np.uint8),
            *(np.array([count], np.int32) for count in counts),
            np.zeros(1, np.int64),
            states,
            max(len(self.layers) - 1, 0),
            self.evaluations,
        )
        return result_of(found, self.problem, self.begin, self.ask.seconds, 0.0)


def _summed(counts: NDArray[Any]) -> NDArray[np.int64]:
    """Counts of all processes, added up."""
    return processes.joined(counts[np.newaxis].astype(np.int64)).sum(axis=0)


def _owners(rows: Rows, spec: Any) -> NDArray[np.int64]:
    """The process that owns each state, by a hash of its bytes: ``[M, *S]`` to int64 ``[M]``."""
    size = rows.dtype.itemsize * spec.size
    bytes_ = np.ascontiguousarray(rows).reshape(-1).view(np.uint8).reshape(len(rows), size)
    weights = np.random.Generator(np.random.Philox(0)).integers(2**63, size=size, dtype=np.uint64)
    sums = (bytes_ * (2 * weights + 1)).sum(axis=1, dtype=np.uint64)
    return ((sums >> np.uint64(33)) % np.uint64(processes.size())).astype(np.int64)
