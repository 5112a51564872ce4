"""Checks of arguments, with messages that name them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """``array`` itself, no longer to be written to."""
    array.flags.writeable = False
    return array


def checked_array(name: str, values: ArrayLike) -> NDArray[Any]:
    """``values`` as an array; a ``ValueError`` where that is none."""
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{name}: expected an array, got rows of different lengths") from None


def answered(name: str, answer: Any) -> NDArray[Any]:
    """What a user's function answered, as an array: of a list, a number, or a tensor of PyTorch.

    A tensor may be on any device, and gradients may be recorded for it.

    Raises:
        ValueError: rows have different lengths.
    """
    if isinstance(answer, np.ndarray):
        return answer
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu()
        if str(answer.dtype) == "torch.bfloat16":  # which NumPy does not know
            answer = answer.float()
    return checked_array(name, answer)


def checked_integers(name: str, values: ArrayLike) -> NDArray[Any]:
    """``values`` as an array of integers of any size; otherwise a ``TypeError``."""
    array = checked_array(name, values)
    if array.size == 0:  # an empty list has no dtype of its own
        return array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers, got dtype {array.dtype}")
    return array


def integers_as(name: str, values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """``values`` as a C-contiguous array of an integer dtype; copied only if needed.

    Raises:
        TypeError: they are not integers.
        ValueError: one does not fit the dtype.
    """
    array = np.asarray(values)
    if array.dtype == dtype:
        return np.ascontiguousarray(array)
    if array.size > 0:
        if array.dtype.kind not in "iu":
            raise TypeError(f"{name}: expected integers, got dtype {array.dtype}")
        limits = np.iinfo(np.dtype(dtype))
        if array.min() < limits.min or array.max() > limits.max:
            raise ValueError(f"{name}: expected {limits.min} to {limits.max}, got other numbers")
    return np.ascontiguousarray(array, dtype)


def checked_count(name: str, count: int, least: int) -> int:
    """``count`` as an int from ``least`` to 2**31 - 1, or a ``TypeError`` or ``ValueError``."""
    try:
        value = operator.index(count)
    except TypeError:
        raise TypeError(f"{name}: expected an integer, got {count!r}") from None
    if not least <= value < 2**31:
        raise ValueError(f"{name}: expected {least} to 2**31 - 1, got {value}")
    return value
