"""PyTorch as this package expects it, whatever a caller has set, and the caller's own afterwards.

Set are the default dtype (float32), the default device ("cpu"), the precision of float32 products
and convolutions (full), autocast (off), whether gradients are recorded, and the threads of the CPU:
one, or as many as the environment variable ``OMP_NUM_THREADS`` says, since sums depend on their
number. Convolutions on a GPU add in the same order every time. The flag for deterministic
algorithms at large stays as it is: it changes no result here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple, TypeVar

import torch

T = TypeVar("T")

DEVICES = ("cpu", "cuda")


@contextmanager
def settled(learns: bool = False) -> Iterator[None]:
    """Within it PyTorch does what this package expects. It may be entered by several threads.

    Args:
        learns: whether gradients are recorded.
    """
    with ExitStack() as stack:
        stack.enter_context(_OF_PROCESS)
        stack.enter_context(torch.inference_mode(not learns))
        stack.enter_context(torch.set_grad_enabled(learns))
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(_num_threads())
        if torch.empty(0).device.type != "cpu":  # get_default_device misses some before 2.5
            stack.enter_context(torch.device("cpu"))
        for device in DEVICES:
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        yield


def checked_device(device: str | torch.device) -> torch.device:
    """A device, if it is there.

    Raises:
        ValueError: it is neither the CPU nor a CUDA GPU, or PyTorch sees no such GPU.
    """
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError):
        raise ValueError(f"device: expected 'cpu' or 'cuda', got {device!r}") from None
    if found.type not in DEVICES:
        raise ValueError(f"device: expected 'cpu' or 'cuda', got {device!r}")
    num = torch.cuda.device_count() if found.type == "cuda" else 1
    if (found.index or 0) >= num:
        seen = f"{num} of them" if num else "none"
        raise ValueError(f"device: expected a GPU, got {str(device)!r}, but PyTorch sees {seen}")
    return found


def _num_threads() -> int:
    """Threads of PyTorch: these networks are too small to gain from more than one."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, int(given)) if given.isdecimal() else 1


class _Flags(NamedTuple):
    """What all threads of a process share.

    Attributes:
        dtype: the default one.
        products: the precision of products of float32; None where a caller has set it for each
            backend apart, as for ``has_tf32``.
        has_tf32: whether convolutions of float32 on a GPU may round to TF32.
        is_ordered: whether they add in the same order every time.
    """

    dtype: torch.dtype = torch.float32
    products: str | None = "highest"
    has_tf32: bool | None = False
    is_ordered: bool = True

    @classmethod
    def now(cls) -> _Flags:
        """As they are."""
        cudnn = torch.backends.cudnn
        products = _unless_mixed(torch.get_float32_matmul_precision)
        has_tf32 = _unless_mixed(lambda: cudnn.allow_tf32)
        return cls(torch.get_default_dtype(), products, has_tf32, cudnn.deterministic)

    def replace(self, now: _Flags) -> None:
        """Makes them so, where they are otherwise; leaves alone what ``now`` could not read."""
        if now.dtype != self.dtype:
            torch.set_default_dtype(self.dtype)
        if self.products is not None and now.products not in (None, self.products):
            torch.set_float32_matmul_precision(self.products)
        if self.has_tf32 is not None and now.has_tf32 not in (None, self.has_tf32):
            torch.backends.cudnn.allow_tf32 = self.has_tf32
        if now.is_ordered != self.is_ordered:
            torch.backends.cudnn.deterministic = self.is_ordered


def _unless_mixed(read: Callable[[], T]) -> T | None:
    """What is read; None where PyTorch refuses, as its old and new settings do not agree."""
    try:
        return read()
    except RuntimeError:
        return None


SETTLED = _Flags()


class _OfProcess:
    """What all threads share: the first to enter sets it, the last to leave sets it back."""

    def __init__(self) -> None:
        self._lock, self._depth = threading.Lock(), 0
        self._found = _Flags()

    def __enter__(self) -> None:
        with self._lock:
            if self._depth == 0:
                self._found = _Flags.now()
                SETTLED.replace(self._found)
            self._depth += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0 and self._found != SETTLED:
                self._found.replace(_Flags.now())


_OF_PROCESS = _OfProcess()


class OwnRandom:
    """Random numbers of PyTorch that go on from one use to the next, apart from the caller's.

    Args:
        device: where they are drawn, beside the CPU.
    """

    def __init__(self, device: torch.device) -> None:
        self._devices = [device] if device.type == "cuda" else []
        self._states: list[torch.Tensor] | None = None
        self._is_used = False

    @contextmanager
    def used(self) -> Iterator[None]:
        """Within it they are drawn, and PyTorch is settled for learning; may be nested."""
        if self._is_used:
            yield
            return
        with torch.random.fork_rng(self._devices), settled(learns=True):
            self._is_used = True
            if self._states is not None:
                self._set(*self._states)
            try:
                yield
            finally:
                of_devices = [torch.cuda.get_rng_state(device) for device in self._devices]
                self._states, self._is_used = [torch.get_rng_state(), *of_devices], False

    def _set(self, state: torch.Tensor, *of_devices: torch.Tensor) -> None:
        torch.set_rng_state(state)
        for device, found in zip(self._devices, of_devices, strict=True):
            torch.cuda.set_rng_state(found, device)
