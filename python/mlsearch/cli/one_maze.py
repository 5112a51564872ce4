"""``mlsearch solve-one`` in the maze of a file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.base.errors import MlsearchError
from mlsearch.cli.one_state import shortened
from mlsearch.cli.options import domain_settings_from

if TYPE_CHECKING:
    from mlsearch.domains.maze.mazes import Mazes
    from mlsearch.domains.problems import Problems
    from mlsearch.search.result import SearchResult

FREE, WALL, START, GOAL, PATH = range(5)
LETTERS = " #SG*"
DRAWN_LINES = 100


def problem_of(
    name: str,
    settings: Any,
    file: Path | None,
    start: str | None,
    goal: str | None,
    scramble: str | None,
    picture: dict[str, int | None],
) -> tuple[Problems, dict[str, str]]:
    """The problem of a file and two options, known to have a solution, and what to call it."""
    import numpy as np

    from mlsearch.domains.maze import files as maze_files
    from mlsearch.domains.maze.mazes import Mazes
    from mlsearch.domains.problems import Problems

    if scramble is not None:
        raise click.UsageError("--scramble: moves of a maze have no names; expected --start")
    if file is None:
        raise click.UsageError("Missing argument 'MAZE'.")
    contents = maze_files.read(file, **picture)
    mazes = Mazes.mapped(contents.walls, domain_settings_from(settings, name).moves)
    if len(mazes) > 1:
        raise ValueError(f"{file}: expected one maze, got {len(mazes)}")
    starts, goals = (
        np.array([_cell(mazes, f"--{name}", _parsed(name, given), marked)], np.int32)
        for name, given, marked in (
            ("start", start, contents.start),
            ("goal", goal, contents.goal),
        )
    )
    problem = Problems(mazes, starts, goals)
    if problem.optimal[0] < 0:
        ends = [_text(cell, mazes) for cell in (problem.goals[0], problem.starts[0])]
        raise MlsearchError(f"the goal {ends[0]} cannot be reached from the start {ends[1]}")
    return problem, {"maze": str(file)}


def _parsed(name: str, text: str | None) -> tuple[int, int] | None:
    """The row and the column of an option, or None."""
    if text is None:
        return None
    try:
        row, column = map(int, text.split(","))
    except ValueError:
        message = f"expected ROW,COLUMN such as 0,12, got {text!r}"
        raise click.BadParameter(message, param_hint=f"'--{name}'") from None
    return row, column


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


def _positions(problem: Problems, result: SearchResult) -> list[list[int]] | None:
    """The path as rows and columns; None where there is none."""
    import numpy as np

    if not result.solved[0]:
        return None
    return np.stack(np.divmod(result.path(0), problem.domain.shape.width), axis=1).tolist()


def as_plain(problem: Problems, result: SearchResult) -> dict[str, Any]:
    """The problem and the path of its solution, for JSON."""
    from mlsearch.domains.costs import plain_cost

    width = problem.domain.shape.width
    return {
        "start": divmod(int(problem.starts[0]), width),
        "goal": divmod(int(problem.goals[0]), width),
        "optimal": plain_cost(problem.domain, problem.optimal[0]),
        "path": _positions(problem, result),
    }


def best_known(
    problem: Problems, results: dict[str, SearchResult], scramble: str | None
) -> dict[str, Any]:
    """Nothing: the fewest steps are always known, and shown with the searches."""
    return {}


def tell(problem: Problems, result: SearchResult, name: str) -> None:
    """Prints the maze with the path in it, in a frame, if it fits; and the path."""
    path = _positions(problem, result)
    height, width = problem.domain.shape
    if width + 2 <= shutil.get_terminal_size().columns and height <= DRAWN_LINES:
        click.echo(_drawn(problem, path))
    else:
        click.echo(f"The maze, {height} x {width}, is too large to be drawn here: --out does.")
    if path is None:
        click.echo(f"{name} found no path.")
        return
    cells = shortened([f"{row},{column}" for row, column in path])
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


def _text(cell: int, mazes: Mazes) -> str:
    row, column = divmod(int(cell), mazes.shape.width)
    return f"{row},{column}"
