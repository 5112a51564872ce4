"""Several processes that train or solve together, and what each has to know of the others.

A process that is alone imports no PyTorch for this.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray


@contextmanager
def process_group(device: str) -> Iterator[None]:
    """Joins the processes that ``torchrun`` started; without it, does nothing.

    Args:
        device: "cpu" or "cuda"; each process of a machine takes a GPU of its own.

    Raises:
        ValueError: there are more processes on this machine than GPUs.
    """
    if _is_alone():
        yield
        return
    from torch import distributed

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


def _is_alone() -> bool:
    return int(os.environ.get("WORLD_SIZE", "1")) == 1


def _take_gpu(local_rank: int) -> None:
    import torch

    count = torch.cuda.device_count()
    if local_rank >= count:
        raise ValueError(f"--nproc-per-node: expected at most {count}, the GPUs of this machine")
    torch.cuda.set_device(local_rank)


def _size_and_rank() -> tuple[int, int]:
    if _is_alone():
        return 1, 0
    from torch import distributed

    if not distributed.is_initialized():
        return 1, 0
    return distributed.get_world_size(), distributed.get_rank()


def size() -> int:
    """The number of processes; 1 when alone."""
    return _size_and_rank()[0]


def rank() -> int:
    """The number of this process, from 0."""
    return _size_and_rank()[1]


def is_first() -> bool:
    """Whether this process is the one that writes files and prints."""
    return rank() == 0


def wait_for_all() -> None:
    """Returns once every process has come here."""
    if size() > 1:
        from torch import distributed

        distributed.barrier()


def joined(array: NDArray[Any]) -> NDArray[Any]:
    """The arrays of all processes, one after the other, along their first axis.

    Args:
        array: numbers of the same dtype and, but for the first axis, the same shape
            everywhere.
    """
    if size() == 1:
        return array
    import torch
    from torch import distributed

    counts = torch.zeros(size(), dtype=torch.int64)
    counts[rank()] = len(array)
    distributed.all_reduce(counts)
    padded = np.zeros((int(counts.max()), *array.shape[1:]), array.dtype)
    padded[: len(array)] = array
    parts = [torch.from_numpy(np.empty_like(padded)) for _ in range(size())]
    distributed.all_gather(parts, torch.from_numpy(padded))
    return np.concatenate([p[:n].numpy() for p, n in zip(parts, counts, strict=True)])


def exchanged(parts: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Sends an array to each process; what they have sent to this one, by process.

    Args:
        parts: one array for each process, of the same dtype and, but for the first axis, the same
            shape everywhere. The one for this process is returned as it is.
    """
    if size() == 1:
        return list(parts)
    import torch
    from torch import distributed

    lengths = joined(np.array([[len(part) for part in parts]], np.int64))[:, rank()]
    found = [np.empty((n, *parts[0].shape[1:]), parts[0].dtype) for n in lengths]
    found[rank()] = parts[rank()]
    others = [process for process in range(size()) if process != rank()]
    arrivals = [(torch.from_numpy(_as_bytes(found[p])), p) for p in others if len(found[p])]
    departures = [(torch.from_numpy(_as_bytes(parts[p])), p) for p in others if len(parts[p])]
    waiting = [distributed.irecv(*one) for one in arrivals]
    waiting += [distributed.isend(*one) for one in departures]
    for work in filter(None, waiting):  # None stands for processes of another group
        work.wait()
    return found


def _as_bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    """The bytes of an array, not copied if it is contiguous."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)
