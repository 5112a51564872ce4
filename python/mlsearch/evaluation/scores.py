"""Means with their intervals, rank correlation and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, rankdata
from scipy.stats import t as student

from mlsearch.domains.costs import Costs

RATES = ("solved_rate", "triangle_violations")


class Score(NamedTuple):
    """A mean over problems with its 95 % interval, and over how many problems it is.

    The interval is Wilson's for rates (Wilson 1927) and normal for other means.
    """

    mean: float
    low: float
    high: float
    num: int


def score(values: NDArray[Any]) -> Score:
    """The mean of float or bool [N] with its interval; NaN when there are no values."""
    num = len(values)
    if num == 0:
        return Score(np.nan, np.nan, np.nan, 0)
    mean = float(np.mean(values))
    if values.dtype == np.bool_:
        interval = binomtest(int(values.sum()), num).proportion_ci(method="wilson")
        return Score(mean, float(interval.low), float(interval.high), num)
    half = 1.96 * float(np.std(values, ddof=1)) / num**0.5 if num > 1 else np.nan
    return Score(mean, mean - half, mean + half, num)


def over_seeds(scores: Sequence[Score], is_rate: bool = False) -> Score:
    """The mean of the scores of several seeds, and its 95 % interval over seeds.

    A single score stays as it is, with its interval over problems. The interval of a rate
    is cut to 0 .. 1.

    Source: Student's t interval (Student 1908).
    """
    if len(scores) == 1:
        return scores[0]
    means = np.array([s.mean for s in scores])
    half = student.ppf(0.975, len(means) - 1) * float(means.std(ddof=1)) / len(means) ** 0.5
    mean = float(means.mean())
    low, high = mean - half, mean + half
    return Score(mean, *((max(low, 0.0), min(high, 1.0)) if is_rate else (low, high)), len(means))


def is_rate(name: str) -> bool:
    """Whether the score of that name lies between 0 and 1."""
    return name.endswith(RATES)


def spearman(predicted: NDArray[np.float32]) -> float:
    """Spearman's rho between float32 [L] and L, L - 1, ..., 1; 0 where all values are equal."""
    ranks = rankdata(predicted)
    truth = np.arange(len(predicted), 0, -1)
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks, truth)[0, 1])


def calibration(errors: NDArray[np.float64], truth: Costs) -> float:
    """Least-squares factor from true to predicted distances; NaN where no truth is known.

    Args:
        errors: float64 [N], predicted minus true distances.
        truth: int32 or float64 [N], true distances.
    """
    if len(truth) == 0:
        return float("nan")
    known = truth.astype(np.float64)
    return float(known @ (known + errors)) / max(float(known @ known), 1.0)
