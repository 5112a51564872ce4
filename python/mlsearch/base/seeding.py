"""One seed for everything: independent child seeds by name."""

from __future__ import annotations

import operator
import zlib

import numpy as np


def child_seed(seed: int, *names: str) -> int:
    """A seed for the part called ``names`` of a whole that was seeded with ``seed``.

    Children of different names share no stream, so training and test mazes made from
    the same ``seed`` never coincide by construction.

    Args:
        seed: any integer from 0 to 2**64 - 1.
        names: the path of the part, for example ``"train", "mazes"``.

    Returns:
        An integer from 0 to 2**64 - 1.

    Raises:
        TypeError: ``seed`` is not an integer.
        ValueError: ``seed`` is negative or too large.

    Source: ``numpy.random.SeedSequence`` with the names as its spawn key.
    """
    keys = [zlib.crc32(name.encode()) for name in names]
    sequence = np.random.SeedSequence(checked_seed(seed), spawn_key=keys)
    return int(sequence.generate_state(1, np.uint64)[0])


def checked_seed(seed: int) -> int:
    """``seed`` as a plain integer.

    Raises:
        TypeError: ``seed`` is not an integer.
        ValueError: ``seed`` is negative or needs more than 64 bits.
    """
    try:
        value = operator.index(seed)
    except TypeError:
        raise TypeError(f"seed: expected an integer, got {seed!r}") from None
    if not 0 <= value < 2**64:
        raise ValueError(f"seed: expected 0 to 2**64 - 1, got {value}")
    return value
