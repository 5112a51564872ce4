"""What a command does now: beside a spinner on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

DELAY = 2.0
"""Seconds; where there is no terminal, a command that ends earlier says nothing."""

_log = logging.getLogger("mlsearch")
_shown: list[Stages] = []  # at most one


@contextmanager
def stages(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Shows what a command does, and what the package says in its log that it does.

    Yields the function to call with the words for it.
    """
    if quiet:
        yield lambda words: None
        return
    shown, level = Stages(), _log.level
    _log.addHandler(shown)
    _log.setLevel(logging.INFO)
    _shown.append(shown)
    try:
        yield shown.tell
    finally:
        _shown.remove(shown)
        _log.setLevel(level)
        _log.removeHandler(shown)
        shown.close()


@contextmanager
def hidden_stages() -> Iterator[None]:
    """Leaves the line to a bar."""
    for shown in _shown:
        shown.hide()
    try:
        yield
    finally:
        for shown in _shown:
            shown.is_hidden = False


class Stages(logging.Handler):
    """Shows the last thing that was told, from the first one on until it is closed."""

    def __init__(self) -> None:
        from rich.console import Console

        super().__init__()
        self.is_hidden = False
        self._console = Console(stderr=True)
        self._live: Any = None
        self._guard = threading.Lock()
        self._words = ""
        self._is_late = self._console.is_terminal or DELAY == 0
        self._timer = threading.Timer(DELAY, self._wake)
        self._timer.daemon = True
        if not self._is_late:
            self._timer.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Shows a message of the log; a warning stays on the screen."""
        if record.levelno >= logging.WARNING:
            self._console.print(record.getMessage(), markup=False, highlight=False)
        else:
            self.tell(record.getMessage())

    def tell(self, words: str) -> None:
        """Shows what is done from now on."""
        if self.is_hidden:
            return
        with self._guard:
            self._words = words
            if self._is_late:
                self._show()

    def _wake(self) -> None:
        with self._guard:
            self._is_late = True
            if self._words:
                self._show()

    def _show(self) -> None:
        if not self._console.is_terminal:
            click.echo(self._words, err=True)
            return
        if self._live is None:
            self._live = _spinner(self._console)
            self._live.start()
            self._live.add_task(self._words, total=None)
        else:
            self._live.reset(self._live.task_ids[0], description=self._words)

    def hide(self) -> None:
        """Shows nothing until ``is_hidden`` is unset."""
        self.is_hidden, self._words = True, ""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def close(self) -> None:
        """Shows nothing any more."""
        self._timer.cancel()
        self.hide()
        super().close()


def _spinner(console: Any) -> Any:
    """One line, however long the words, with the seconds that they have stood there."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    words = TextColumn(
        "{task.description}",
        markup=False,
        table_column=Column(no_wrap=True, overflow="ellipsis"),
    )
    columns = (SpinnerColumn(), words, TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
