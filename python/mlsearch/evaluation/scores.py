"""Means with their intervals, rank correlation and calibration."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, rankdata

from mlsearch.domains.costs import Costs


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
