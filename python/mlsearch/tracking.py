"""TensorBoard event files beside ``scalars.csv``, wherever TensorBoard is installed."""

from __future__ import annotations

from collections.abc import Mapping
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
        self._writer: Any = None
        if find_spec("tensorboard") is not None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(run / FOLDER), purge_step=purge_step)

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
        """Writes out what is left."""
        if self._writer:
            self._writer.close()
