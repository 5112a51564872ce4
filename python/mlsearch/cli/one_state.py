"""``mlsearch solve-one`` in a domain whose states are given as text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mlsearch.domains.contract import Rows
    from mlsearch.domains.problems import Problems
    from mlsearch.search.result import SearchResult

SHOWN_STEPS = 60  # of a path, in text


def problem_of(settings: Any, file: Path | None, start: str | None, goal: str | None) -> Problems:
    """The problem from a start to a goal, by default to the origin of the domain."""
    import numpy as np

    from mlsearch.domains.contract import Learnable
    from mlsearch.domains.extras import name_of, require
    from mlsearch.domains.problems import Problems

    domain = settings.make(1, 0)
    if file is not None:
        raise click.UsageError(f"{file}: domain {name_of(domain)!r} has --start, and no file")
    if start is None:
        raise click.UsageError(f"--start: expected a state of domain {name_of(domain)!r}")
    if goal is None:
        require(domain, Learnable, "--goal")
        goals = domain.origins(np.zeros(1, np.int32), np.zeros(1, np.uint64))
    else:
        goals = _state(domain, "--goal", goal)
    return Problems(domain, _state(domain, "--start", start), goals)


def _state(domain: Any, option: str, text: str) -> Rows:
    """The state that a text stands for, ``[1, *S]``."""
    import numpy as np

    from mlsearch.domains.extras import extra
    from mlsearch.domains.rows import checked_rows

    spec = domain.states
    if read := extra(domain, "read_state"):
        return checked_rows(option, read(text), spec)
    try:
        numbers = [int(number) for number in text.replace(",", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) != spec.size:
        raise ValueError(
            f"{option}: expected {spec.size} integers, separated by commas or blanks, got {text!r}"
        )
    return checked_rows(option, np.array(numbers, np.int64).reshape(1, *spec.shape), spec)


def as_plain(problem: Problems, result: SearchResult) -> dict[str, Any]:
    """The problem and the path of its solution, for JSON."""
    optimal = int(problem.optimal[0])
    return {
        "start": problem.starts[0].tolist(),
        "goal": problem.goals[0].tolist(),
        "optimal": optimal if optimal >= 0 else None,
        "path": result.path(0).tolist() if result.solved[0] else None,
    }


def tell(problem: Problems, result: SearchResult, name: str) -> None:
    """Prints the path, a state in each line."""
    if not result.solved[0]:
        click.echo(f"{name} found no path.\n")
        return
    rows = result.path(0).reshape(int(result.cost[0]) + 1, -1).astype(int).tolist()
    lines = shortened([" ".join(map(str, row)) for row in rows])
    click.echo("\n".join([f"path of {name}, {len(rows) - 1} steps:", *lines, ""]))


def shortened(steps: list[str]) -> list[str]:
    """The steps of a path, without those in the middle if they are many."""
    if len(steps) <= SHOWN_STEPS:
        return steps
    half = SHOWN_STEPS // 2
    left_out = f"... {len(steps) - 2 * half} more, which --json tells ..."
    return [*steps[:half], left_out, *steps[-half:]]
