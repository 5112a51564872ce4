"""Landmark waves: each coordinate of an embedding is when a learned wave arrives.

A wave starts at a landmark cell and spreads over the maze by one small convolution that is
applied again and again, the same for every cell, landmark and time step: an excitable
medium. A cell's coordinate is the time for which the wave had not reached it. Compared by
the max norm, such coordinates can hold any metric exactly (Frechet's embedding), so the
network has only to learn how waves travel: at which speed, in which directions, and that
walls stop them. It is told none of that.

Nothing depends on the size of the maze or the number of landmarks: train on a few landmarks
of small mazes, use many on large ones.

Landmarks grow with the area, up to ``max_landmarks``. What holds, by construction:

- Between any two states, by embeddings: with the max norm a pseudometric on any map. 0 from a
  state to itself, symmetric, and no longer than any detour. With waves that told the truth it would
  be a lower bound of it, exact where one of the two states is a landmark.
- From all states to a goal, on maps that would have more than ``max_landmarks``: there the goal
  itself is the landmark, and the only one, so ``h(s) = |wave_goal(s) - wave_goal(goal)|``. It is 0
  at the goal and never negative. It is symmetric and bounded by detours only as far as waves tell
  the truth; if they told it, it would be exact.

Neither depends on which other goals are asked for at the same time.

A cell that no wave has reached is not quite at 0, and how far from it depends on the walls beside
it. Over hundreds of steps that makes up for steps, so that on maps of more than ``max_landmarks``
the waiting time is divided by how much of each time step a cell at rest waits.

Sources: recurrent networks that carry over to larger mazes, Schwarzschild et al. 2021
(arXiv 2106.04537); embeddings into the max norm, Frechet 1910; farthest-point landmarks,
Gonzalez 1985.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mlsearch.models.base import Encoder
from mlsearch.models.compiled_wave import (
    can_be_compiled,
    wave_times,
    wave_times_until_still,
    waves_after,
)

GAIN = 4.0
MAX_BYTES = 2**31  # of the arrival times of one call
CHECK_EVERY = 8
REST_STEPS = 40  # after which a cell that no wave reaches is at rest, to the rounding of float32
STILL = 1e-3
SHORTEST_WAIT = 1e-3


class LandmarkWave(Encoder):
    """Encoder of whole maps of any size.

    In training the landmarks are the goals of the batch. In evaluation each landmark is the
    free cell farthest from those before it, in the learned arrival times themselves; the first is
    the one farthest from the first free cell, and of several the first in the map is taken.

    Args:
        hidden: channels of the small network that says how excitable each cell is.
        num_landmarks: number of coordinates D for every ``BASE_CELLS`` cells of the map.
        training_iterations: time steps in training. In evaluation, waves run until still.
        max_landmarks: largest number of coordinates for a map of any size, if it is not below
            ``num_landmarks``.
    """

    is_lookup = True
    BASE_CELLS = 400

    def __init__(
        self,
        hidden: int,
        num_landmarks: int,
        training_iterations: int,
        max_landmarks: int = 64,
    ) -> None:
        super().__init__()
        self.num_landmarks = num_landmarks
        self.max_landmarks = max(max_landmarks, num_landmarks)
        self.training_iterations = training_iterations
        self.medium = nn.Sequential(
            nn.Conv2d(2, hidden, 3),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, 1),
            nn.ReLU(),
            nn.Conv2d(hidden, 1, 1),
        )
        kernel = 0.75 + 0.5 * torch.rand(1, 1, 3, 3) + 0.2 * torch.randn(1, 1, 3, 3)
        self.kernel = nn.Parameter(GAIN * kernel)
        self.rest = nn.Parameter(torch.tensor(-0.5 * GAIN))
        self.spark = nn.Parameter(torch.tensor(3.0 * GAIN))

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        """Arrival times: uint8 [B, H, W] to float [B, H * W, D].

        Args:
            worlds: uint8 [B, H, W], maps of walls.
            goals: int64 [B, D], the landmarks to use; None to choose them.

        Raises:
            ValueError: the arrival times at chosen landmarks would take more than 2 GiB.
        """
        if goals is not None:
            return self.arrival_times(self.drive(worlds), goals).transpose(1, 2)
        self._check_memory(len(worlds), worlds[0].numel())
        survey = self.survey(worlds)
        drive = self.drive(worlds) if survey is None else survey
        return self._from_farthest_points(drive, worlds.flatten(1) == 0)

    def at(self, context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
        return context[worlds, states]

    def survey(self, worlds: Tensor) -> Tensor | None:
        """What waves need of maps that would have more than ``max_landmarks``; None for others.

        Args:
            worlds: uint8 [B, H, W].

        Returns:
            float [B, 2, H, W], the drive, and how much of a time step a cell waits that no wave has
            reached: 1 minus its value at rest, and above 0, also where untrained weights have cells
            that are never at rest.
        """
        if self._by_area(worlds[0].numel()) <= self.max_landmarks:
            return None
        drive = self.drive(worlds)
        waits = (1 - self._at_rest(drive)).clamp(min=SHORTEST_WAIT)
        return torch.stack([drive, waits], dim=1)

    def towards(self, survey: Tensor, goals: Tensor) -> Tensor:
        """How far the goals' own waves travel: [B, 2, H, W], int64 [B, G] to [B, G, H * W]."""
        times = self._times(survey, goals)
        return (times - times.gather(2, goals[..., None])).abs()

    def _times(self, drive: Tensor, landmarks: Tensor) -> Tensor:
        """Arrival times, of a survey in full time steps: int64 [B, K] to float [B, K, H * W]."""
        if drive.ndim == 3:
            return self.arrival_times(drive, landmarks)
        driven, waits = drive.unbind(1)
        return self.arrival_times(driven, landmarks) / waits.flatten(1)[:, None]

    def drive(self, walls: Tensor) -> Tensor:
        """How excitable each cell is: uint8 [B, H, W] to float [B, H, W]."""
        walls = functional.pad(walls, (1, 1, 1, 1), value=1).to(self.kernel.dtype)
        return self.medium(torch.stack([1 - walls, walls], dim=1))[:, 0] + self.rest

    def arrival_times(self, drive: Tensor, landmarks: Tensor) -> Tensor:
        """How long each cell waits for each wave.

        Args:
            drive: float [B, H, W].
            landmarks: int64 [B, K], cells.

        Returns:
            float [B, K, H * W], in time steps.
        """
        num_maps, height, width = drive.shape
        sparks = functional.one_hot(landmarks, height * width).to(drive.dtype)
        sparked = drive.flatten(1)[:, None] + self.spark * sparks
        times = self._spread(sparked.view(-1, height, width))
        return times.view(num_maps, -1, height * width)

    def _spread(self, drive: Tensor) -> Tensor:
        """The sum over time of 1 - wave: float [N, H, W] to the same."""
        limit = self.training_iterations if self.training else drive.shape[1] * drive.shape[2]
        kernel = self.kernel[0, 0]
        if not can_be_compiled(drive):
            return self._spread_by_pytorch(drive, limit)
        if self.training:
            return wave_times(drive, kernel, limit)
        if drive.requires_grad and torch.is_grad_enabled():
            return self._spread_by_pytorch(drive, limit)
        return wave_times_until_still(drive, kernel, limit, CHECK_EVERY, STILL)

    def _spread_by_pytorch(self, drive: Tensor, limit: int) -> Tensor:
        num_waves, height = drive.shape[:2]
        # All waves as channels of one depthwise convolution: by far the fastest layout.
        kernel = self.kernel.expand(num_waves, 1, 3, 3)
        drive = drive[None].contiguous(memory_format=torch.channels_last)
        wave = torch.zeros_like(drive)
        reached = torch.zeros_like(drive)
        ends = drive.new_full((1, num_waves, 1, 1), limit)  # a wave ends once it is still
        for time in range(limit):
            excitation = functional.conv2d(wave, kernel, padding=1, groups=num_waves) + drive
            after = torch.sigmoid(excitation)
            if not self.training and time >= height and time % CHECK_EVERY == 0:
                is_still = (after - wave).abs().amax((2, 3), keepdim=True) < STILL
                ends = torch.where(is_still, ends.clamp(max=time), ends)
                if bool((ends <= time).all()):
                    break
            wave = after
            reached = reached + (wave if self.training else wave * (time < ends))
        return (ends - reached)[0]

    def _at_rest(self, drive: Tensor) -> Tensor:
        """What cells are while no wave reaches them: float [B, H, W] to the same, 0 to 1."""
        if can_be_compiled(drive) and not (drive.requires_grad and torch.is_grad_enabled()):
            return waves_after(drive, self.kernel[0, 0], REST_STEPS)
        rest = torch.zeros_like(drive)
        for _ in range(REST_STEPS):
            spread = functional.conv2d(rest[:, None], self.kernel, padding=1)
            rest = torch.sigmoid(spread[:, 0] + drive)
        return rest

    def _from_farthest_points(self, drive: Tensor, is_free: Tensor) -> Tensor:
        """Embeddings with landmarks chosen one by one: float [B, H * W, D]."""
        maps = torch.arange(len(drive), device=drive.device)
        first = is_free.to(torch.uint8).argmax(dim=1)
        times = self._times(drive, first[:, None])[:, 0]
        from_first = times - times[maps, first, None]
        landmark = from_first.masked_fill(~is_free, -1).argmax(dim=1)
        nearest = torch.full_like(times, torch.inf).masked_fill(~is_free, -1)
        columns = []
        for _ in range(self._number_of_landmarks(is_free.shape[1])):
            times = self._times(drive, landmark[:, None])[:, 0]
            columns.append(times)
            nearest = torch.minimum(nearest, times - times[maps, landmark, None])
            landmark = nearest.argmax(dim=1)
        return torch.stack(columns, dim=2)

    def _number_of_landmarks(self, cells: int) -> int:
        return min(self._by_area(cells), self.max_landmarks)

    def _by_area(self, cells: int) -> int:
        return -(-self.num_landmarks * cells // self.BASE_CELLS)

    def _check_memory(self, maps: int, cells: int) -> None:
        needed = 4 * maps * cells * self._number_of_landmarks(cells)
        if needed > MAX_BYTES:
            raise ValueError(
                f"worlds: landmark waves on {maps} maps of {cells} cells would take "
                f"{needed / 2**30:.1f} GiB, the limit is {MAX_BYTES / 2**30:.0f} GiB"
            )
