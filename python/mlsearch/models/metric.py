"""A metric: an encoder and a distance between its embeddings, scaled to steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mlsearch.models.base import DistanceModel, Encoder
from mlsearch.models.distances import Distance, is_largest, is_symmetric
from mlsearch.models.views import Sizes, View


class EmbeddingMetric(DistanceModel):
    """steps = scale * distance(embedding of the state, embedding of the goal).

    A pseudometric or a quasimetric if the distance is one. The scale is positive, so it changes
    no ranking and breaks no triangle inequality; it is learned with the distance objective and
    set by calibration otherwise.

    Args:
        encoder: any ``Encoder``.
        between: the distance between two tensors of embeddings, see
            :mod:`mlsearch.models.distances`; a module is trained with the encoder.
    """

    def __init__(self, encoder: Encoder, between: Distance) -> None:
        super().__init__()
        self.encoder = encoder
        self.between = between
        self.log_scale = nn.Parameter(torch.zeros(()))

    @property
    def is_lookup(self) -> bool:  # type: ignore[override]
        return self.encoder.is_lookup

    @property
    def is_symmetric(self) -> bool:  # type: ignore[override]
        return is_symmetric(self.between)

    @property
    def view(self) -> View:  # type: ignore[override]
        return self.encoder.view

    @property
    def sizes(self) -> Sizes | None:  # type: ignore[override]
        return self.encoder.sizes

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        return self.encoder.read(worlds, goals)

    def embeddings(self, context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
        """Embeddings of states: int64 [...] and [..., *V] to float [..., D]."""
        return self.encoder.at(context, worlds, states)

    def goal_features(self, context: Tensor, worlds: Tensor, goals: Tensor) -> Tensor:
        return self.embeddings(context, worlds, goals)

    def steps(
        self, context: Tensor, worlds: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        return self.scaled(self.between(self.embeddings(context, worlds, states), goal_features))

    def survey(self, worlds: Tensor) -> Tensor | None:
        return self.encoder.survey(worlds) if is_largest(self.between) else None

    def towards(self, survey: Tensor, goals: Tensor) -> Tensor:
        return self.scaled(self.encoder.towards(survey, goals))

    def scaled(self, distances: Tensor) -> Tensor:
        """Distances between embeddings in steps: float [...] to the same."""
        return self.log_scale.exp() * distances

    @torch.no_grad()
    def multiply_scale(self, factor: float) -> None:
        """Make every predicted distance ``factor`` (> 0) times as long."""
        self.log_scale.add_(torch.as_tensor(factor).log())
