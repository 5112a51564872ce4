"""Problems of an evaluation that are worth looking at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsearch.domains.problems import Problems
from mlsearch.evaluation.evaluation import Evaluation


def telling_problems(learned: Sequence[Evaluation]) -> dict[str, int]:
    """Two problems worth looking at, by what they show.

    The one that divides the heuristics most evenly into those that solve it without search
    and those that do not, longest first; and the one whose way is the longest detour on the map
    of its domain.
    """
    problems = learned[0].problems
    share = np.mean([e.no_search.solved for e in learned], axis=0)
    dividing = np.lexsort((problems.optimal, share * (1 - share)))[-1]
    detour = np.argmax(problems.optimal - _straight(problems))
    return {"A problem that divides them": int(dividing), "A long detour": int(detour)}


def _straight(problems: Problems) -> np.ndarray:
    """Rows plus columns between start and goal, int32 [N]."""
    domain = problems.domain
    width = domain.maps().shape[2]
    starts, goals = (
        np.divmod(domain.places(ends), width) for ends in (problems.starts, problems.goals)
    )
    return np.abs(np.subtract(starts, goals)).sum(axis=0)


def varied_problems(learned: Sequence[Evaluation], num: int) -> dict[str, int]:
    """At most ``num`` problems: the telling ones, then others from near to far.

    Args:
        learned: evaluations on the same problems, at least one.
        num: at least 1.

    Returns:
        Indices of problems by what to call them.
    """
    optimal = learned[0].problems.optimal
    known = np.flatnonzero(optimal > 0)
    by_length = known[np.argsort(optimal[known], kind="stable")]
    at = np.linspace(0, max(len(by_length) - 1, 0), min(num, len(by_length))).round().astype(int)
    others = {f"Problem {index}": int(index) for index in by_length[at]}
    names: dict[int, str] = {}
    for name, index in {**telling_problems(learned), **others}.items():
        names.setdefault(index, name)
    return {name: index for index, name in list(names.items())[:num]}
