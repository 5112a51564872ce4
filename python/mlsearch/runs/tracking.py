"""Experiment trackers: what a training run logs beside ``scalars.csv``, and where."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mlsearch.runs.outside import MlflowTracker, WandbTracker

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TENSORBOARD = "tensorboard"


class Tracker(Protocol):
    """Takes the numbers of one training run, in the process that writes the run folder."""

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Logs numbers by their names, such as ``loss`` and ``validation.search.solved_rate``."""
        ...

    def close(self) -> None:
        """The training has ended or was stopped."""
        ...


class EventLog:
    """The event files of a run, in ``RUN/tensorboard``; does nothing without TensorBoard.

    Args:
        run: the run folder.
        settings: the config of the run by dotted names, for the table of hyperparameters.
        step: the step that the run goes on from, 0 for a new one. What an interrupted run logged
            after it is hidden, as the resumed run logs it again.
    """

    def __init__(self, run: Path, settings: Mapping[str, Any] | None = None, step: int = 0) -> None:
        self._folder = run / TENSORBOARD
        self._settings, self._step = settings, step

    @cached_property
    def _writer(self) -> Any:
        if find_spec("tensorboard") is None:
            return None
        from torch.utils.tensorboard import SummaryWriter
        from torch.utils.tensorboard.summary import hparams

        _wait_for_later_names(self._folder)
        writer = SummaryWriter(str(self._folder), purge_step=self._step + 1 if self._step else None)
        for summary in hparams(_plain(self._settings), {}) if self._settings else ():
            writer._get_file_writer().add_summary(summary)
        return writer

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


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as TensorBoard takes them: numbers and texts."""
    kinds = (bool, int, float, str)
    return {
        name: value if isinstance(value, kinds) else str(value) for name, value in settings.items()
    }


def _wait_for_later_names(folder: Path) -> None:
    """Waits, for a second at most, until a new event file comes after those in the folder.

    TensorBoard reads them in the order of their names. These begin with the second they were
    made in and end in a count that is not padded, so of one second the tenth comes before the
    ninth, and hides what that holds.
    """
    seconds = {file.name.split(".")[3] for file in folder.glob("events.out.tfevents.*")}
    while f"{int(time.time()):010d}" in seconds:
        time.sleep(0.01)


TRACKERS: dict[str, Callable[[Path, Mapping[str, Any], int], Tracker]] = {
    TENSORBOARD: EventLog,
    "wandb": WandbTracker,
    "mlflow": MlflowTracker,
}
"""By name: makes the tracker of a run, given its folder, its config by dotted names, and the step
that it goes on from, 0 for a new one. Add yours in a script or a plugin; ``mlsearch train --track``
takes its name."""
