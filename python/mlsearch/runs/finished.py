"""Whether a run has to go on."""

from __future__ import annotations

import json
from pathlib import Path

from mlsearch.base.errors import CheckpointError
from mlsearch.base.settings import dotted, to_dict
from mlsearch.config import RunConfig
from mlsearch.runs import checkpoint

STEPS = "training.steps"


def exists(folder: Path) -> bool:
    """Whether a folder holds a run, however far that has come."""
    return (folder / "config.json").exists()


def is_finished(folder: Path, config: RunConfig) -> bool:
    """Whether a run has made its last step and written the weights to use after it.

    Raises:
        CheckpointError: its state is damaged.
    """
    weights = folder / "model.safetensors"
    state = folder / "training_state" / "last.safetensors"
    if not (state.exists() and weights.exists()):
        return False
    _, notes = checkpoint.load_tensors(state)
    # The calibrated weights are written last, after the state.
    is_written = weights.stat().st_mtime_ns >= state.stat().st_mtime_ns
    return is_written and json.loads(notes["notes"])["step"] == config.training.steps


def check_same(folder: Path, config: RunConfig) -> None:
    """Checks that the run in a folder has this config.

    Raises:
        CheckpointError: it has another one.
    """
    if (found := checkpoint.read_config(folder)) != config:
        here, there = dotted(to_dict(found)), dotted(to_dict(config))
        differing = [name for name in here | there if here.get(name) != there.get(name)]
        name = differing[0]
        how = f"train on with --resume {folder} --steps {there[STEPS]}, or " * (
            differing == [STEPS]
        )
        raise CheckpointError(
            f"{folder}: holds a run whose config.json differs: {name} is {here.get(name)}, "
            f"this one asks for {there.get(name)}; {how}choose another folder with --out"
        )
