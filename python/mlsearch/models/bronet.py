"""BroNet, the residual network of the reproduced report, on the active features of states.

Source: Nauman et al. 2024, "Bigger, Regularized, Optimistic" (arXiv 2405.16158).
"""

from __future__ import annotations

from torch import Tensor

from mlsearch.models.base import Encoder
from mlsearch.models.sparse import SparseLinear
from mlsearch.models.trunk import Trunk, init_orthogonal
from mlsearch.models.views import FEATURES, Sizes


class BroNet(Encoder):
    """Encoder of states: one embedding for each state of a world.

    Args:
        sizes: of the domain; the network is bound to them.
        hidden: width of the network.
        num_blocks: number of residual blocks.
        embedding: number of outputs D.
        agent: the constant at the active features of a state.
    """

    is_lookup = False
    view = FEATURES

    def __init__(
        self, sizes: Sizes, hidden: int, num_blocks: int, embedding: int, agent: float
    ) -> None:
        super().__init__()
        self.sizes = sizes
        self.first = SparseLinear(sizes, hidden, 1, agent)
        self.trunk = Trunk(hidden, num_blocks, embedding)
        init_orthogonal(self)

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        return self.first.read(worlds)

    def at(self, context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
        return self.trunk.after_sums(self.first, context, states, worlds)
