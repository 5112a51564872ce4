"""Runs in other domains than mazes are stopped or killed, and end as if they had not been."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlsearch.base.settings import replaced, to_dict
from mlsearch.learning.methods import method_config
from mlsearch.learning.training import Trainer
from mlsearch.runs.checkpoint import load_tensors

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from stress_resume import differences  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {
    "model.hidden": 16,
    "model.embedding": 8,
    "data.num_trajectories": 16,
    "training.batch_size": 16,
    "training.steps": 12,
    "training.log_every": 1,
    "training.checkpoint_every": 4,
    "training.weight_average": 0.5,
    "training.num_validation": 4,
}
LEVELS = {"name": "sokoban", "height": 7, "width": 7, "num_boxes": 1}
BOARD = {"domain": LEVELS, "model.hidden": 8, "model.iterations": 2, "training.batch_size": 4}
RUNS = {
    "cube2": ("walk_distance", {"domain": {"name": "cube2"}}),
    "cube3": ("walk_distance", {"domain": {"name": "cube3"}}),
    "sokoban": ("board_walks", BOARD),
    "slow_copy": ("value_iteration", {"domain": {"name": "cube2"}}),
}
STOP = 6  # in the middle of a block, after the checkpoint of step 4


def config_of(name):
    method, own = RUNS[name]
    return replaced(method_config(method), SMALL | own)


@pytest.fixture(scope="module", params=RUNS)
def whole(request, tmp_path_factory):
    """The config of a run, and its folder after a run that nothing stopped."""
    folder = tmp_path_factory.mktemp(request.param)
    config = config_of(request.param)
    Trainer(config, folder).run()
    return config, folder


def assert_resumed_run_is(whole, folder, step):
    resumed = Trainer.resume(folder)
    assert resumed.step == step
    resumed.run()
    assert differences(whole, folder) == []
    name = "model.safetensors"
    assert (folder / name).read_bytes() == (whole / name).read_bytes()


class StoppedError(Exception):
    pass


@pytest.mark.parametrize(("error", "step"), [(StoppedError, 4), (KeyboardInterrupt, STOP)])
def test_stopped_by_an_exception(whole, tmp_path, error, step):
    """An interrupt saves the state first; after any other error the last checkpoint is there."""

    def fail(at, row):
        if at == STOP:
            raise error

    config, folder = whole
    with pytest.raises(error):
        Trainer(config, tmp_path, progress=fail).run()
    assert_resumed_run_is(folder, tmp_path, step)


KILLED = """
import json, os, signal, sys
import torch
from mlsearch.base.settings import from_dict
from mlsearch.config import RunConfig
from mlsearch.learning.training import Trainer

torch.set_num_threads(1)
config = from_dict(RunConfig, json.loads(sys.argv[1]))
stop, replace = int(sys.argv[3]), os.replace

def kill(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

def progress(step, row):
    if step == stop and sys.argv[4] == "step":
        kill()
    if step == stop:
        os.replace = kill

Trainer(config, sys.argv[2], progress=progress).run()
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("moment", ["step", "write"])
def test_killed(whole, tmp_path, moment):
    """At a step, and in the middle of the writing of the second checkpoint."""
    config, folder = whole
    command = [sys.executable, "-c", KILLED, json.dumps(to_dict(config)), str(tmp_path), str(STOP)]
    assert subprocess.run([*command, moment], timeout=120).returncode == -signal.SIGKILL
    assert_resumed_run_is(folder, tmp_path, 4)


def test_the_slow_copy_is_in_the_state(tmp_path):
    """So that the equality above speaks of it; no test of walk_distance would miss it."""
    Trainer(config_of("slow_copy"), tmp_path).run()
    tensors, _ = load_tensors(tmp_path / "training_state" / "last.safetensors")
    averages = {name: value for name, value in tensors.items() if name.startswith("average.")}
    assert averages
    assert any((value != tensors[name.replace("average.", "model.")]).any() for name, value in averages.items())
