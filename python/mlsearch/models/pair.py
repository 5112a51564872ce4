"""A BroNet on a state and a goal together; what its outputs mean is for its subclasses to say."""

from __future__ import annotations

from torch import Tensor

from mlsearch.models.base import DistanceModel
from mlsearch.models.sparse import SparseLinear, rows_of
from mlsearch.models.trunk import Trunk, init_orthogonal
from mlsearch.models.views import FEATURES, Sizes


class PairBroNet(DistanceModel):
    """State and goal concatenated, each with a copy of the world beside it.

    Args:
        sizes, hidden, num_blocks, agent: as of ``BroNet``.
        num_outputs: O.
    """

    is_lookup = False
    view = FEATURES

    def __init__(
        self, sizes: Sizes, hidden: int, num_blocks: int, num_outputs: int, agent: float
    ) -> None:
        super().__init__()
        self.sizes = sizes
        self.first = SparseLinear(sizes, hidden, 2, agent)
        self.trunk = Trunk(hidden, num_blocks, num_outputs)
        init_orthogonal(self)

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        return self.first.read(worlds)

    def goal_features(self, context: Tensor, worlds: Tensor, goals: Tensor) -> Tensor:
        """The first layer without the state: float [..., hidden]."""
        return rows_of(context, worlds) + self.first.active(goals, 1)

    def outputs(self, states: Tensor, goal_features: Tensor) -> Tensor:
        """Of the network: int64 [..., A] and float [..., hidden] to float [..., O]."""
        return self.trunk.after_sums(self.first, goal_features, states)
