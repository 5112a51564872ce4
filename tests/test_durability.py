"""Runs survive what can happen to a process: kills, a full disk, a second process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from mlsearch.base import files
from mlsearch.base.errors import CheckpointError
from mlsearch.base.files import remove_leftovers, replacing
from mlsearch.base.settings import replaced, to_dict
from mlsearch.cli import main
from mlsearch.config import RunConfig
from mlsearch.learning.methods import METHODS
from mlsearch.learning.training import Trainer
from mlsearch.runs.checkpoint import load_model
from mlsearch.runs.lock import RunLock

pytestmark = pytest.mark.usefixtures("one_thread")

TOOLS = Path(__file__).parents[1] / "tools"
SETTINGS = {
    "domain.height": 6,
    "domain.width": 6,
    "data.num_trajectories": 20,
    "model.hidden": 8,
    "model.num_blocks": 1,
    "model.embedding": 4,
    "training.steps": 8,
    "training.batch_size": 8,
    "training.log_every": 1,
    "training.checkpoint_every": 2,
    "training.evaluate_every": 2,
}


def tiny(**changes) -> RunConfig:
    return replaced(METHODS["contrastive"], {**SETTINGS, **changes})


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "tensorboard")


# Kills ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_run_that_is_killed_again_and_again_ends_as_if_it_was_not():
    command = [sys.executable, TOOLS / "stress_resume.py", "--kills", "6", "--steps", "40"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "survived 6 stops" in done.stdout
    assert "the same to the last bit" in done.stdout


def test_a_run_that_has_reached_its_target_goes_no_further(tmp_path):
    settings = {"evaluate": lambda model: {"rate": 1.0}, "until": {"rate": 0.5}}
    Trainer(tiny(), tmp_path, **settings).run()
    resumed = Trainer.resume(tmp_path, **settings)
    resumed.run()
    assert resumed.step == 2


# Writing -------------------------------------------------------------------------------------


def test_what_is_written_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(handle):
        calls.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        fsync(handle)

    def noted_replace(source, target):
        calls.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    with replacing(tmp_path / "file") as temporary:
        temporary.write_text("text")
    assert calls == ["file", "rename", *["folder"] * (os.name != "nt")]
    with replacing(tmp_path / "folder") as temporary:
        temporary.mkdir()
        (temporary / "inner").write_text("text")
    assert calls[3:] == ["file", "folder", "rename", "folder"] or os.name == "nt"


@pytest.mark.parametrize("name", ["_flush", "_flush_entry"])
def test_a_disk_that_fails_at_the_end_of_a_write_is_told(tmp_path, monkeypatch, name):
    def fails(path):
        raise OSError(5, "Input/output error")

    (tmp_path / "file").write_text("old")
    monkeypatch.setattr(files, name, fails)
    with (
        pytest.raises(OSError, match=r"Input/output error.*file'"),
        replacing(tmp_path / "file") as temporary,
    ):
        temporary.write_text("new")
    assert (tmp_path / "file").read_text() == ("old" if name == "_flush" else "new")
    assert visible(tmp_path) == ["file"]


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    for name in (".scalars.csv.unfinished-abc", ".unfinished", "x.unfinished-y", ".config"):
        (tmp_path / name).mkdir()
    (tmp_path / ".scalars.csv.unfinished-abc" / "scalars.csv").write_text("half")
    remove_leftovers(tmp_path)
    assert visible(tmp_path) == [".config", ".unfinished", "x.unfinished-y"]


LIMITED = """
import json, resource, sys
from mlsearch.cli import main
from mlsearch.base.settings import from_dict
from mlsearch.config import RunConfig
from mlsearch.learning.training import Trainer

def limit_files(size=2000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
"""


def run_limited(code: str, *arguments: str) -> subprocess.CompletedProcess:
    """Runs code in a process of its own in which ``limit_files`` lets no file grow beyond a size
    in bytes: what a quota does, or a full disk. Here the limit would hit the report of the tests.
    """
    pytest.importorskip("resource", reason="needs POSIX limits")
    command = [sys.executable, "-c", LIMITED + code, *arguments]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=one_thread)


TRAIN_UNTIL_FULL = """
config = from_dict(RunConfig, json.loads(sys.argv[1]))
Trainer(config, sys.argv[2], progress=lambda step, row: step == 5 and limit_files()).run()
"""


def test_a_full_disk_leaves_the_last_good_state(tmp_path):
    done = run_limited(TRAIN_UNTIL_FULL, json.dumps(to_dict(tiny())), str(tmp_path))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("OSError: [Errno 27] File too large: ")
    assert last.endswith("model.safetensors'")
    load_model(tmp_path)
    assert not list(tmp_path.rglob("*unfinished*"))
    resumed = Trainer.resume(tmp_path)
    assert resumed.step == 4
    whole = Trainer(tiny(), tmp_path.with_name("whole")).run().state_dict()
    for name, value in resumed.run().state_dict().items():
        assert torch.equal(value, whole[name])


def train_command(folder: Path) -> list[str]:
    settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
    return ["train", "--quiet", "--device=cpu", f"--out={folder}", *settings]


def train_by_command(folder: Path):
    return CliRunner().invoke(main, train_command(folder))


def test_the_command_tells_of_a_full_disk_in_one_line(tmp_path):
    # Event files have room, as TensorBoard writes them in a thread with messages of its own.
    command = [*train_command(tmp_path / "run"), "--set=model.hidden=64"]
    done = run_limited("limit_files(10_000)\nmain(sys.argv[1:])", *command)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: [Errno 27] File too large: ")
    assert line.endswith("safetensors'") or line.endswith("config.json'")


@pytest.fixture
def mounted(tmp_path):
    """Mounts a memory disk with options; only root may."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if sys.platform != "linux" or os.geteuid() or subprocess.run(command).returncode:
            pytest.skip("only root may mount a disk")
        return place

    yield mount
    if place.is_mount():
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_without_space_is_told_in_one_line(mounted):
    result = train_by_command(mounted("size=24k") / "run")
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: [Errno 28] No space left on device: ")


def test_a_folder_that_cannot_be_written_is_told_in_one_line(mounted):
    result = train_by_command(mounted("ro") / "run")
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: [Errno 30] Read-only file system: ")


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind root, nor Windows"
)
def test_a_folder_without_permission_is_told_in_one_line(tmp_path):
    tmp_path.chmod(0o555)
    result = train_by_command(tmp_path / "run")
    tmp_path.chmod(0o755)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: [Errno 13] Permission denied: ")


def test_a_file_where_the_folder_should_be_is_told_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    result = train_by_command(tmp_path / "file" / "run")
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert "Not a directory" in line


# Two processes on one run --------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from mlsearch.runs.lock import RunLock
lock = RunLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path):
    Trainer(tiny(), tmp_path).run()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CheckpointError, match="this run is being trained already"):
            Trainer.resume(tmp_path)
        holder.kill()
    Trainer.resume(tmp_path).run()


def test_a_new_run_in_a_folder_that_is_in_use_is_refused(tmp_path):
    lock = RunLock(tmp_path)
    with pytest.raises(CheckpointError, match="this run is being trained already"):
        Trainer(tiny(), tmp_path)
    lock.release()
    lock.release()
    Trainer(tiny(), tmp_path).run()


def test_the_lock_ends_with_the_run_however_that_ends(tmp_path):
    def fail(step, row):
        raise ConnectionError

    failing = Trainer(tiny(), tmp_path, progress=fail)
    with pytest.raises(ConnectionError):
        failing.run()
    done = Trainer.resume(tmp_path)
    done.run()
    (tmp_path / "training_state" / "last.safetensors").write_bytes(b"damaged")
    for _ in range(2):
        with pytest.raises(CheckpointError, match="not a valid safetensors file"):
            Trainer.resume(tmp_path)
