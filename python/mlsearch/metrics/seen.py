"""A domain as a model sees it, as tensors on a device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from mlsearch.domains.contract import Rows
from mlsearch.models import Sizes
from mlsearch.models.views import View


class SeenDomain:
    """A domain as a model sees it, as tensors on a device.

    Args:
        domain: one world for all problems, or one for each.
        sizes: of the domain.
        view: of the model.
        device: of the model.
        pairs_at_once: states and goals for which one call runs.
    """

    def __init__(
        self, domain: Any, sizes: Sizes, view: View, device: torch.device, pairs_at_once: int
    ) -> None:
        self.domain, self.sizes, self.view = domain, sizes, view
        self.device, self.pairs_at_once = device, pairs_at_once

    def states(self, rows: Rows) -> torch.Tensor:
        """States, ``[M, *S]``, to int64 ``[M, *V]``."""
        seen = self.view.states(self.domain, rows)
        return torch.tensor(seen, dtype=torch.int64, device=self.device)

    def parts(
        self, num: int, states_each: int = 1
    ) -> Iterator[tuple[slice, torch.Tensor, torch.Tensor]]:
        """Which problems to do together, their worlds, and which of these each problem is in.

        The worlds are uint8 ``[B, ...]``, the single one for all problems or one for each of a
        part; the index is int64 ``[part]``.

        Args:
            num: N, the number of problems.
            states_each: states of each problem.
        """
        is_shared = len(self.domain) == 1
        shared = self._worlds(self.domain) if is_shared else None
        each = states_each if is_shared else max(states_each, self._world_size)
        for part in slices(num, self.pairs_at_once // each):
            index = torch.arange(part.stop - part.start, device=self.device)
            if shared is None:
                yield part, self._worlds(self.domain[part]), index
            else:
                yield part, shared, torch.zeros_like(index)

    def worlds(self) -> Iterator[torch.Tensor]:
        """All worlds, uint8 ``[B, ...]``, in the parts that should be read together."""
        for part in slices(len(self.domain), self.pairs_at_once // self._world_size):
            is_shared = len(self.domain) == 1
            yield self._worlds(self.domain if is_shared else self.domain[part])

    def _worlds(self, domain: Any) -> torch.Tensor:
        return torch.tensor(self.view.worlds(domain), device=self.device)

    @property
    def _world_size(self) -> int:
        """About how much a world costs to read, in states."""
        return self.sizes.num_features


def slices(num: int, size: int) -> Iterator[slice]:
    """Consecutive parts of ``num`` things, of ``size`` each, at least 1."""
    for first in range(0, num, max(1, size)):
        yield slice(first, min(first + max(1, size), num))
