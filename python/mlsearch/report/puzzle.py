"""What the page needs to play solutions of any domain with a picture, move by move."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.domains.contract import Rows
from mlsearch.domains.costs import cost_words, costs_of_paths, is_above
from mlsearch.domains.extras import extra
from mlsearch.domains.pictures import Picture, looks_of
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.evaluation import Evaluation
from mlsearch.evaluation.score_table import yardstick_of
from mlsearch.plots import palette
from mlsearch.report.entries import Entry
from mlsearch.report.recording import Growth, recorded
from mlsearch.search.budget import budgets_of, kind_of_search
from mlsearch.search.result import SearchResult, SearchStatus

MAX_CELLS = 2_000_000  # of all states that are shown together; each takes 1.3 bytes on the page
NUM_POINTS = 120  # of a growing search


def puzzle_data(entries: Sequence[Entry]) -> dict[str, Any] | None:
    """A short, a median and a hard problem, solved by each learned heuristic and the yardstick.

    Args:
        entries: all on the same problems; of several seeds the first is shown.

    Returns:
        What ``puzzle.js`` reads, or None if no entry is learned, the domain has no picture, or
        the solutions are too large for a page.
    """
    problems = entries[0].problems
    learned = [entry.evaluations[0] for entry in entries if entry.is_learned]
    if not learned or not has_picture(problems.domain):
        return None
    evaluations = [e.evaluations[0] for e in entries]
    shown = [*learned, *(e for e in evaluations if e.name == yardstick_of(e) and e not in learned)]
    names = telling_puzzles(learned)
    index = np.array(list(names.values()))
    runs = [_runs(evaluation[index], shown[-1][index]) for evaluation in shown]
    picture = problems.domain.picture
    size = len(picture.places) * sum(len(run["predicted"]) for each in runs for run in each)
    if size > MAX_CELLS:
        return None
    options = learned[0].options
    colours = palette.line_styles_of([entry.evaluations for entry in entries])
    return {
        "picture": _plain(picture),
        "search": kind_of_search(options) + budgets_of(options),
        "methods": [e.name for e in shown],
        "colours": [colours[e.name].color for e in shown],
        "dashes": [colours[e.name].svg_dashes for e in shown],
        "yardstick": shown[-1].name if shown[-1] not in learned else "",
        "problems": [
            {"name": f"{name}: {_length(learned, i)}", "runs": [each[k] for each in runs]}
            for k, (name, i) in enumerate(names.items())
        ],
    }


def has_picture(domain: Any) -> bool:
    """Whether the domain says how its states look."""
    return extra(domain, "picture") is not None


def telling_puzzles(learned: Sequence[Evaluation]) -> dict[str, int]:
    """Three problems by name, or fewer where they are the same: of those solved, if there are any.

    "Short" and "Median" are by length, longer than a tenth and than half of them: the optimum, or
    the shortest solution where that is unknown. "Hardest" has most expansions on average.
    """
    length = _lengths(learned)
    effort = np.mean([e.search.expansions for e in learned], axis=0)
    order = np.lexsort((effort, length))
    played = order[np.isfinite(length[order]) & (length[order] > 0)]
    order = played if len(played) else order
    hardest = order[effort[order].argmax()]
    short, median = order[len(order) // 10], order[len(order) // 2]
    names = {"Short": short, "Median": median, "Hardest": hardest}
    first = {int(index): name for name, index in reversed(names.items())}
    return {name: index for index, name in reversed(first.items())}


def _lengths(learned: Sequence[Evaluation]) -> NDArray[np.float64]:
    """The optima, or else the shortest solutions, infinite where there is none: ``[N]``."""
    optimal = learned[0].problems.optimal
    found = [np.where(e.search.solved, e.search.cost, np.inf) for e in learned]
    shortest: NDArray[np.float64] = np.min(found, axis=0)
    return np.where((optimal >= 0) & np.isfinite(shortest), optimal, shortest)


def _length(learned: Sequence[Evaluation], index: int) -> str:
    problems, length = learned[0].problems, _lengths(learned)[index]
    if not np.isfinite(length):
        return "not solved"
    bound = "" if problems.optimal[index] >= 0 else "at most "
    return bound + cost_words(problems.domain, length, "moves")


def _runs(evaluation: Evaluation, yardstick: Evaluation) -> list[dict[str, Any]]:
    """What a heuristic did on each of its problems."""
    result, growths = recorded(evaluation)
    return [_run(i, evaluation, yardstick, result, growth) for i, growth in enumerate(growths)]


def _run(
    i: int,
    evaluation: Evaluation,
    yardstick: Evaluation,
    result: SearchResult,
    growth: Sequence[Growth],
) -> dict[str, Any]:
    problems, solved = evaluation.problems, bool(result.solved[i])
    path = result.path(i) if solved else problems.starts[i : i + 1]
    numbers = result.move_numbers(i) if solved else []
    names = extra(problems.domain, "move_names") or [
        str(k) for k in range(problems.domain.num_moves)
    ]
    which = np.full(len(path), i, np.int32)
    worlds = np.full(len(path), problems.worlds[i], np.int32)
    looks = looks_of(problems.domain, path, worlds)
    return {
        "status": SearchStatus(result.status[i]).name.lower(),
        "moves": [names[k] for k in numbers],
        "turns": numbers,
        "looks": base64.b64encode(looks.tobytes()).decode("ascii"),
        "predicted": _rounded(evaluation.predicted(which, path)),
        "rival": _rounded(yardstick.predicted(which, path)),
        "left": _left(problems, i, path) if solved else [],
        "truth": _truth(problems, i, path, result.cost[i]) if solved else [],
        "growth": [(*point[:2], round(point.closest, 4)) for point in _thinned(growth)],
    }


def _left(problems: Problems, i: int, path: Rows) -> list[float]:
    """What the rest of the path costs, from each of its states."""
    at = np.arange(len(path))
    steps = at[::-1].astype(np.int32)
    worlds = np.full(len(path), problems.worlds[i], np.int32)
    return _rounded(costs_of_paths(problems.domain, path, at, steps, worlds))


def _truth(problems: Problems, i: int, path: Rows, cost: Any) -> list[float]:
    """The distance of each state of a path, -1 where the domain does not know it.

    On a shortest path it is what is left.
    """
    if problems.optimal[i] >= 0 and not is_above(cost, problems.optimal[i]):
        return _left(problems, i, path)
    world = problems.domain[problems.worlds[i : i + 1]]
    return _rounded(
        Problems(world, path, np.repeat(problems.goals[i : i + 1], len(path), 0)).optimal
    )


def _rounded(values: NDArray[Any]) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def _thinned(growth: Sequence[Growth]) -> list[Growth]:
    """At most ``NUM_POINTS`` of them, denser at the beginning, the first and the last included."""
    if len(growth) <= NUM_POINTS:
        return list(growth)
    at = np.geomspace(1, len(growth), NUM_POINTS).round().astype(int) - 1
    return [growth[k] for k in np.unique(at)]


def _plain(picture: Picture) -> dict[str, Any]:
    solid = picture.solid
    return {
        "places": picture.places.tolist(),
        "looks": picture.looks,
        "frames": solid and solid.frames.tolist(),
        "turns": solid and solid.turns,
    }
