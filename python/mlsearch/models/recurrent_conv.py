"""A recurrent network that reads a whole map and embeds every cell, told of no waves or landmarks.

Each cell holds some numbers. In each iteration, the same for every cell, it looks at how far each
number is largest among its free neighbours above its own, mixes these rises, and adds what comes
of them to what it holds. So what is known at a cell travels on by one cell an iteration. Nothing is
normalised on the way: a number can count steps, as a distance must be. Weights are shared over
space and time: nothing depends on the size of the map.

The mixing starts near the identity, from which numbers flood into neighbours with smaller ones;
from random mixing it learns much more slowly, see ``docs/results/walls.md``.

Sources: "deep thinking" networks with recall, Bansal et al. 2022 (arXiv 2202.05826); the maximum of
differences to neighbours, Wang et al. 2019, "Dynamic graph CNN" (arXiv 1801.07829); why a maximum
suits shortest paths, Xu et al. 2020, "What can neural networks reason about?" (arXiv 1905.13211).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mlsearch.models.base import Encoder

FAR_BELOW = 1e9  # what is known in walls, so that it is never the largest
NOISE = 0.02
RATE = 0.5  # of what a cell lacks, added in an iteration at the start of training


class RecurrentConv(Encoder):
    """Encoder of whole maps of any size, with no landmarks: what a cell is, in D numbers.

    Args:
        hidden: numbers at a cell.
        embedding: size of an embedding, D.
        iterations: how often a map is gone over whose longer side is ``BASE_SIDE``; in
            proportion on larger maps. What is known travels so many cells.
    """

    is_lookup = True
    BASE_SIDE = 20

    def __init__(self, hidden: int, embedding: int, iterations: int) -> None:
        super().__init__()
        self.iterations = iterations
        self.start = nn.Conv2d(4, hidden, 3, padding=1)
        self.recall = nn.Conv2d(4, hidden, 3, padding=1)
        self.mix = _near_identity(hidden, 1.0)
        self.add = _near_identity(hidden, RATE)
        self.out = nn.Linear(hidden, embedding)

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        """Embeddings of all cells: uint8 [B, H, W] to float [B, H * W, D]."""
        free = (worlds == 0).to(self.out.weight.dtype)[..., None]
        shown = self._shown(free)
        recall = self.recall(shown).movedim(1, -1)
        cells = self.start(shown).movedim(1, -1) * free
        for _ in range(-(-self.iterations * max(worlds.shape[1:]) // self.BASE_SIDE)):
            change = functional.relu(self.mix(rises(cells, free)) + recall)
            cells = cells + self.add(change) * free
        return self.out(cells).flatten(1, 2)

    def at(self, context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
        return context[worlds, states]

    def _shown(self, free: Tensor) -> Tensor:
        """Free, wall, row and column in units of ``BASE_SIDE``: [B, H, W, 1] to [B, 4, H, W]."""
        num_maps, height, width, _ = free.shape
        rows = torch.arange(height, dtype=free.dtype, device=free.device) / self.BASE_SIDE
        columns = torch.arange(width, dtype=free.dtype, device=free.device) / self.BASE_SIDE
        grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1)
        places = grid.expand(num_maps, height, width, 2)
        return torch.cat([free, 1 - free, places], dim=-1).movedim(-1, 1)


def rises(cells: Tensor, free: Tensor) -> Tensor:
    """How far the largest of the free neighbours, above, below, left and right, is above a cell.

    Args:
        cells: float [B, H, W, C], 0 in walls; each channel by itself.
        free: float [B, H, W, 1], 1 in free cells and 0 in walls.

    Returns:
        float [B, H, W, C]; 0 where no free neighbour is larger, and in walls.
    """
    masked = (cells + (free - 1) * FAR_BELOW).movedim(-1, 1)
    upright = functional.max_pool2d(masked, (3, 1), stride=1, padding=(1, 0)).movedim(1, -1)
    across = functional.max_pool2d(masked, (1, 3), stride=1, padding=(0, 1)).movedim(1, -1)
    # The larger of the two; the gradient of torch.maximum takes several times as long.
    return (upright - cells + functional.relu(across - upright)) * free


def _near_identity(size: int, gain: float) -> nn.Linear:
    """A linear map of a cell's numbers that starts as ``gain`` times themselves, and noise."""
    layer = nn.Linear(size, size)
    with torch.no_grad():
        layer.weight.normal_(std=NOISE).add_(torch.eye(size), alpha=gain)
    return layer
