"""Two processes do what one does, for each method, and stop and fail together."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from distributed_worker import NUM_STEPS, train
from safetensors.numpy import load_file

METHODS = ["supervised", "contrastive", "hybrid", "landmark_wave"]
WORKER = Path(__file__).with_name("distributed_worker.py")


def torchrun(*command: str) -> list[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*launcher, "--nproc-per-node", "2", *command]


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        torchrun(*command), env=environment(), capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> Path:
    """A folder of runs of two processes."""
    out = tmp_path_factory.mktemp("two")
    done = run(str(WORKER), str(out), json.dumps(METHODS))
    assert done.returncode == 0, done.stderr
    return out


def rows(folder: Path) -> list[dict[str, float]]:
    with (folder / "scalars.csv").open(newline="") as file:
        return [
            {k: float(v) for k, v in row.items() if v and k != "seconds"}
            for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize("method", METHODS)
def test_two_processes_train_as_one(both, tmp_path, method) -> None:
    """In double precision, losses agree to a millionth in every step.

    Weights that have no influence, such as a shift of all embeddings, are moved by rounding
    alone, as Adam makes every step as long as any other, so they have a tolerance.
    """
    train(method, tmp_path / method)
    alone, together = rows(tmp_path / method), rows(both / method)
    assert len(alone) == NUM_STEPS
    for one, two in zip(alone, together, strict=True):
        assert two == pytest.approx(one, rel=1e-6)
    weights = load_file(tmp_path / method / "model.safetensors")
    for name, found in load_file(both / method / "model.safetensors").items():
        np.testing.assert_allclose(found, weights[name], rtol=1e-6, atol=5e-5)


TRAIN = [
    *["-m", "mlsearch", "train", "--method", "contrastive", "--device", "cpu", "--quiet"],
    *["--set", "data.num_trajectories=100", "--set", "training.num_validation=20"],
    *["--set", "training.log_every=5"],
]


def test_a_run_of_two_is_stopped_and_resumed(tmp_path) -> None:
    folder = tmp_path / "run"
    command = [*TRAIN, "--out", str(folder), "--steps", "1000000"]
    command += ["--set", "training.checkpoint_every=10"]
    process = subprocess.Popen(
        torchrun(*command), env=environment(), stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not (folder / "scalars.csv").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "go on with: mlsearch train --resume" in error
    stopped = json.loads((folder / "config.json").read_text())
    last = rows(folder)[-1]["step"]
    assert last > 0

    stopped["config"]["training"]["steps"] = int(last) + 10
    (folder / "config.json").write_text(json.dumps(stopped))
    done = run("-m", "mlsearch", "train", "--resume", str(folder), "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("trained contrastive") == 1
    assert rows(folder)[-1]["step"] == last + 10


def test_both_fail_when_the_batch_cannot_be_shared(tmp_path) -> None:
    done = run(*TRAIN, "--out", str(tmp_path / "run"), "--steps", "10", "--batch-size", "3")
    assert done.returncode != 0
    assert "batch_size: worlds in a batch: expected a multiple of 2 processes, got 3" in done.stderr


PARTS = {
    "the shipped metric": [],
    "no search": ["--heuristic", "manhattan", "--no-search"],
    "a puzzle": ["--domain", "cube2", "--beam-width", "16", "--scramble", "50"],
}


@pytest.mark.parametrize("part", PARTS)
def test_two_processes_solve_as_one(part) -> None:
    command = ["-m", "mlsearch", "solve", "-n", "21", "--json", "--device", "cpu", *PARTS[part]]
    together = run(*command)
    assert together.returncode == 0, together.stderr
    alone = subprocess.run(
        [sys.executable, *command], env=environment(), capture_output=True, check=True
    )
    for scores in (found := json.loads(together.stdout)).values():
        del scores["seconds_heuristic"], scores["seconds_search"], scores["callback_batches"]
    expected = json.loads(alone.stdout)
    for scores in expected.values():
        del scores["seconds_heuristic"], scores["seconds_search"], scores["callback_batches"]
    assert found == expected
