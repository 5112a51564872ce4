"""A BroNet on a state and a goal together that says a number of steps."""

from __future__ import annotations

from torch import Tensor

from mlsearch.models.fused import LANES
from mlsearch.models.pair import PairBroNet
from mlsearch.models.trunk import steps_of
from mlsearch.models.views import Sizes


class BroNetRegressor(PairBroNet):
    """State and goal concatenated; steps = softplus(mean of the outputs).

    The number of outputs is the smallest that the compiled trunk takes.

    Args:
        sizes, hidden, num_blocks, agent: as of ``BroNet``.
    """

    def __init__(self, sizes: Sizes, hidden: int, num_blocks: int, agent: float) -> None:
        super().__init__(sizes, hidden, num_blocks, LANES, agent)

    def steps(
        self, context: Tensor, worlds: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        return steps_of(self.outputs(states, goal_features))
