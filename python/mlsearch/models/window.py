"""A BroNet on what is near a place of a map, and where on the map it is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mlsearch.models.base import Encoder
from mlsearch.models.trunk import Trunk, init_orthogonal
from mlsearch.models.views import Sizes


class WindowBroNet(Encoder):
    """Encoder of states as the agent sees them.

    The input is the window of walls around the agent (0 free, 1 wall, 2 outside of the map)
    and its row and column, one-hot. A flat map gives the network hundreds of numbers of
    which only a few matter at each state; this gives it those few.

    Args:
        sizes, hidden, num_blocks, embedding: as of ``BroNet``.
        radius: the window is 2 * radius + 1 cells high and wide.
        agent: the constant on the agent's row and column.

    Raises:
        ValueError: the domain has no maps.
    """

    is_lookup = False
    OUTSIDE = 2

    def __init__(
        self,
        sizes: Sizes,
        hidden: int,
        num_blocks: int,
        embedding: int,
        radius: int,
        agent: float,
    ) -> None:
        super().__init__()
        if sizes.map_shape is None:
            raise ValueError(f"model.encoder: bronet_window reads maps, got {sizes}")
        self.sizes = sizes
        self.shape = height, width = sizes.map_shape
        self.radius = radius
        self.agent = agent
        self.first = nn.Linear((2 * radius + 1) ** 2 + height + width, hidden)
        self.trunk = Trunk(hidden, num_blocks, embedding)
        init_orthogonal(self)

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        """The maps with a margin: uint8 [B, H, W] to float [B, H + 2 R, W + 2 R]."""
        if worlds.shape[1:] != self.shape:
            raise ValueError(
                f"worlds: this model was made for maps of {self.shape[0]} x {self.shape[1]}, "
                f"got {' x '.join(map(str, worlds.shape[1:]))}"
            )
        margin = [self.radius] * 4
        padded = nn.functional.pad(worlds, margin, value=self.OUTSIDE)
        return padded.to(self.first.weight.dtype)

    def at(self, context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
        height, width = self.shape
        worlds, states = torch.broadcast_tensors(worlds, states)
        rows, columns = states // width, states % width
        side = 2 * self.radius + 1
        windows = context.unfold(1, side, 1).unfold(2, side, 1)[worlds, rows, columns]
        position = [nn.functional.one_hot(rows, height), nn.functional.one_hot(columns, width)]
        seen = torch.cat([windows.flatten(-2), self.agent * torch.cat(position, dim=-1)], dim=-1)
        embeddings: Tensor = self.trunk(self.first(seen.to(context.dtype)))
        return embeddings
