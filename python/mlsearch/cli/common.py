"""What the commands share: options, errors in one line, tables and progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mlsearch.base.errors import MlsearchError
from mlsearch.domains.maze.config import MazeConfig

if TYPE_CHECKING:
    from rich.table import Table

    from mlsearch.evaluation.evaluation import Evaluation

Command = TypeVar("Command", bound=Callable[..., Any])
RUNS = Path("runs")


EXPECTED = (MlsearchError, ValueError, TypeError, OSError, MemoryError, RuntimeError, ImportError)


class Group(click.Group):
    """A group whose commands report errors in one line, unless ``--debug``.

    Bad arguments exit with 2, all that goes wrong later with 1.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (BrokenPipeError, click.exceptions.Exit, click.Abort, click.ClickException):
            raise  # click knows what to do
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            raise _failure(error) from error
        except KeyboardInterrupt as interrupt:
            raise click.ClickException(f"interrupted {interrupt}".rstrip()) from interrupt


class ArgumentError(click.ClickException):
    """A bad argument, where one line says more than the usage of the command."""

    exit_code = 2


def _failure(error: Exception) -> click.ClickException:
    """The error in one line, shortened if it is long."""
    text = " ".join(str(error).split())
    if len(text) > 300:
        text = f"{text[:200]} ... {text[-100:]}"
    name = type(error).__name__
    if not isinstance(error, EXPECTED):
        text = f"unexpected {': '.join(filter(None, [name, text]))} (mlsearch --debug shows where)"
    is_argument = isinstance(error, ValueError | TypeError)
    kind = ArgumentError if is_argument else click.ClickException
    return kind(text or name)


def seed_option(default: int = 0) -> Callable[[Command], Command]:
    """``--seed``."""
    return click.option(
        "--seed", type=click.IntRange(0), default=default, show_default=True, help="Random seed."
    )


def device_option(command: Command) -> Command:
    """``--device cpu|cuda|auto``; see ``chosen_device``."""
    option = click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        default="auto",
        show_default=True,
        help="Where the network runs; auto takes the GPU when there is one.",
    )
    return option(command)


def chosen_device(name: str) -> str:
    """The device that an option names, made ready.

    On the CPU, PyTorch is set to one thread unless ``OMP_NUM_THREADS`` says otherwise: these
    networks are too small to gain from more, and lose much when other programs run.

    Raises:
        ValueError: "cuda" was asked for and PyTorch sees no GPU.
    """
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device: expected a CUDA GPU, but PyTorch sees none; use cpu or auto")
    if name == "cuda" or (name == "auto" and torch.cuda.is_available()):
        return "cuda"
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)
    return "cpu"


def quiet_option(command: Command) -> Command:
    """``--quiet``."""
    return click.option("--quiet", is_flag=True, help="Print no progress.")(command)


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")(command)


def num_option(command: Command) -> Command:
    """``--n``, how many problems."""
    option = click.option(
        "-n",
        "--n",
        "num",
        type=click.IntRange(1),
        default=1000,
        show_default=True,
        help="How many problems.",
    )
    return option(command)


def maze_options(command: Command) -> Command:
    """Options that say which mazes; ``None`` where not given. See ``maze_config``."""
    options = [
        click.option("--size", help="Height x width, for example 20 or 30x40."),
        click.option(
            "--generator",
            type=click.Choice(["percolation", "depth_first", "wilson", "prim"]),
            help="How mazes are made.",
        ),
        click.option("--wall-probability", type=float, help="Of a cell, in percolation mazes."),
        click.option("--loops", type=float, help="Share of inner walls opened, in tree mazes."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def maze_changes(
    size: str | None, generator: str | None, wall_probability: float | None, loops: float | None
) -> dict[str, Any]:
    """The maze settings that were given, by the names of ``MazeConfig``."""
    height, width = _parsed_size(size) if size else (None, None)
    values = {
        "height": height,
        "width": width,
        "generator": generator,
        "wall_probability": wall_probability,
        "loops": loops,
    }
    return {name: value for name, value in values.items() if value is not None}


def maze_config(base: MazeConfig, **options: Any) -> MazeConfig:
    """``base`` with the maze options that were given."""
    from mlsearch.base.settings import replaced

    return replaced(base, maze_changes(**options))


def _parsed_size(text: str) -> tuple[int, int]:
    try:
        sides = [int(side) for side in text.lower().split("x")]
    except ValueError:
        sides = []
    if len(sides) not in (1, 2):
        message = f"expected a size such as 20 or 30x40, got {text!r}"
        raise click.BadParameter(message, param_hint="--size")
    return sides[0], sides[-1]


def newest_run() -> Path | None:
    """The run anywhere under ``runs/`` whose weights were written last, or None."""
    found = list(RUNS.rglob("model.safetensors"))
    return max(found, key=lambda file: file.stat().st_mtime).parent if found else None


def print_json(value: Any) -> None:
    """Writes a value as JSON to stdout; NaN becomes null."""
    from mlsearch.base.files import as_json

    click.echo(as_json(value))


def print_scores(evaluations: Sequence[Evaluation], title: str) -> None:
    """Prints the table of scores."""
    from mlsearch.evaluation.score_table import rich_table

    print_table(rich_table(evaluations, title))


def print_table(table: Table) -> None:
    """Prints a rich table, at a fixed width where there is no terminal.

    Columns that do not fit are left out, from the right, and named below.
    """
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120)
    unbounded = console.options.update(max_width=10_000)
    left_out: list[str] = []
    while (
        len(table.columns) > 2 and console.measure(table, options=unbounded).maximum > console.width
    ):
        left_out.insert(0, " ".join(str(table.columns.pop().header).split()))
    console.print(table)
    if left_out:
        console.print(f"Left out, for want of width: {', '.join(left_out)}.")


@contextmanager
def resumable(command: str) -> Iterator[None]:
    """Adds to an interruption of training how to go on."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"({stop}); go on with: {command}") from stop


@contextmanager
def training_progress(
    total: int, quiet: bool, label: str
) -> Iterator[Callable[[int, Mapping[str, float]], None] | None]:
    """Shows a training run: a bar on a terminal, a few plain lines elsewhere.

    Yields the function to give to ``Trainer`` as ``progress``.
    """
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_lines(total, label)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} steps  {task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[values]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(label, total=total, values="", rate="")

        def update(step: int, row: Mapping[str, float]) -> None:
            rate = f"{step / max(row['seconds'], 1e-9):.0f}/s"
            bar.update(task, completed=step, values=_short(row), rate=rate)

        yield update


@contextmanager
def counting_progress(
    total: int, quiet: bool, label: str
) -> Iterator[Callable[[int], object] | None]:
    """Shows how many of ``total`` items are done: a bar on a terminal, plain lines elsewhere.

    Yields the function to call with the number that is done, or None.
    """
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_counts(total, label)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)


def _plain_counts(total: int, label: str) -> Callable[[int], object]:
    printed = 0

    def update(done: int) -> None:
        nonlocal printed
        if done * 10 // total > printed and done < total:
            printed = done * 10 // total
            click.echo(f"{label}: {done}/{total}", err=True)

    return update


def _plain_lines(total: int, label: str) -> Callable[[int, Mapping[str, float]], None]:
    printed = -1

    def update(step: int, row: Mapping[str, float]) -> None:
        nonlocal printed
        tenth = step * 10 // total
        if tenth > printed or any(name.startswith("validation") for name in row):
            printed = tenth
            click.echo(
                f"{label}: step {step}/{total}, {row['seconds']:.0f} s, {_short(row)}", err=True
            )

    return update


SHOWN = {
    "loss": "loss",
    "validation.no_search.solved_rate": "no-search",
    "validation.search.expansions": "expansions",
}


def _short(row: Mapping[str, float]) -> str:
    return ", ".join(f"{label} {row[name]:.3g}" for name, label in SHOWN.items() if name in row)
