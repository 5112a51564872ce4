"""Runs that go on where they were stopped, and only if they are not finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlsearch.config import RunConfig
from mlsearch.learning.training import Trainer
from mlsearch.runs import finished


def unfinished(config: RunConfig, folder: str | Path, **settings: Any) -> Trainer | None:
    """The trainer of a run: a new one, or at the last saved step; None for a finished run.

    Args:
        config: the run.
        folder: its run folder, which may not exist yet.
        settings: as of :class:`~mlsearch.learning.training.Trainer`.

    Raises:
        CheckpointError: the folder holds a run with another config, or a damaged one.
    """
    place = Path(folder)
    if not finished.exists(place):
        return Trainer(config, place, **settings)
    finished.check_same(place, config)
    return None if finished.is_finished(place, config) else Trainer.resume(place, **settings)
