"""Random numbers by item: item i draws the same whatever the batch it is in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEP = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)


def mix64(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A bijection that mixes all bits of uint64 of any shape.

    Source: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
    """
    values = (values ^ (values >> np.uint64(30))) * MIX_1
    values = (values ^ (values >> np.uint64(27))) * MIX_2
    return np.asarray(values ^ (values >> np.uint64(31)))


class Streams:
    """M independent streams at once, the same as ``Stream(seed, item)`` of the kernels.

    Args:
        seed: 0 to 2**64 - 1.
        items: integers ``[M]``, at least 0.
    """

    def __init__(self, seed: int, items: NDArray[np.integer[Any]]) -> None:
        begin = mix64(np.array([seed], np.uint64) + STEP)  # in arrays, overflow is no warning
        self._states = mix64(begin + items.astype(np.uint64) * STEP)

    def bits(self, chosen: NDArray[np.int64]) -> NDArray[np.uint64]:
        """64 uniform bits of some of the streams, each at most once: ``[m]`` to uint64 ``[m]``."""
        self._states[chosen] += STEP
        return mix64(self._states[chosen])

    def below(self, chosen: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
        """Uniform over 0 .. bound - 1 without bias, of some of the streams.

        Args:
            chosen: integers ``[m]``, which streams, each at most once.
            bounds: integers ``[m]``, 1 to 2**32 - 1.

        Source: Lemire 2019.
        """
        sizes = bounds.astype(np.uint64)
        low = np.uint64(2**32 - 1)
        thresholds = (np.uint64(2**32) - sizes) % sizes
        products = (self.bits(chosen) >> np.uint64(32)) * sizes
        again = np.flatnonzero((products & low) < thresholds)
        while len(again) > 0:
            products[again] = (self.bits(chosen[again]) >> np.uint64(32)) * sizes[again]
            again = again[(products[again] & low) < thresholds[again]]
        return (products >> np.uint64(32)).astype(np.int64)
