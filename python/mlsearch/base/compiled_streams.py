"""The streams of rng.hpp for kernels that Numba compiles; importing this imports Numba.

SplitMix64 (Steele, Lea & Flood 2014), one stream for each (seed, item); see
:class:`mlsearch.base.streams.Streams`. A stream is an array of one uint64.
"""

from __future__ import annotations

import numba
import numpy as np

from mlsearch.base.streams import MIX_1, MIX_2, STEP

LOW_32 = np.uint64(0xFFFFFFFF)


@numba.njit(nogil=True)
def mix64(value):  # type: ignore[no-untyped-def]
    """A bijection that mixes all bits of a uint64."""
    value = (value ^ (value >> np.uint64(30))) * MIX_1
    value = (value ^ (value >> np.uint64(27))) * MIX_2
    return value ^ (value >> np.uint64(31))


@numba.njit(nogil=True)
def begin(stream, seed, item):  # type: ignore[no-untyped-def]
    """Makes an array the stream of (seed, item), both uint64."""
    stream[0] = mix64(mix64(seed + STEP) + item * STEP)


@numba.njit(nogil=True)
def bits(stream):  # type: ignore[no-untyped-def]
    """64 uniform bits."""
    stream[0] += STEP
    return mix64(stream[0])


@numba.njit(nogil=True)
def uniform(stream):  # type: ignore[no-untyped-def]
    """Uniform over [0, 1), a multiple of 2**-53."""
    return np.float64(bits(stream) >> np.uint64(11)) * 2.0**-53


@numba.njit(nogil=True)
def below(stream, bound):  # type: ignore[no-untyped-def]
    """Uniform over 0 .. bound - 1 (Lemire 2019); ``bound`` is 1 to 2**32 - 1."""
    size = np.uint64(bound)
    threshold = (np.uint64(2**32) - size) % size
    product = (bits(stream) >> np.uint64(32)) * size
    while product & LOW_32 < threshold:
        product = (bits(stream) >> np.uint64(32)) * size
    return np.int64(product >> np.uint64(32))
