"""The supervised model: a BroNet on a state and a goal together, with classes of distances."""

from __future__ import annotations

import torch
from torch import Tensor

from mlsearch.models.base import DistanceModel
from mlsearch.models.sparse import SparseLinear, rows_of
from mlsearch.models.trunk import Trunk, init_orthogonal
from mlsearch.models.views import FEATURES, Sizes


class BroNetClassifier(DistanceModel):
    """State and goal concatenated, one logit for each distance.

    Class k stands for k steps; the last class for its number of steps or more. ``steps``
    is the expectation of the class, or the most probable class with ``readout="argmax"``.

    Args:
        sizes, hidden, num_blocks, agent: as of ``BroNet``.
        num_classes: number of distances told apart.
        readout: "expectation" or "argmax".
    """

    is_lookup = False
    view = FEATURES

    def __init__(
        self,
        sizes: Sizes,
        hidden: int,
        num_blocks: int,
        num_classes: int,
        agent: float,
        readout: str,
    ) -> None:
        super().__init__()
        self.sizes = sizes
        self.readout = readout
        self.first = SparseLinear(sizes, hidden, 2, agent)
        self.trunk = Trunk(hidden, num_blocks, num_classes)
        init_orthogonal(self)

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        return self.first.read(worlds)

    def goal_features(self, context: Tensor, worlds: Tensor, goals: Tensor) -> Tensor:
        """The first layer without the state: float [..., hidden]."""
        return rows_of(context, worlds) + self.first.active(goals, 1)

    def logits(self, states: Tensor, goal_features: Tensor) -> Tensor:
        """Scores of the distances: int64 [..., A], float [..., hidden] to [..., num_classes]."""
        scores: Tensor = self.trunk(goal_features + self.first.active(states, 0))
        return scores

    def steps(
        self, context: Tensor, worlds: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        logits = self.logits(states, goal_features)
        if self.readout == "argmax":
            return logits.argmax(dim=-1).to(logits.dtype)
        classes = torch.arange(logits.shape[-1], device=logits.device, dtype=logits.dtype)
        return logits.softmax(dim=-1) @ classes
