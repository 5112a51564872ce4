"""Landmark waves: each coordinate of an embedding is when a learned wave arrives.

A wave starts at a landmark cell and spreads over the maze by one small convolution that is
applied again and again, the same for every cell, landmark and time step: an excitable
medium. A cell's coordinate is the time for which the wave had not reached it. Compared by
the max norm, such coordinates can hold any metric exactly (Frechet's embedding), so the
network has only to learn how waves travel: at which speed, in which directions, and that
walls stop them. It is told none of that.

Nothing depends on the size of the maze or the number of landmarks: train on a few landmarks
of small mazes, use many on large ones.

Sources: recurrent networks that carry over to larger mazes, Schwarzschild et al. 2021
(arXiv 2106.04537); maximal norm embeddings, Frechet 1910.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mlsearch.models.base import Encoder

CHECK_EVERY = 8
STILL = 1e-3


class LandmarkWave(Encoder):
    """Encoder of whole mazes of any size.

    In training, landmarks are random free cells; in evaluation they are spread evenly over
    the free cells in row-major order, the same at every call.

    Args:
        hidden: channels of the small network that says how the medium is at each cell.
        num_landmarks: number of coordinates D in evaluation, for each ``base_cells`` cells
            of the maze: larger mazes get more.
        num_training_landmarks: number of coordinates in training.
    """

    is_lookup = True
    base_cells = 400

    def __init__(self, hidden: int, num_landmarks: int, num_training_landmarks: int) -> None:
        super().__init__()
        self.num_landmarks = num_landmarks
        self.num_training_landmarks = num_training_landmarks
        gain = 4.0
        self.medium = nn.Sequential(
            nn.Conv2d(2, hidden, 3),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, 1),
            nn.ReLU(),
            nn.Conv2d(hidden, 1, 1),
        )
        self.kernel = nn.Parameter(gain * (0.75 + 0.5 * torch.rand(1, 1, 3, 3)))
        self.threshold = nn.Parameter(torch.tensor(0.5 * gain))
        self.spark = nn.Parameter(torch.tensor(3.0 * gain))

    def read(self, walls: Tensor) -> Tensor:
        """Arrival times: uint8 [B, H, W] to float [B, H * W, D]."""
        num_mazes, height, width = walls.shape
        landmarks = self.landmarks(walls)
        excitability = self.excitability(walls) - self.threshold
        sparks = functional.one_hot(landmarks, height * width).to(excitability)
        drive = excitability.flatten(1)[:, None] + self.spark * sparks
        drive = drive.view(-1, 1, height, width)
        times = self._spread(drive)
        return times.view(num_mazes, -1, height * width).transpose(1, 2)

    def at(self, context: Tensor, mazes: Tensor, cells: Tensor) -> Tensor:
        return context[mazes, cells]

    def landmarks(self, walls: Tensor) -> Tensor:
        """The cells from which waves start: uint8 [B, H, W] to int64 [B, D]."""
        flat = walls.flatten(1)
        free_first = flat.argsort(dim=1, stable=True)
        num_free = (flat == 0).sum(dim=1, keepdim=True).clamp(min=1)
        if self.training:
            # Drawn on the CPU, whose generator a run saves to resume exactly.
            share = torch.rand(len(flat), self.num_training_landmarks).to(flat.device)
        else:
            number = -(-self.num_landmarks * flat.shape[1] // self.base_cells)
            share = (torch.arange(number, device=flat.device)[None] + 0.5) / number
        return free_first.gather(1, (share * num_free).long())

    def excitability(self, walls: Tensor) -> Tensor:
        """How easily each cell is excited: uint8 [B, H, W] to float [B, 1, H, W]."""
        walls = functional.pad(walls, (1, 1, 1, 1), value=1).to(self.kernel.dtype)
        excitability: Tensor = self.medium(torch.stack([1 - walls, walls], dim=1))
        return excitability

    def _spread(self, drive: Tensor) -> Tensor:
        """Sum over time of 1 - wave, until no wave moves any more: float [N, 1, H, W]."""
        height, width = drive.shape[-2:]
        wave = torch.zeros_like(drive)
        times = torch.zeros_like(drive)
        for step in range(height * width):
            after = torch.sigmoid(functional.conv2d(wave, self.kernel, padding=1) + drive)
            is_due = step > height and step % CHECK_EVERY == 0
            if is_due and bool((after - wave).abs().max() < STILL):
                break
            wave = after
            times = times + (1 - wave)
        return times
