"""``mlsearch solve-one``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.base.errors import MlsearchError
from mlsearch.cli.common import device_option, json_option, newest_run, print_json, print_table
from mlsearch.cli.solve import BESIDE, chosen_metric

if TYPE_CHECKING:
    from mlsearch.domains.maze.mazes import Mazes
    from mlsearch.domains.problems import Problems
    from mlsearch.search.result import SearchResult

FREE, WALL, START, GOAL, PATH = range(5)
LETTERS = " #SG*"
DRAWN_LINES = 100
SHOWN_STEPS = 60  # of a path, in text


def _parsed(ctx: click.Context, option: click.Parameter, text: str | None) -> Any:
    """The row and the column of an option, or None."""
    if text is None:
        return None
    try:
        row, column = map(int, text.split(","))
    except ValueError:
        message = f"expected ROW,COLUMN such as 0,12, got {text!r}"
        raise click.BadParameter(message, ctx, option) from None
    return row, column


@click.command(
    short_help="Find a path through one maze of a file.",
    epilog="""\b
Examples:
  mlsearch solve-one maze.map --start 0,0 --goal 12,7
  mlsearch solve-one maze.txt runs/wave --no-search --out path.png
""",
)
@click.argument("maze", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("run", type=click.Path(exists=True, path_type=Path), required=False)
@click.option(
    "--start", metavar="ROW,COLUMN", callback=_parsed, help="From 0; default the S in the file."
)
@click.option(
    "--goal", metavar="ROW,COLUMN", callback=_parsed, help="From 0; default the G in the file."
)
@click.option("--no-search", is_flag=True, help="Greedy descent instead of best-first search.")
@click.option("--heuristic", help="A baseline instead of a learned metric.")
@click.option("--max-expansions", type=click.IntRange(0), help="Budget of each search.")
@click.option("--weight", type=click.FloatRange(0), help="Weighted A*: priority g + weight * h.")
@click.option("--out", type=click.Path(path_type=Path), help="Write a figure of the path here.")
@device_option
@json_option
def solve_one(
    maze: Path,
    run: Path | None,
    start: tuple[int, int] | None,
    goal: tuple[int, int] | None,
    no_search: bool,
    heuristic: str | None,
    max_expansions: int | None,
    weight: float | None,
    out: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Find a path through the maze of a file, and rate it.

    MAZE is a .map, .txt, .png, .npy or .npz file; see docs/formats.md. RUN is a run folder;
    without it, the newest one under runs/ is taken, or the metric that comes with the package.
    The same search is made with baselines.
    """
    from mlsearch.search.solve import solve

    problem = _problem(maze, start, goal)
    options: dict[str, Any] = {
        "search": not no_search,
        "max_expansions": max_expansions,
        "weight": weight,
    }
    results = {
        name: solve(problem, heuristic=source, **options)
        for name, source in _sources(problem, run, heuristic, device).items()
    }
    name, first = next(iter(results.items()))
    path = _positions(first, problem)
    if out:
        _write_figure(out, problem, first, name)
    if as_json:
        print_json(_as_json(maze, problem, results, path))
        return
    _tell(problem, name, path)
    _print_rows(results, int(problem.optimal[0]), no_search)
    if out:
        click.echo(f"figure: {out}")


def _problem(file: Path, start: tuple[int, int] | None, goal: tuple[int, int] | None) -> Problems:
    """The problem of a file and two options, known to have a solution."""
    import numpy as np

    from mlsearch.domains.maze import files as maze_files
    from mlsearch.domains.maze.mazes import Mazes
    from mlsearch.domains.problems import Problems

    contents = maze_files.read(file)
    mazes = Mazes.mapped(contents.walls)
    if len(mazes) > 1:
        raise ValueError(f"{file}: expected one maze, got {len(mazes)}")
    starts, goals = (
        np.array([_cell(mazes, f"--{name}", given, marked)], np.int32)
        for name, given, marked in (
            ("start", start, contents.start),
            ("goal", goal, contents.goal),
        )
    )
    problem = Problems(mazes, starts, goals)
    if problem.optimal[0] < 0:
        ends = [_text(cell, mazes) for cell in (problem.goals[0], problem.starts[0])]
        raise MlsearchError(f"the goal {ends[0]} cannot be reached from the start {ends[1]}")
    return problem


def _cell(mazes: Mazes, option: str, given: tuple[int, int] | None, marked: int | None) -> int:
    """The cell that an option or the file names, if it is free."""
    if given is None and marked is None:
        raise click.UsageError(f"{option}: expected ROW,COLUMN, as the file marks none")
    height, width = mazes.shape
    row, column = given or divmod(marked or 0, width)
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"{option}: expected 0,0 to {height - 1},{width - 1}, got {row},{column}")
    if mazes.walls[0, row, column]:
        raise ValueError(f"{option}: {row},{column} is a wall; {_nearest_free(mazes, row, column)}")
    return row * width + column


def _nearest_free(mazes: Mazes, row: int, column: int) -> str:
    import numpy as np

    rows, columns = np.nonzero(mazes.walls[0] == 0)
    if len(rows) == 0:
        return "the maze has no free cell"
    nearest = int((abs(rows - row) + abs(columns - column)).argmin())
    return f"the nearest free cell is {rows[nearest]},{columns[nearest]}"


def _sources(
    problem: Problems, run: Path | None, heuristic: str | None, device: str
) -> dict[str, Any]:
    """Heuristics by name, the one to use first: a baseline, or what a metric predicts."""
    beside = {name: name for name in BESIDE}
    if heuristic:
        return {heuristic: heuristic, **beside}
    chosen = run or newest_run()
    metric = chosen_metric(chosen, device)
    if metric is None:
        return beside
    try:
        predicted = metric.heuristic(problem.domain, problem.goals)
    except ValueError as error:
        if run:
            raise ValueError(f"{run}: {error}") from error
        name = chosen or "the shipped metric"
        click.echo(f"{name} cannot read this maze, so only baselines are used: {error}", err=True)
        return beside
    return {str(chosen or "shipped metric"): predicted, **beside}


def _positions(result: SearchResult, problem: Problems) -> list[list[int]] | None:
    """The path as rows and columns; None where there is none."""
    import numpy as np

    if not result.solved[0]:
        return None
    return np.stack(np.divmod(result.path(0), problem.domain.shape.width), axis=1).tolist()


def _as_json(
    file: Path,
    problem: Problems,
    results: dict[str, SearchResult],
    path: list[list[int]] | None,
) -> dict[str, Any]:
    width = problem.domain.shape.width
    return {
        "maze": str(file),
        "start": divmod(int(problem.starts[0]), width),
        "goal": divmod(int(problem.goals[0]), width),
        "optimal": int(problem.optimal[0]),
        "path": path,
        "heuristics": {
            name: {
                "solved": bool(result.solved[0]),
                "cost": int(result.cost[0]) if result.solved[0] else None,
                "expansions": int(result.expansions[0]),
                "generated": int(result.generated[0]),
                "evaluations": result.evaluations,
            }
            for name, result in results.items()
        },
    }


def _tell(problem: Problems, name: str, path: list[list[int]] | None) -> None:
    """Prints the maze with the path in it, in a frame, if it fits; and the path."""
    height, width = problem.domain.shape
    if width + 2 <= shutil.get_terminal_size().columns and height <= DRAWN_LINES:
        click.echo(_drawn(problem, path))
    else:
        click.echo(f"The maze, {height} x {width}, is too large to be drawn here: --out does.")
    if path is None:
        click.echo(f"{name} found no path.")
        return
    cells = [f"{row},{column}" for row, column in path]
    if len(cells) > SHOWN_STEPS:
        half = SHOWN_STEPS // 2
        cells = [
            *cells[:half],
            f"... {len(cells) - 2 * half} more, which --json tells ...",
            *cells[-half:],
        ]
    click.echo(f"path of {name}, {len(path) - 1} steps: {' '.join(cells)}\n")


def _drawn(problem: Problems, path: list[list[int]] | None) -> str:
    import numpy as np

    codes = problem.domain.walls[0].copy()
    for row, column in path or []:
        codes[row, column] = PATH
    codes.flat[int(problem.starts[0])] = START
    codes.flat[int(problem.goals[0])] = GOAL
    framed = np.pad(codes, 1, constant_values=WALL)
    return "\n".join("".join(LETTERS[code] for code in row) for row in framed) + "\n"


def _print_rows(results: dict[str, SearchResult], optimal: int, no_search: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    kind = "greedy descent" if no_search else "best-first search"
    table = Table(
        title=f"{kind}; the shortest path has {optimal} steps",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("heuristic", overflow="fold")
    for label in ("cost", "cost / optimal", "expansions", "generated", "seconds in search"):
        table.add_column(label, justify="right")
    for name, result in results.items():
        cost = int(result.cost[0])
        table.add_row(
            name,
            str(cost) if result.solved[0] else _status(result),
            f"{cost / optimal:.3f}" if result.solved[0] and optimal else "",
            str(result.expansions[0]),
            str(result.generated[0]),
            f"{result.seconds_search:.3f}",
        )
    print_table(table)


def _status(result: SearchResult) -> str:
    """Why there is no path."""
    from mlsearch.search.result import SearchStatus

    return SearchStatus(int(result.status[0])).name.lower().replace("_", " ")


def _write_figure(out: Path, problem: Problems, result: SearchResult, name: str) -> None:
    from mlsearch import plots

    plots.save(plots.solution(problem, result, name), out)


def _text(cell: int, mazes: Mazes) -> str:
    row, column = divmod(int(cell), mazes.shape.width)
    return f"{row},{column}"
