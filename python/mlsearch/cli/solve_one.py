"""``mlsearch solve-one``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli import one_maze, one_state
from mlsearch.cli.figures import FigureFile
from mlsearch.cli.options import (
    NO_SEARCH,
    device_option,
    domain_option,
    json_option,
    quiet_option,
    search_arguments,
    search_options,
)
from mlsearch.cli.output import print_json, print_table
from mlsearch.cli.runs import RunFolder, beside, chosen_metric, domain_of
from mlsearch.cli.stages import stages

if TYPE_CHECKING:
    from mlsearch.domains.problems import Problems
    from mlsearch.search.result import SearchResult

SHOWN = {"maze": one_maze}
"""How problems are read and shown in domains that have a way of their own."""

PERFECT = "perfect"
"""The baseline whose path is known to be a shortest one."""

LABELS = (
    "cost",
    "cost /\noptimal",
    "expansions",
    "generated",
    "seconds in\nheuristic",
    "seconds in\nsearch",
)

BUDGETS = 10
"""As many times the budget of the domain one problem has, unless an option says otherwise."""


@click.command(
    short_help="Find a path through one maze, or solve one puzzle.",
    epilog="""\b
Examples:
  mlsearch solve-one maze.map --start 0,0 --goal 12,7
  mlsearch solve-one maze.txt runs/wave --no-search --out path.png
  mlsearch solve-one --domain cube3 --scramble "R U R' U'" --out cube.png
  mlsearch solve-one --domain cube3 --scramble "R U F' L2 D" --beam-width 256
  mlsearch solve-one --domain tiles3 --start "1 2 3 4 8 5 7 0 6"
  mlsearch solve-one --domain sokoban level.txt
""",
)
@click.argument("maze", metavar="[FILE]", type=RunFolder(), required=False)
@click.argument("run", type=RunFolder(), required=False)
@domain_option
@click.option(
    "--start", metavar="STATE", help="ROW,COLUMN from 0, or numbers; default the S in the file."
)
@click.option(
    "--goal", metavar="STATE", help="As --start; default the G in the file, or the origin."
)
@click.option("--scramble", metavar="MOVES", help="Instead of --start: moves from the goal.")
@click.option(
    "--threshold", type=click.IntRange(1, 255), help="Of a picture: darker pixels are walls; 128."
)
@click.option(
    "--cell-pixels", type=click.IntRange(1, 64), help="Of a picture: the side of a cell; 1."
)
@NO_SEARCH
@search_options
@click.option("--heuristic", help="A baseline instead of a learned metric.")
@click.option("--out", type=FigureFile(), help="A figure of the solution: .png, .pdf or .svg.")
@device_option
@quiet_option
@json_option
def solve_one(
    maze: Path | None,
    run: Path | None,
    domain: str | None,
    start: str | None,
    goal: str | None,
    scramble: str | None,
    threshold: int | None,
    cell_pixels: int | None,
    heuristic: str | None,
    out: Path | None,
    device: str,
    quiet: bool,
    as_json: bool,
    **searching: Any,
) -> None:
    """Find a path from a start to a goal, and rate it.

    FILE is a maze: .map, .txt, .png, .jpg, .webp, .npy or .npz; see docs/formats.md. In another
    domain it is a file with one problem, such as a level of Sokoban; or --start and --goal are
    states as the domain writes them, or --scramble has the moves that lead from the goal to the
    start. RUN is a run folder, the name of a metric that comes with the package, or "latest"
    for the run under runs/ that was trained last. Without it, the shortest path comes first
    where the domain knows it, as in mazes, and then that of the metric of the package for the
    domain. The same search is made with baselines.
    """
    from mlsearch.search.budget import bounded, kind_of_search

    if maze and maze.is_dir() and run is None:
        maze, run = None, maze
    name = domain or (run and not maze and domain_of(run)) or "maze"
    shown = SHOWN.get(name.partition(":")[0], one_state)
    given = {"file": maze, "start": start, "goal": goal, "scramble": scramble}
    picture = {"threshold": threshold, "cell_pixels": cell_pixels}
    with stages(quiet or as_json) as tell:
        problem, about = shown.problem_of(name, _settings(run), **given, picture=picture)
        if out:
            _check_drawable(problem)
        options = bounded(search_arguments(searching), problem.domain, BUDGETS)
        sources = _sources(problem, run, name, heuristic, device)
        results = _results(problem, sources, options, run, tell)
        label, first = next(iter(results.items()))
        if out:
            _write_figure(out, problem, first, label)
        best = shown.best_known(problem, results, scramble)
    if as_json:
        print_json(about | shown.as_plain(problem, first) | best | _rows(results))
        return
    shown.tell(problem, first, label)
    _print_rows(results, problem, kind_of_search(options))
    if best:
        click.echo(one_state.best_text(best, label))
    if out:
        click.echo(f"figure: {out}")


def _settings(run: Path | None) -> Any:
    from mlsearch.runs import checkpoint

    return checkpoint.read_config(run).domain if run else None


def _sources(
    problem: Problems, run: Path | None, domain: str, heuristic: str | None, device: str
) -> dict[str, Any]:
    """Heuristics by name, the one to use first in front: baselines, and a metric."""
    from mlsearch.evaluation.predictions import check_trained_in

    others = beside(problem.domain)
    if heuristic:
        return {heuristic: heuristic, **others}
    best = {} if run or PERFECT not in others else {PERFECT: PERFECT}
    if (found := chosen_metric(run, domain, device)) is None:
        return best | others
    name, metric = found
    try:
        check_trained_in(metric, problem.domain)
    except TypeError as error:
        _tell_unread(name, error, run)
        return best | others
    return {**best, name: metric, **others}


def _results(
    problem: Problems,
    sources: dict[str, Any],
    options: dict[str, Any],
    run: Path | None,
    tell: Callable[[str], None],
) -> dict[str, SearchResult]:
    """One search for each heuristic; without the metric, if it cannot read the problem."""
    from mlsearch.search.solve import solve

    results = {}
    for number, (name, source) in enumerate(sources.items(), 1):
        tell(f"Solving with {name} ({number} of {len(sources)})")
        begin = time.perf_counter()
        try:
            known = source if isinstance(source, str) else _predicted(source, problem)
        except (TypeError, ValueError) as error:
            _tell_unread(name, error, run)
            continue
        spent = time.perf_counter() - begin
        result = solve(problem, heuristic=known, **options)
        results[name] = replace(
            result,
            seconds=result.seconds + spent,
            seconds_heuristic=result.seconds_heuristic + spent,
        )
    return results


def _predicted(metric: Any, problem: Problems) -> Any:
    return metric.heuristic(problem.domain, problem.goals)


def _tell_unread(name: str, error: TypeError | ValueError, run: Path | None) -> None:
    """Prints that a metric cannot read the problem, or raises that if it was asked for."""
    if run:
        raise type(error)(f"{run}: {error}") from error
    note = f"{name} cannot read this problem, so only baselines are used: {error}"
    click.echo(note, err=True)


def _rows(results: dict[str, SearchResult]) -> dict[str, Any]:
    from mlsearch.domains.costs import plain_cost

    return {
        "heuristics": {
            name: {
                "solved": bool(result.solved[0]),
                "cost": plain_cost(result.domain, result.cost[0]) if result.solved[0] else None,
                "expansions": int(result.expansions[0]),
                "generated": int(result.generated[0]),
                "evaluations": result.evaluations,
                "seconds_heuristic": result.seconds_heuristic,
                "seconds_search": result.seconds_search,
            }
            for name, result in results.items()
        }
    }


def _print_rows(results: dict[str, SearchResult], problem: Problems, kind: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from mlsearch.domains.costs import cost_words, plain_cost

    domain, optimal = problem.domain, problem.optimal[0]
    known = f"; the shortest path has {cost_words(domain, optimal)}" if optimal >= 0 else ""
    table = Table(
        title=kind + known,
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("heuristic", overflow="fold")
    for label in LABELS:
        table.add_column(label, justify="right")
    for name, result in results.items():
        cost = plain_cost(domain, result.cost[0])
        table.add_row(
            name,
            f"{cost:.7g}" if result.solved[0] else _status(result),
            f"{cost / optimal:.3f}" if result.solved[0] and optimal > 0 else "",
            str(result.expansions[0]),
            str(result.generated[0]),
            f"{result.seconds_heuristic:.3f}",
            f"{result.seconds_search:.3f}",
        )
    print_table(table)


def _status(result: SearchResult) -> str:
    """Why there is no path."""
    from mlsearch.search.result import SearchStatus

    return SearchStatus(int(result.status[0])).name.lower().replace("_", " ")


def _check_drawable(problem: Problems) -> None:
    """Raises TypeError unless a figure can be drawn."""
    from mlsearch.domains.contract import Mapped
    from mlsearch.domains.extras import require
    from mlsearch.domains.pictures import drawing_of

    if drawing_of(problem.domain) is None:
        require(problem.domain, Mapped, "--out")


def _write_figure(out: Path, problem: Problems, result: SearchResult, name: str) -> None:
    from mlsearch import plots
    from mlsearch.domains.pictures import drawing_of

    draw = plots.solution if drawing_of(problem.domain) is None else plots.states_of_path
    plots.save(draw(problem, result, name), out)
