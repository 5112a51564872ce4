"""What a search found."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import read_only
from mlsearch.base.copies import kept, restore
from mlsearch.domains.costs import Costs, costs_of_paths
from mlsearch.domains.extras import extra, name_of, worlds_of
from mlsearch.domains.problems import Problems
from mlsearch.domains.words import moves_along


class SearchStatus(IntEnum):
    """How the search of a problem ended."""

    SOLVED = 0
    EXHAUSTED = 1
    """Nothing was left to expand."""
    OUT_OF_BUDGET = 2
    """``max_expansions``, ``max_generated`` or ``max_bytes`` was reached, and a state was left to
    expand."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SearchResult:
    """What :func:`solve` found, one entry per problem.

    Attributes:
        status: uint8 [N], values of :class:`SearchStatus`.
        expansions: int32 [N], states popped and not the goal; in a beam search, expanded.
        generated: int32 [N], states pushed, without the start; in a beam search, those found by
            its expansions up to the goal, also if they did not go on.
        steps: int32 [N], number of moves of the path; -1 where unsolved.
        cost: [N], what the path costs; -1 where unsolved. The number of its moves, int32; in a
            domain whose moves have costs their sum, float64.
        evaluations: states whose predicted distance was asked for, of all problems together.
        rounds: callback batches; 0 with a table.
        seconds: time of the whole call.
        seconds_heuristic: the part of it spent in the heuristic: making its table, or in its
            callback.
        path_begin: int64 [N], where the path of each solved problem begins in ``path_states``.
        path_states: ``[M, *S]``, the paths one after the other, in no particular order.
        seconds_domain: the part spent in ``neighbours`` of the domain; 0 where the domain is
            compiled, as mazes are.
        domain: that of the problems: one world for all of them, or one for each.
    """

    status: NDArray[np.uint8]
    expansions: NDArray[np.int32]
    generated: NDArray[np.int32]
    steps: NDArray[np.int32]
    cost: Costs
    evaluations: int
    rounds: int
    seconds: float
    seconds_heuristic: float
    path_begin: NDArray[np.int64]
    path_states: NDArray[Any]
    seconds_domain: float = 0.0
    domain: Any = None

    __getstate__, __setstate__ = kept, restore

    @cached_property
    def solved(self) -> NDArray[np.bool_]:
        """Whether the goal was reached, bool [N]."""
        return read_only(np.asarray(self.status == SearchStatus.SOLVED))

    @property
    def seconds_search(self) -> float:
        """The time of the call that was not spent in the heuristic or the domain."""
        return self.seconds - self.seconds_heuristic - self.seconds_domain

    def path(self, problem: int) -> NDArray[Any]:
        """The path that solves a problem.

        Args:
            problem: 0 to N - 1.

        Returns:
            ``[steps + 1, *S]``, the states from start to goal; in a maze int32, its cells.

        Raises:
            IndexError: there is no such problem.
            ValueError: it was not solved.
        """
        if not 0 <= problem < len(self):
            raise IndexError(f"problem: expected 0 to {len(self) - 1}, got {problem}")
        if not self.solved[problem]:
            status = SearchStatus(self.status[problem])
            raise ValueError(f"problem {problem} has no path: its search ended {status.name}")
        begin = self.path_begin[problem]
        return self.path_states[begin : begin + self.steps[problem] + 1]

    def move_numbers(self, problem: int) -> list[int]:
        """The moves that solve a problem, each from 0 to K - 1.

        Where several moves lead to the next state of the path, it is the first of them.

        Raises:
            IndexError, ValueError: as of :meth:`path`.
        """
        path, worlds = self.path(problem), worlds_of(self.domain, len(self))
        return moves_along(self.domain, path, int(worlds[problem]))

    def moves(self, problem: int) -> list[str]:
        """The moves that solve a problem, by name.

        ``domain.moves_text(result.move_numbers(problem))`` writes them as a person would.

        Raises:
            IndexError, ValueError: as of :meth:`path`.
            TypeError: the moves of the domain have no names.
        """
        names = extra(self.domain, "move_names")
        if names is None:
            raise TypeError(
                f"moves: domain {name_of(self.domain)!r} has no names of its moves "
                "(it lacks move_names); move_numbers() tells their numbers"
            )
        return [names[move] for move in self.move_numbers(problem)]

    def __len__(self) -> int:
        return len(self.status)

    def __repr__(self) -> str:
        return f"SearchResult({self.solved.sum()} of {len(self)} solved in {self.seconds:.3g} s)"


def joined(results: list[SearchResult], begin: float) -> SearchResult:
    """One result of all problems, given those of consecutive parts of them.

    Args:
        results: of the parts, at least one.
        begin: when the search began, as of ``time.perf_counter``.
    """
    if len(results) == 1:
        return replace(results[0], seconds=time.perf_counter() - begin)
    parts: dict[str, Any] = {
        name: read_only(np.concatenate([getattr(result, name) for result in results]))
        for name in ("status", "expansions", "generated", "steps", "cost", "path_states")
    }
    for name in ("evaluations", "rounds", "seconds_heuristic", "seconds_domain"):
        parts[name] = sum(getattr(result, name) for result in results)
    ends = np.cumsum([0, *(len(result.path_states) for result in results)])
    begins = [r.path_begin + end for r, end in zip(results, ends[:-1], strict=True)]
    path_begin = read_only(np.concatenate(begins))
    return SearchResult(**parts, path_begin=path_begin, seconds=time.perf_counter() - begin)


def result_of(
    found: tuple[Any, ...],
    problems: Problems,
    begin: float,
    seconds_heuristic: float,
    seconds_domain: float,
) -> SearchResult:
    """What a searcher found, as users get it: read-only, with costs.

    Args:
        found: as of :meth:`mlsearch.domains.extras.Searcher.search`.
        problems: what was searched.
        begin: when the search began, as of ``time.perf_counter``.
        seconds_heuristic, seconds_domain: as of ``SearchResult``.
    """
    status, expansions, generated, steps, path_begin, path_states, rounds, evaluations = found
    cost = costs_of_paths(problems.domain, path_states, path_begin, steps, problems.worlds)
    for array in (status, expansions, generated, steps, cost, path_begin, path_states):
        read_only(array)
    return SearchResult(
        status=status,
        expansions=expansions,
        generated=generated,
        steps=steps,
        cost=cost,
        evaluations=evaluations,
        rounds=rounds,
        seconds=time.perf_counter() - begin,
        seconds_heuristic=seconds_heuristic,
        path_begin=path_begin,
        path_states=path_states,
        seconds_domain=seconds_domain,
    )
