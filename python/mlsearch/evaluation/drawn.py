"""Which problems of an evaluation are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsearch.evaluation.evaluation import Evaluation

NUM_DRAWN = 10
CHOICES = ("varied", "longest", "hardest")


def problems_to_draw(
    choice: str | Sequence[int], evaluations: Sequence[Evaluation], num: int = NUM_DRAWN
) -> list[int]:
    """Indices of problems worth looking at, the most telling first.

    "varied" are problems of all lengths from the longest to the shortest, "longest" those with the
    longest shortest paths, "hardest" those that take the most expansions with search, on average
    over the evaluations. Ties go to the problem that comes first. Where no shortest path of two
    steps or more is known, "varied" and "longest" are the first problems.

    Args:
        choice: one of these words, or the indices themselves.
        evaluations: learned heuristics on the same problems, at least one.
        num: how many at most; indices that are given are all taken.

    Raises:
        ValueError: the word is unknown, or an index is out of range or named twice.
    """
    total = len(evaluations[0].problems)
    if not isinstance(choice, str):
        return checked_numbers(choice, total)
    if choice not in CHOICES:
        raise ValueError(f"problems: expected one of {', '.join(CHOICES)}, got {choice!r}")
    if choice == "hardest":
        effort = np.mean([e.search.expansions for e in evaluations], axis=0)
        return np.argsort(-effort, kind="stable")[:num].tolist()
    lengths = np.array([len(path) - 1 for path in evaluations[0].paths])
    known = np.flatnonzero(lengths >= 2)
    if len(known) == 0:
        return list(range(min(num, total)))
    order = known[np.argsort(-lengths[known], kind="stable")]
    if choice == "longest":
        return order[:num].tolist()
    wanted = np.linspace(lengths[order[0]], lengths[order[-1]], num)
    return _nearest(order, lengths[order], wanted)


def _nearest(order: np.ndarray, lengths: np.ndarray, wanted: np.ndarray) -> list[int]:
    """For each wanted length the first problem of nearest length that is not taken yet."""
    is_left = np.ones(len(order), bool)
    found = []
    for length in wanted[: len(order)]:
        nearest = int(np.where(is_left, np.abs(lengths - length), np.inf).argmin())
        is_left[nearest] = False
        found.append(int(order[nearest]))
    return found


def checked_numbers(numbers: Sequence[int], total: int) -> list[int]:
    """Indices of problems as a list.

    Args:
        numbers: at least one, each once.
        total: how many problems there are.

    Raises:
        ValueError: an index is out of range or named twice, or there is none.
    """
    found = [int(number) for number in numbers]
    for number in found:
        if not 0 <= number < total:
            raise ValueError(f"problems: expected 0 to {total - 1}, got {number}")
    if not found or len(set(found)) < len(found):
        raise ValueError(f"problems: expected at least one, each once, got {found}")
    return found
