"""What every encoder and every distance model promises."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Encoder(ABC, nn.Module):
    """Turns cells of mazes into embeddings, in two steps.

    ``read`` looks at a whole maze once; ``at`` then answers for any of its cells. An
    encoder of states does the part that all states of a maze share in ``read``; an
    encoder of whole mazes does everything there and only looks up in ``at``.

    Attributes:
        is_lookup: ``at`` is an indexing operation, so a table of all cells costs nothing.
    """

    is_lookup: bool

    @abstractmethod
    def read(self, walls: Tensor, goals: Tensor | None = None) -> Tensor:
        """Look at mazes.

        Args:
            walls: uint8 [B, H, W], 1 on walls.
            goals: int64 [B, K], the goals that the answers will be used for, when they are
                known beforehand, as in training. An encoder may do without.

        Returns:
            The context, float [B, ...], to be handed to ``at``.

        Raises:
            ValueError: the encoder was made for another size of maze.
        """

    @abstractmethod
    def at(self, context: Tensor, mazes: Tensor, cells: Tensor) -> Tensor:
        """Embeddings of cells.

        Args:
            context: what ``read`` returned, [B, ...].
            mazes: int64 [...], which maze of the context.
            cells: int64 [...], cells of those mazes, of a shape that broadcasts with it.

        Returns:
            float [..., D].
        """

    def embed(self, walls: Tensor) -> Tensor:
        """Embeddings of all cells: uint8 [B, H, W] to float [B, H * W, D]."""
        num_mazes, height, width = walls.shape
        mazes = torch.arange(num_mazes, device=walls.device)[:, None]
        cells = torch.arange(height * width, device=walls.device)[None, :]
        return self.at(self.read(walls), mazes, cells)


class DistanceModel(ABC, nn.Module):
    """A network that predicts the number of steps from a state to a goal.

    The work is split so that nothing is done twice: ``read`` once per maze,
    ``goal_features`` once per goal, ``steps`` once per state.

    Attributes:
        is_lookup: ``steps`` runs no network, so predicting a whole table is cheap.
    """

    is_lookup: bool

    @abstractmethod
    def read(self, walls: Tensor, goals: Tensor | None = None) -> Tensor:
        """The context of mazes, as of ``Encoder.read``: uint8 [B, H, W] to float [B, ...]."""

    @abstractmethod
    def goal_features(self, context: Tensor, mazes: Tensor, goals: Tensor) -> Tensor:
        """What is worth computing once per goal: int64 [...] (both) to float [..., F]."""

    @abstractmethod
    def steps(
        self, context: Tensor, mazes: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        """Predicted distances in steps.

        Args:
            context: from ``read``.
            mazes: int64 [...].
            states: int64 [...], cells.
            goal_features: float [..., F], from ``goal_features``.

        Returns:
            float [...], never negative.
        """
