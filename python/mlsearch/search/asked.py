"""Searches in domains that are asked for neighbours, once a round for all problems."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch import _core
from mlsearch.domains.contract import Domain, Rows
from mlsearch.domains.costs import costs_of_moves, has_costs
from mlsearch.domains.extras import worlds_of
from mlsearch.domains.rows import checked_neighbours

MAX_ACTIVE = 4096


class AskedSearcher:
    """A :class:`~mlsearch.domains.extras.Searcher` of any domain.

    Args:
        domain: one world for all problems, or one for each.
    """

    table_shape = None
    max_active = MAX_ACTIVE

    def __init__(self, domain: Domain) -> None:
        self.seconds = 0.0
        self._domain = domain

    def search(
        self, starts: Rows, goals: Rows, heuristic: Any, max_active: int, options: dict[str, Any]
    ) -> _core._SearchOutcome:
        """As of the protocol; the heuristic is a callable.

        Raises:
            DomainError: the domain answered with a wrong shape or dtype, or with bad costs.
        """
        worlds = worlds_of(self._domain, len(starts))
        needs_costs = options.get("weight") is not None and has_costs(self._domain)

        def neighbours(
            problem: NDArray[np.int32], state: Rows
        ) -> tuple[Rows, NDArray[np.float64] | None]:
            begin = time.perf_counter()
            try:
                found = checked_neighbours(self._domain, state, worlds[problem])
                if not needs_costs:
                    return found, None
                return found, costs_of_moves(self._domain, found, worlds[problem])
            finally:
                self.seconds += time.perf_counter() - begin

        return _core.search_states(
            starts,
            goals,
            neighbours,
            heuristic,
            goal_mask=self._domain.states.goal_mask,
            num_moves=self._domain.num_moves,
            max_active=max_active,
            **options,
        )
