"""Runs in other domains than mazes are stopped or killed, and end as if they had not been."""

import os
import signal
import sys
from pathlib import Path

import pytest
import torch

from mlsearch.base.settings import replaced
from mlsearch.learning.methods import method_config
from mlsearch.learning.training import Trainer
from mlsearch.runs.checkpoint import load_tensors

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from stress_resume import differences, in_child

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
BOARD = {"domain": LEVELS, "model.hidden": 8, "model.iterations": 2, "training.batch_size": 32}
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


@pytest.mark.parametrize("error", [StoppedError, KeyboardInterrupt])
def test_stopped_by_an_exception(whole, tmp_path, error):
    """The state is saved on the way out."""

    def fail(at, row):
        if at == STOP:
            raise error

    config, folder = whole
    with pytest.raises(error):
        Trainer(config, tmp_path, progress=fail).run()
    assert_resumed_run_is(folder, tmp_path, STOP)


def killed(config, folder, moment):
    """Trains in a child that kills itself, at a step or where a file gets its name."""
    replace = os.replace

    def kill_at_write(source, target):
        if str(target).endswith(moment):
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)

    def progress(step, row):
        if step == STOP:
            os.replace = kill_at_write
            if moment == "step":
                os.kill(os.getpid(), signal.SIGKILL)

    child = in_child(lambda: Trainer(config, folder, progress=progress).run())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def no_gpu_yet():
    """Once a process has used a GPU, as other tests do, its forks find no gradients."""
    if torch.cuda.is_initialized():
        pytest.skip("this process has used a GPU and cannot fork")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.usefixtures("no_gpu_yet")
@pytest.mark.parametrize("moment", ["step", "model.safetensors", "last.safetensors"])
def test_killed(whole, tmp_path, moment):
    """In the middle, and at two moments of the writing of the second checkpoint."""
    config, folder = whole
    assert killed(config, tmp_path, moment) == -signal.SIGKILL
    assert_resumed_run_is(folder, tmp_path, 4)


def test_the_slow_copy_is_in_the_state(tmp_path):
    """So that the equality above speaks of it; no test of walk_distance would miss it."""
    Trainer(config_of("slow_copy"), tmp_path).run()
    tensors, _ = load_tensors(tmp_path / "training_state" / "last.safetensors")
    slow = [name.removeprefix("average.") for name in tensors if name.startswith("average.")]
    assert any((tensors[f"average.{name}"] != tensors[f"model.{name}"]).any() for name in slow)
