"""A line of the summary: two sides of a measurement, and what was aimed at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def seconds_of(results: Mapping[str, Any]) -> dict[str, float]:
    """The shortest time of each benchmark, which other programs disturb least, per item.

    Args:
        results: what pytest-benchmark writes; ``num`` in a benchmark's ``extra_info`` says how
            many items (mazes, problems, steps, ...) it works on in one go.
    """
    return {
        b["name"]: b["stats"]["min"] / b["extra_info"].get("num", 1) for b in results["benchmarks"]
    }


def gpu_of(results: Mapping[str, Any]) -> str | None:
    """The GPU that a run had."""
    found: str | None = results["machine_info"].get("gpu")
    return found


def registers_of(results: Mapping[str, Any]) -> str:
    """The widest registers that our kernels used: "portable", "avx2" or "avx512"."""
    return str(results["machine_info"].get("registers", "unknown"))


@dataclass(frozen=True)
class Row:
    """A line of the summary.

    Attributes:
        work: what is done.
        ours: the benchmark of mlsearch.
        others: benchmarks of the alternatives; the fastest that was measured counts.
        against: what these are, in words.
        target: the ratio aimed at, theirs over ours; None if it is only reported.
        is_limit: the ratio is ours over theirs instead, and ``target`` its upper limit.
        remark: what is left where the target is missed, and what to know.
    """

    work: str
    ours: str
    others: tuple[str, ...]
    against: str
    target: float | None
    is_limit: bool = False
    remark: str = ""

    def ratio(self, seconds: Mapping[str, float]) -> float | None:
        """The ratio, given seconds by benchmark; None if a side was not measured."""
        other = self.fastest_other(seconds)
        if self.ours not in seconds or other is None:
            return None
        ratio = seconds[other] / seconds[self.ours]
        return 1 / ratio if self.is_limit else ratio

    def is_met(self, ratio: float) -> bool:
        """Whether a ratio reaches the target."""
        if self.target is None:
            return True
        return ratio <= self.target if self.is_limit else ratio >= self.target

    def fastest_other(self, seconds: Mapping[str, float]) -> str | None:
        """The alternative that counts; None if none was measured."""
        return min((name for name in self.others if name in seconds), key=seconds.get, default=None)

    def as_record(self, seconds: Mapping[str, float]) -> dict[str, Any]:
        """The row for the JSON of a run."""
        return {
            "work": self.work,
            "against": self.against,
            "baseline": self.fastest_other(seconds),
            "ratio": self.ratio(seconds),
            "target": self.target,
            "is_limit": self.is_limit,
        }
