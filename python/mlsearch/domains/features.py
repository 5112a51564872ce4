"""What networks see of states and worlds, after a look at the form of the domain's answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import answered, checked_count
from mlsearch.base.errors import DomainError
from mlsearch.domains.contract import Int32s, Learnable, Rows


def features_of(domain: Learnable, states: Rows) -> Int32s:
    """The active features of states: ``[M, *S]`` to int32 ``[M, A]``, A at least 1.

    Lists, tensors and other integers are read too.

    Raises:
        DomainError: the answer has another shape, or features that are not from 0 to F - 1.
    """
    found = _integers("features", domain.features(states.copy()), f"[{len(states)}, any]")
    if found.ndim != 2 or len(found) != len(states) or found.shape[1] == 0:
        raise DomainError(f"features: expected shape [{len(states)}, any], got {list(found.shape)}")
    _check_range("features", found, checked_count("num_features", domain.num_features, 1))
    return np.ascontiguousarray(found, np.int32)


def world_features_of(domain: Learnable) -> NDArray[np.uint8]:
    """The features that all states of a world share: uint8 ``[B, F]`` of 0 and 1.

    Raises:
        DomainError: the answer has another shape or other numbers.
    """
    wanted = [len(domain), domain.num_features]
    found = _integers("world_features", domain.world_features(), str(wanted))
    if list(found.shape) != wanted:
        raise DomainError(f"world_features: expected shape {wanted}, got {list(found.shape)}")
    _check_range("world_features", found, 2)
    return np.ascontiguousarray(found, np.uint8)


def _integers(name: str, answer: Any, shape: str) -> NDArray[Any]:
    try:
        found = answered(name, answer)
    except ValueError as error:
        raise DomainError(str(error)) from None
    if found.dtype.kind not in "biu":
        got = f"dtype {found.dtype}" if found is answer else type(answer).__name__
        raise DomainError(f"{name}: expected integers of shape {shape}, got {got}")
    return found


def _check_range(name: str, found: NDArray[Any], end: int) -> None:
    if found.size > 0 and (found.min() < 0 or found.max() >= end):
        first = found[(found < 0) | (found >= end)][0]
        raise DomainError(f"{name}: expected 0 to {end - 1}, got {first}")
