"""``mlsearch solve-one`` in a domain whose states are given as text."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.options import domain_settings_from

if TYPE_CHECKING:
    from mlsearch.domains.problems import Problems
    from mlsearch.search.result import SearchResult

SHOWN_STEPS = 60  # of a path, in text


def problem_of(
    name: str,
    settings: Any,
    file: Path | None,
    start: str | None,
    goal: str | None,
    scramble: str | None,
    picture: dict[str, int | None],
) -> tuple[Problems, dict[str, str]]:
    """The problem of a file, or from a start to a goal, and what to call it."""
    if any(picture.values()):
        raise click.UsageError("--threshold, --cell-pixels: expected a picture of a maze")
    problem = _problem(domain_settings_from(settings, name), file, start, goal, scramble)
    return problem, {"domain": name}


def _problem(
    settings: Any, file: Path | None, start: str | None, goal: str | None, scramble: str | None
) -> Problems:
    """The goal is by default the origin of the domain."""
    from mlsearch.domains import words
    from mlsearch.domains.extras import name_of
    from mlsearch.domains.problems import Problems

    if file is not None:
        if (start, goal, scramble) != (None, None, None):
            raise click.UsageError(f"{file}: expected a file, or --start, --scramble and --goal")
        problem = Problems.load(file, settings)
        if len(problem) != 1:
            raise ValueError(f"{file}: expected one problem, got {len(problem)}")
        return problem
    domain = settings.make(1, 0)
    if (start is None) == (scramble is None):
        got = "none" if start is None else "both"
        raise click.UsageError(
            f"--start: expected a state of domain {name_of(domain)!r}, or --scramble; got {got}"
        )
    if scramble is not None:
        starts = words.scramble_path(domain, scramble)[-1:]
    else:
        starts = words.read_state(domain, start or "", name="--start")
    if goal is None:
        goals = words.origin_of(domain)[None]
    else:
        goals = words.read_state(domain, goal, name="--goal")
    return Problems(domain, starts, goals)


def as_plain(problem: Problems, result: SearchResult) -> dict[str, Any]:
    """The problem and the path of its solution, for JSON."""
    from mlsearch.domains.costs import plain_cost
    from mlsearch.domains.extras import extra

    optimal = plain_cost(problem.domain, problem.optimal[0])
    has_names = extra(problem.domain, "move_names") is not None
    return {
        "start": problem.starts[0].tolist(),
        "goal": problem.goals[0].tolist(),
        "optimal": optimal if optimal >= 0 else None,
        "path": result.path(0).tolist() if result.solved[0] else None,
        **({"moves": result.moves(0) if result.solved[0] else None} if has_names else {}),
    }


def tell(problem: Problems, result: SearchResult, name: str) -> None:
    """Prints the start and the moves by name, or the path, a state in each line."""
    from mlsearch.domains import words
    from mlsearch.domains.costs import cost_words

    has_names = words.moves_text(problem.domain, []) is not None
    if has_names:
        click.echo(f"start:\n{words.state_text(problem.domain, problem.starts[0])}\n")
    if not result.solved[0]:
        click.echo(f"{name} found no path.\n")
        return
    moves = words.moves_text(problem.domain, result.move_numbers(0))
    if moves is None:
        path = result.path(0).reshape(int(result.steps[0]) + 1, -1).astype(int).tolist()
        lines = shortened([" ".join(map(str, row)) for row in path])
        click.echo("\n".join([f"path of {name}, {len(path) - 1} steps:", *lines, ""]))
        return
    click.echo(f"solution of {name}, {cost_words(problem.domain, result.cost[0], 'moves')}:")
    click.echo(textwrap.fill(moves, 78) + "\n")


def best_known(
    problem: Problems, results: dict[str, SearchResult], scramble: str | None
) -> dict[str, Any]:
    """The fewest moves that anybody knows of, whether there may be fewer, and a shortest solution.

    That is of the searches, or of the scramble turned back.
    """
    from mlsearch.domains import words
    from mlsearch.domains.costs import cost_of_path, is_above, plain_cost

    domain, optimal = problem.domain, plain_cost(problem.domain, problem.optimal[0])
    found = {name: result.path(0) for name, result in results.items() if result.solved[0]}
    if scramble is not None:
        found["the scramble, undone"] = words.scramble_path(domain, scramble)[::-1]
    costs = {name: cost_of_path(domain, path) for name, path in found.items()}
    source = min(costs, key=costs.__getitem__, default=None)
    best = {"best_known": optimal if optimal >= 0 else None, "is_optimal": optimal >= 0}
    if source is None or (optimal >= 0 and is_above(costs[source], optimal)):
        return best | {"best_known_from": None, "solution": None}
    moves = words.moves_along(domain, found[source])
    text = words.moves_text(domain, moves)
    return best | {"best_known": costs[source], "best_known_from": source, "solution": text}


def best_text(best: dict[str, Any], shown: str) -> str:
    """What :func:`best_known` found, with its solution unless it is that of ``shown``."""
    number, source = best["best_known"], best["best_known_from"]
    if number is None:
        return "best known: no solution"
    known = "there is no shorter way" if best["is_optimal"] else "there may be a shorter way"
    best_cost = f"{number} moves" if isinstance(number, int) else f"cost {number:.2f}"
    line = f"best known: {best_cost}; {known}"
    solution = best["solution"]
    if source in (None, shown) or solution is None:
        return line
    return line + "\n" + textwrap.fill(f"{source}: {solution}", 78)


def shortened(steps: list[str]) -> list[str]:
    """The steps of a path, without those in the middle if they are many."""
    if len(steps) <= SHOWN_STEPS:
        return steps
    half = SHOWN_STEPS // 2
    left_out = f"... {len(steps) - 2 * half} more, which --json tells ..."
    return [*steps[:half], left_out, *steps[-half:]]
