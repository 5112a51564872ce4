"""TensorBoard event files beside ``scalars.csv``, wherever TensorBoard is installed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "tensorboard"


class EventLog:
    """The event files of a run, in ``RUN/tensorboard``; does nothing without TensorBoard.

    Args:
        run: the run folder.
        purge_step: hide what an interrupted run logged from this step on, as the resumed
            run logs it again.
    """

    def __init__(self, run: Path, purge_step: int | None = None) -> None:
        self._folder = run / FOLDER
        self._purge_step = purge_step

    @cached_property
    def _writer(self) -> Any:
        if find_spec("tensorboard") is None:
            return None
        from torch.utils.tensorboard import SummaryWriter

        _wait_for_later_names(self._folder)
        return SummaryWriter(str(self._folder), purge_step=self._purge_step)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Logs numbers by their names, which ``scalars.csv`` has as columns."""
        if self._writer:
            for name, value in values.items():
                self._writer.add_scalar(name.replace(".", "/"), value, step)

    def figure(self, name: str, figure: Figure) -> None:
        """Logs a figure."""
        if self._writer:
            self._writer.add_figure(name, figure, close=False)

    def close(self) -> None:
        """Writes out what is left. What is logged later goes to another file."""
        writer = self.__dict__.pop("_writer", None)
        if writer:
            writer.close()


def _wait_for_later_names(folder: Path) -> None:
    """Waits, for a second at most, until a new event file comes after those in the folder.

    TensorBoard reads them in the order of their names. These begin with the second they were
    made in and end in a count that is not padded, so of one second the tenth comes before the
    ninth, and hides what that holds.
    """
    seconds = {file.name.split(".")[3] for file in folder.glob("events.out.tfevents.*")}
    while f"{int(time.time()):010d}" in seconds:
        time.sleep(0.01)
