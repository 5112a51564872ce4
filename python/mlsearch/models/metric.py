"""A metric: an encoder and a distance between its embeddings, scaled to steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mlsearch.models.base import DistanceModel, Encoder
from mlsearch.models.distances import DISTANCES


class EmbeddingMetric(DistanceModel):
    """steps = scale * distance(embedding of the state, embedding of the goal).

    A pseudometric by construction. The scale is positive, so it changes no ranking and
    breaks no triangle inequality; it is learned with the distance objective and set by
    calibration otherwise.

    Args:
        encoder: any ``Encoder``.
        distance: a name of ``mlsearch.models.distances.DISTANCES``.
    """

    def __init__(self, encoder: Encoder, distance: str) -> None:
        super().__init__()
        self.encoder = encoder
        self.between = DISTANCES[distance]
        self.log_scale = nn.Parameter(torch.zeros(()))

    @property
    def is_lookup(self) -> bool:  # type: ignore[override]
        return self.encoder.is_lookup

    def read(self, walls: Tensor, goals: Tensor | None = None) -> Tensor:
        return self.encoder.read(walls, goals)

    def embeddings(self, context: Tensor, mazes: Tensor, cells: Tensor) -> Tensor:
        """Embeddings of cells: int64 [...] (both) to float [..., D]."""
        return self.encoder.at(context, mazes, cells)

    def goal_features(self, context: Tensor, mazes: Tensor, goals: Tensor) -> Tensor:
        return self.embeddings(context, mazes, goals)

    def steps(
        self, context: Tensor, mazes: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        return self.scaled(self.between(self.embeddings(context, mazes, states), goal_features))

    def scaled(self, distances: Tensor) -> Tensor:
        """Distances between embeddings in steps: float [...] to the same."""
        return self.log_scale.exp() * distances

    @torch.no_grad()
    def multiply_scale(self, factor: float) -> None:
        """Make every predicted distance ``factor`` (> 0) times as long."""
        self.log_scale.add_(torch.as_tensor(factor).log())
