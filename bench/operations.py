"""How many floating-point operations kernels need for their answers.

A sum, a difference, a product, a quotient and a comparison are one each, so a multiply-add is two.
Copies, square roots, and what an integer register does are none.
"""

from __future__ import annotations

from typing import Any

EXPONENTIAL = 22
SIGMOID = 3 + EXPONENTIAL + 2
"""Kept within bounds by a difference and two comparisons; then 1 / (1 + exp)."""

CONVOLUTION = 2 * 9
WAVE_STEP = CONVOLUTION + SIGMOID + 4
"""Of a cell; the last are its sum over time, its change, the square of it and the largest one."""

WAVE_STEP_BACK = CONVOLUTION + 5 + CONVOLUTION
"""Of a cell: its gradient, that through the sigmoid, and that of the nine weights."""

FRONT_STEP = CONVOLUTION + SIGMOID + 9
"""Of a cell of a large maze: its waiting time takes five, and whether it has changed four."""

PAIR_TERM = 3 + 2 + 2
"""Of each component of each pair: a squared difference, and the gradient of both embeddings."""


def set_operations(benchmark: Any, number: float) -> None:
    """From now on, the times of a benchmark are those of a billion operations."""
    benchmark.extra_info["num"] = number / 1e9
