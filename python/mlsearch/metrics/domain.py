"""Learned distances between the states of a domain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from mlsearch.domains.checked import EncodedDomain, checked_states, encoded
from mlsearch.models.distances import Distance, l2

STATES_AT_ONCE = 8192


class DomainMetric:
    """A network that embeds the encoded states of a domain, as a metric on plain NumPy arrays.

    Args:
        network: features, float32 [M, F], to embeddings [M, D]; it is put into evaluation mode
            on ``device``.
        between: two embeddings [..., D] to their distance [...] in steps, see
            :mod:`mlsearch.models.distances`.
        device: "cpu" or "cuda".

    Example:
        >>> metric = mlsearch.DomainMetric(network)
        >>> metric.distance(domain, starts, goals)
        >>> mlsearch.solve(domain, starts, goals, metric).expansions.mean()
    """

    def __init__(self, network: nn.Module, between: Distance = l2, device: str = "cpu") -> None:
        self.network = network.to(device).eval()
        self.between = between
        self.device = torch.device(device)

    def distance(
        self, domain: EncodedDomain, states: ArrayLike, goals: ArrayLike
    ) -> NDArray[np.float32]:
        """Predicted distances.

        Args:
            domain: which encodes the states.
            states: integers [N], states.
            goals: integers [N], states; a single one for all.

        Returns:
            float32 [N], in steps.

        Raises:
            TypeError: the domain has no ``encode``, or states are not integers.
            ValueError: sizes do not match, or a state is negative.
            DomainError: ``encode`` answered with a wrong shape or dtype.
        """
        first = checked_states("states", states)
        last = checked_states("goals", goals, len(first))
        return self.heuristic(domain, last)(np.arange(len(first), dtype=np.int32), first)

    def heuristic(
        self, domain: EncodedDomain, goals: NDArray[np.int64]
    ) -> Callable[[NDArray[np.int32], NDArray[np.int64]], NDArray[np.float32]]:
        """What a search asks for predictions; the goals are embedded once, here."""
        targets, target = np.unique(goals, return_inverse=True)
        embedded = self._embeddings(domain, targets)
        index = torch.from_numpy(target.reshape(-1)).to(self.device)

        @torch.inference_mode()
        def predict(problem: NDArray[np.int32], state: NDArray[np.int64]) -> NDArray[np.float32]:
            goal = embedded[index[torch.from_numpy(problem).long().to(self.device)]]
            return self.between(self._embeddings(domain, state), goal).float().cpu().numpy()

        return predict

    @torch.inference_mode()
    def _embeddings(self, domain: EncodedDomain, states: NDArray[np.int64]) -> Tensor:
        features = torch.from_numpy(encoded(domain, states)).to(self.device)
        return torch.cat([self.network(part) for part in features.split(STATES_AT_ONCE)])
