"""Tensors of several processes that train together; alone, everything here does nothing.

All weights of a model are one vector, so data parallelism is one all-reduce of one gradient:
no wrapper around the model is needed. Every process draws the same batches, which is cheap,
and works on its own part of each; so the result is that of one process with the whole batch,
up to rounding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

from mlsearch.learning.processes import rank, size


def average(gradient: Tensor, values: Tensor) -> Tensor:
    """Replaces a gradient by its mean over all processes, in place, by one all-reduce.

    Args:
        gradient: float [P].
        values: float [K], what else to average on the way.

    Returns:
        float [K], the means of ``values``.
    """
    if size() == 1:
        return values
    both = torch.cat([gradient, values.to(gradient.dtype)])
    distributed.all_reduce(both)
    both /= size()
    gradient.copy_(both[: len(gradient)])
    return both[len(gradient) :]


def gather(rows: Tensor) -> Tensor:
    """The rows of all processes, one process after the other: float [N, D] to [size * N, D].

    Its gradient is right where every process computes the same loss from all rows, and
    gradients are averaged afterwards (``average``): each then owes the whole loss only the
    gradient of its own rows, times the number of processes. So nothing is sent backwards.
    """
    gathered: Tensor = rows if size() == 1 else _Gather.apply(rows)  # type: ignore[no-untyped-call]
    return gathered


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        ctx.own = slice(rank() * len(rows), (rank() + 1) * len(rows))
        parts = [torch.empty_like(rows) for _ in range(size())]
        distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0][ctx.own] * size()


def any_true(*flags: bool) -> list[bool]:
    """For each flag, whether it is set in any process."""
    if size() == 1:
        return list(flags)
    numbers = torch.tensor(flags, dtype=torch.int32)
    distributed.all_reduce(numbers, distributed.ReduceOp.MAX)
    return [bool(number) for number in numbers]
