"""Several processes that train or solve together; alone, everything here does nothing.

All weights of a model are one vector, so data parallelism is one all-reduce of one gradient:
no wrapper around the model is needed. Every process draws the same batches, which is cheap,
and works on its own part of each; so the result is that of one process with the whole batch,
up to rounding.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed


@contextmanager
def process_group(device: str) -> Iterator[None]:
    """Joins the processes that ``torchrun`` started; without it, does nothing.

    Args:
        device: "cpu" or "cuda"; each process of a machine takes a GPU of its own.

    Raises:
        ValueError: there are more processes on this machine than GPUs.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    if device == "cuda":
        _take_gpu(int(os.environ["LOCAL_RANK"]))
    # Imported later, its functions would keep the group as a default argument; the threads of
    # the group then outlive the interpreter, and the process is aborted at its end.
    importlib.import_module("torch.distributed.nn")
    distributed.init_process_group("cpu:gloo,cuda:nccl" if device == "cuda" else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def _take_gpu(local_rank: int) -> None:
    count = torch.cuda.device_count()
    if local_rank >= count:
        raise ValueError(f"--nproc-per-node: expected at most {count}, the GPUs of this machine")
    torch.cuda.set_device(local_rank)


def size() -> int:
    """The number of processes; 1 when alone."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def is_first() -> bool:
    """Whether this process is the one that writes files and prints."""
    return rank() == 0


def wait_for_all() -> None:
    """Returns once every process has come here."""
    if size() > 1:
        distributed.barrier()


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


def joined(array: NDArray[Any]) -> NDArray[Any]:
    """The arrays of all processes, one after the other, along their first axis.

    Args:
        array: numbers of the same dtype and, but for the first axis, the same shape
            everywhere.
    """
    if size() == 1:
        return array
    counts = torch.zeros(size(), dtype=torch.int64)
    counts[rank()] = len(array)
    distributed.all_reduce(counts)
    padded = np.zeros((int(counts.max()), *array.shape[1:]), array.dtype)
    padded[: len(array)] = array
    parts = [torch.from_numpy(np.empty_like(padded)) for _ in range(size())]
    distributed.all_gather(parts, torch.from_numpy(padded))
    return np.concatenate([p[:n].numpy() for p, n in zip(parts, counts, strict=True)])
