"""A regressor that reads boards: walls, targets, and the things that stand on them.

A recurrent convolution reads what the world shows, in planes of cells, and gives each feature of
the board, such as "a box in this cell", a row of numbers. A state is the sum of the rows of its
active features, as in the first layer of a BroNet, except that here the rows are made anew for
each world. So what is learned of a wall in one level holds in all, and the convolution runs once
a world, not once a state.

Sources: recurrence with recall, Bansal et al. 2022 (arXiv 2202.05826); weights made by another
network, Ha et al. 2016, "HyperNetworks" (arXiv 1609.09106).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mlsearch.models.base import DistanceModel
from mlsearch.models.fused import LANES
from mlsearch.models.sparse import RowTable
from mlsearch.models.trunk import Trunk, init_orthogonal, steps_of
from mlsearch.models.views import BOARDS


class BoardRegressor(DistanceModel):
    """Steps = softplus(mean of the outputs of a trunk on a state and a goal together).

    Args:
        num_planes: P, planes of the board.
        hidden, num_blocks: of the trunk, as of ``BroNet``.
        channels: of the convolution.
        iterations: how often its block is applied to a board whose longer side is ``BASE_SIDE``;
            in proportion on others.
    """

    is_lookup = False
    view = BOARDS
    BASE_SIDE = 10

    def __init__(
        self, num_planes: int, hidden: int, num_blocks: int, channels: int, iterations: int
    ) -> None:
        super().__init__()
        self.num_planes, self.hidden, self.iterations = num_planes, hidden, iterations
        self.see = nn.Conv2d(num_planes + 1, channels, 3, padding=1)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.first_norm = nn.GroupNorm(1, channels)
        self.second_norm = nn.GroupNorm(1, channels)
        self.rows = nn.Conv2d(channels, num_planes * hidden, 1)
        self.goal = nn.Linear(hidden, hidden)
        self.trunk = Trunk(hidden, num_blocks, LANES)
        init_orthogonal(self)

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        """The rows of all features: uint8 [B, P, H, W] to float [B, P * H * W + 1, hidden].

        The last row, zero, is that of all features that are on no plane.

        Raises:
            ValueError: the worlds have another number of planes.
        """
        if worlds.shape[1] != self.num_planes:
            raise ValueError(
                f"worlds: this model was made for boards of {self.num_planes} planes, "
                f"got {worlds.shape[1]}"
            )
        shown = worlds.to(self.see.weight.dtype)
        is_inside = torch.ones_like(shown[:, :1])  # the padding round it is 0
        recall = self.see(torch.cat([shown, is_inside], dim=1))
        cells = torch.zeros_like(recall)
        for _ in range(-(-self.iterations * max(worlds.shape[2:]) // self.BASE_SIDE)):
            change = functional.relu(self.first_norm(self.first(cells) + recall))
            cells = functional.relu(self.second_norm(self.second(change) + cells))
        rows = self.rows(cells).view(len(worlds), self.num_planes, self.hidden, -1)
        flat = rows.transpose(2, 3).flatten(1, 2)
        return functional.pad(flat, (0, 0, 0, 1))

    def goal_features(self, context: Tensor, worlds: Tensor, goals: Tensor) -> Tensor:
        features: Tensor = self.goal(RowTable(context).active(_rows(context, worlds, goals)))
        return features

    def steps(
        self, context: Tensor, worlds: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        rows = _rows(context, worlds, states)
        base = goal_features.expand(*rows.shape[:-1], self.hidden)
        outputs = self.trunk.after_sums(RowTable(context), base, rows)
        return steps_of(outputs)


def _rows(context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
    """Where the rows of states are, all worlds' one after another: int64 [..., A]."""
    each = context.shape[1]
    return states.clamp(max=each - 1) + worlds[..., None] * each
