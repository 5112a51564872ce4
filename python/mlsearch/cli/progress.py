"""How a command shows that it is at work: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import click

from mlsearch.cli.stages import hidden_stages

SHOWN = {
    "loss": "loss",
    "validation.no_search.solved_rate": "no-search",
    "validation.search.expansions": "expansions",
}


@contextmanager
def resumable(command: str) -> Iterator[None]:
    """Adds to an interruption of training how to go on."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"({stop}); go on with: {command}") from stop


def training_progress(
    total: int, quiet: bool, label: str
) -> AbstractContextManager[Callable[[int, Mapping[str, float]], None] | None]:
    """Shows a training run.

    Yields the function to give to ``Trainer`` as ``progress``, or None.
    """

    def fields(step: int, row: Mapping[str, float]) -> dict[str, Any]:
        rate = f"{step / max(row['seconds'], 1e-9):.0f}/s"
        return {"unit": f" steps  {rate}", "values": _short(row)}

    return _progress(total, quiet, label, fields, _plain_lines(total, label))


def counting_progress(
    total: int, quiet: bool, label: str
) -> AbstractContextManager[Callable[[int], None] | None]:
    """Shows how many of ``total`` items are done.

    Yields the function to call with the number that is done, or None.
    """
    return _progress(total, quiet, label, lambda done: {}, _plain_counts(total, label))


@contextmanager
def _progress(
    total: int,
    quiet: bool,
    label: str,
    fields: Callable[..., dict[str, Any]],
    plain: Callable[..., None],
) -> Iterator[Callable[..., None] | None]:
    """Yields what to call with the number that is done, and what else ``fields`` reads."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        with hidden_stages():
            yield plain
        return
    number = TextColumn("{task.completed}/{task.total}{task.fields[unit]}")
    columns = (TextColumn("{task.description}"), BarColumn(), number, TimeElapsedColumn())

    class TwoLines(Progress):
        """The values stand below the bar, so that it keeps its width."""

        def get_renderables(self) -> Iterator[Any]:
            yield from super().get_renderables()
            yield from (Text(f"  {task.fields['values']}") for task in self.tasks)

    with hidden_stages(), TwoLines(*columns, Remaining(), console=console) as bar:
        task = bar.add_task(label, total=total, unit="", values="")

        def update(done: int, *rest: Any) -> None:
            bar.update(task, completed=done, **fields(done, *rest))

        yield update


def _plain_counts(total: int, label: str) -> Callable[[int], None]:
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


def _short(row: Mapping[str, float]) -> str:
    return ", ".join(f"{label} {row[name]:.3g}" for name, label in SHOWN.items() if name in row)
