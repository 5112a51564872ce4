"""A recurrent convolutional network that reads a whole map and embeds every cell.

One residual block of two 3 x 3 convolutions is applied again and again, with the map shown
to it anew each time, so that what is known at a cell travels to its neighbours. Weights are
shared over space and time: nothing depends on the size of the map.

Source: "deep thinking" networks with recall, Bansal et al. 2022 (arXiv 2202.05826).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mlsearch.models.base import Encoder


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of each cell: float [B, C, H, W] to the same."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


class RecurrentConv(Encoder):
    """Encoder of whole maps of any size, with no landmarks: what a cell is, in D numbers.

    Args:
        hidden: channels.
        embedding: size of an embedding, D.
        iterations: how often the block is applied to a map whose longer side is
            ``BASE_SIDE``; in proportion on larger maps.
    """

    is_lookup = True
    BASE_SIDE = 20

    def __init__(self, hidden: int, embedding: int, iterations: int) -> None:
        super().__init__()
        self.iterations = iterations
        self.maze = nn.Conv2d(4, hidden, 3, padding=1)
        self.first = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.second = nn.Conv2d(hidden, hidden, 3, padding=1)
        self.first_norm = ChannelNorm(hidden)
        self.second_norm = ChannelNorm(hidden)
        self.out = nn.Conv2d(hidden, embedding, 1)

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        """Embeddings of all cells: uint8 [B, H, W] to float [B, H * W, D]."""
        free = (1 - worlds.to(self.out.weight.dtype))[:, None]
        recall = self.maze(torch.cat([free, 1 - free, self._coordinates(free)], dim=1))
        features = torch.zeros_like(recall)
        for _ in range(-(-self.iterations * max(worlds.shape[1:]) // self.BASE_SIDE)):
            change = functional.relu(self.first_norm(self.first(features) + recall))
            change = functional.relu(self.second_norm(self.second(change) + features))
            features = change * free
        return self.out(features).flatten(2).transpose(1, 2)

    def at(self, context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
        return context[worlds, states]

    def _coordinates(self, free: Tensor) -> Tensor:
        """Row and column in units of ``BASE_SIDE``: float [B, 2, H, W]."""
        num_maps, _, height, width = free.shape
        rows = torch.arange(height, dtype=free.dtype, device=free.device) / self.BASE_SIDE
        columns = torch.arange(width, dtype=free.dtype, device=free.device) / self.BASE_SIDE
        grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))
        return grid.expand(num_maps, 2, height, width)
