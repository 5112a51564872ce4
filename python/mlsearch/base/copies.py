"""What copies and pickles of an object hold."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from mlsearch.base.checks import read_only


def kept(owner: Any) -> dict[str, Any]:
    """For ``__getstate__``: the attributes of an object, without what it computes when asked.

    Some of that is large, and some is compiled code, which cannot be written down.
    """
    return {
        name: value
        for name, value in vars(owner).items()
        if not isinstance(getattr(type(owner), name, None), cached_property)
    }


def restore(owner: Any, state: dict[str, Any]) -> None:
    """For ``__setstate__``: takes over attributes; arrays are read-only, as NumPy forgets that."""
    vars(owner).update(state)
    for value in state.values():
        if isinstance(value, np.ndarray):
            read_only(value)
