"""What one would write by hand: a map-style dataset and a network over flat states."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from mlsearch.data.trajectories import Trajectories
from mlsearch.models import BroNetClassifier, EmbeddingMetric
from mlsearch.models.bronet import MazeLinear

GAMMA = 0.9
AGENT = 2.0  # what a written-out state has on the agent's cell; a wall is 1 and a free cell 0


class PlainPairs(Dataset):
    """Pairs of a trajectory, made item by item with NumPy.

    An item is (world, anchor, positive, offset).
    """

    def __init__(self, data: Trajectories, size: int) -> None:
        self.data, self.size = data, size
        self.usable = np.flatnonzero(data.lengths > 0)
        self.rng = np.random.default_rng(0)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, item: int) -> tuple:
        index = int(self.usable[item % len(self.usable)])
        states = self.data[index]
        anchor = int(self.rng.integers(len(states) - 1))
        longest = len(states) - 1 - anchor
        mass = self.rng.random() * (1 - GAMMA**longest)
        offset = 1 + min(longest - 1, int(np.log1p(-mass) / np.log(GAMMA)))
        return self.data.worlds[index], states[anchor], states[anchor + offset], offset


class EncodedPairs(PlainPairs):
    """The same, with both states written out: (..., offset, anchor's input, positive's input)."""

    def __init__(self, data: Trajectories, size: int, agent: float = AGENT) -> None:
        super().__init__(data, size)
        self.agent = agent
        self.walls = data.domain.walls.reshape(len(data.domain), -1).astype(np.float32)

    def __getitem__(self, item: int) -> tuple:
        world, *cells, offset = super().__getitem__(item)
        inputs = (encoded(self.walls[world], cell, self.agent) for cell in cells)
        return world, *cells, offset, *inputs


def encoded(walls: np.ndarray, cell: int, agent: float = AGENT) -> np.ndarray:
    """A state: the walls, and a constant on the agent's cell."""
    state = walls.copy()
    state[cell] = agent
    return state


class PlainNetwork(nn.Module):
    """A BroNet over written-out inputs, with the weights of one of ours.

    Args:
        first: the first layer to copy.
        trunk: what follows it.
    """

    def __init__(self, first: MazeLinear, trunk: nn.Sequential) -> None:
        super().__init__()
        self.first = nn.Linear(*first.weight.shape)
        self.first.weight.data = first.weight.data.T.contiguous()
        self.first.bias.data = first.bias.data.clone()
        self.trunk = nn.Sequential(*copy.deepcopy(trunk))  # PyTorch's layers, not our kernel

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.trunk(self.first(inputs))


def plain_copy(model: EmbeddingMetric | BroNetClassifier) -> PlainNetwork:
    """The plain network that computes what ``model`` does."""
    part = model.encoder if isinstance(model, EmbeddingMetric) else model
    return PlainNetwork(part.first, part.trunk)
