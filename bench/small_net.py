"""A first layer with the smallest trunk behind it, which is how its kernel can be called alone."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from mlsearch import _core
from mlsearch.models.fused import FusedTrunk
from mlsearch.models.trunk import Trunk


class SmallNet:
    """A sum of weight rows, then a layer norm and one linear layer.

    Args:
        num_features: of a state; a state and a goal have a copy each if there are two copies.
        num_active: features of a state.
        num_copies: 1 or 2.
        hidden: numbers in a row.
        out: of the linear layer.

    Attributes:
        table: the weight rows, float32 [num_copies * num_features, hidden].
        bias: what is added to their sum, float32 [hidden].
        trunk: what follows.
        core: both as kernels.
        gradients: float32 [number of weights], which ``core`` writes: of table, bias and trunk.
    """

    def __init__(
        self, num_features: int, num_active: int, num_copies: int, hidden: int, out: int
    ) -> None:
        torch.manual_seed(0)
        self.table = nn.Parameter(torch.randn(num_copies * num_features, hidden))
        self.bias = nn.Parameter(torch.randn(hidden))
        self.trunk = Trunk(hidden, 0, out)
        parts = [p.detach().flatten() for p in (self.table, self.bias, *self.trunk.parameters())]
        weights = torch.cat(parts).numpy()
        self.gradients = np.zeros_like(weights)
        sizes = num_features, num_active, num_copies, 1.0, hidden, 0, out
        self.core = _core.BroNet(weights, self.gradients, *sizes)

    def fused_trunk(self) -> FusedTrunk:
        """The trunk as a kernel that autograd knows."""
        to = torch.zeros(sum(p.numel() for p in self.trunk.parameters()))
        return FusedTrunk(self.trunk.parameters(), *self.trunk.sizes, to)

    def plain_trunk(self, x: torch.Tensor) -> torch.Tensor:
        """The trunk by PyTorch."""
        return nn.Sequential.forward(self.trunk, x)

    def table_gradients(self) -> np.ndarray:
        """What ``core`` found for the table."""
        return self.gradients[: self.table.numel()].reshape(self.table.shape)
