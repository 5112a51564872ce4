"""Learned waves over mazes as compiled operations, on the CPU.

PyTorch goes over all waves anew for each of the operations of a time step, and keeps every step
for the gradient. ``mlsearch._core.wave_times`` takes sixteen waves at a time through all steps
while they are in the cache, and ``wave_gradient`` computes them again. In mazes of more than 1,024
cells, waves that end by themselves compute a cell only while its surroundings change, so that a
wave costs as much as the maze has cells, however long the ways in it are. The results are the same
up to rounding, and the same with any number of threads.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mlsearch import _core

NUM_THREADS = 0
"""Of the kernels; 0 for all cores. It does not change the result."""


def can_be_compiled(drive: Tensor) -> bool:
    """Whether the waves are of a kind, and in a place, that the kernels know."""
    is_plain = drive.dtype == torch.float32 and drive.is_cpu
    return is_plain and not torch.is_autocast_enabled("cpu")


def wave_times(drive: Tensor, kernel: Tensor, num_steps: int) -> Tensor:
    """How long each cell waits for a wave of so many time steps; recorded by autograd.

    Args:
        drive: float32 [N, H, W], on the CPU.
        kernel: float32 [3, 3].
        num_steps: of time.

    Returns:
        float32 [N, H, W], in time steps.
    """
    times: Tensor = _Times.apply(drive, kernel, num_steps)  # type: ignore[no-untyped-call]
    return times


def wave_times_until_still(
    drive: Tensor, kernel: Tensor, longest: int, check_every: int, still: float
) -> Tensor:
    """The same, for waves that each end when no cell changes by ``still`` any more.

    Args:
        drive, kernel: as of ``wave_times``; no gradient is recorded.
        longest: number of steps after which they end at last.
        check_every: steps from one check to the next, from as many as the maze has rows.
        still: smallest change that matters.
    """
    arrays = drive.detach().contiguous().numpy(), kernel.detach().contiguous().numpy()
    return torch.from_numpy(_core.wave_times(*arrays, longest, check_every, still, NUM_THREADS))


def waves_after(drive: Tensor, kernel: Tensor, num_steps: int) -> Tensor:
    """The waves themselves after so many steps; no gradient is recorded.

    Args:
        drive, kernel, num_steps: as of ``wave_times``.

    Returns:
        float32 [N, H, W], from 0 to 1.
    """
    arrays = drive.detach().contiguous().numpy(), kernel.detach().contiguous().numpy()
    return torch.from_numpy(_core.waves_after(*arrays, num_steps, NUM_THREADS))


class _Times(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, drive: Tensor, kernel: Tensor, num_steps: int) -> Tensor:
        drive, kernel = drive.contiguous(), kernel.contiguous()
        ctx.save_for_backward(drive, kernel)
        ctx.num_steps = num_steps
        return wave_times_until_still(drive, kernel, num_steps, check_every=0, still=0.0)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        drive, kernel = (tensor.numpy() for tensor in ctx.saved_tensors)
        of_times = gradients[0].contiguous().numpy()
        of_drive, of_kernel = _core.wave_gradient(
            drive, kernel, ctx.num_steps, of_times, NUM_THREADS
        )
        return torch.from_numpy(of_drive), torch.from_numpy(of_kernel), None
