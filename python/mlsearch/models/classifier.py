"""The supervised model: a BroNet on a state and a goal together, with classes of distances."""

from __future__ import annotations

import torch
from torch import Tensor

from mlsearch.models.pair import PairBroNet
from mlsearch.models.views import Sizes


class BroNetClassifier(PairBroNet):
    """State and goal concatenated, one logit for each distance.

    Class k stands for k steps; the last class for its number of steps or more. ``steps``
    is the expectation of the class, or the most probable class with ``readout="argmax"``.

    Args:
        sizes, hidden, num_blocks, agent: as of ``BroNet``.
        num_classes: number of distances that have a class.
        readout: "expectation" or "argmax".
    """

    def __init__(
        self,
        sizes: Sizes,
        hidden: int,
        num_blocks: int,
        num_classes: int,
        agent: float,
        readout: str,
    ) -> None:
        super().__init__(sizes, hidden, num_blocks, num_classes, agent)
        self.readout = readout

    def steps(
        self, context: Tensor, worlds: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        logits = self.outputs(states, goal_features)
        if self.readout == "argmax":
            return logits.argmax(dim=-1).to(logits.dtype)
        classes = torch.arange(logits.shape[-1], device=logits.device, dtype=logits.dtype)
        return logits.softmax(dim=-1) @ classes
