"""Kills a training run at random moments, resumes it each time, and compares what it ends with.

    python tools/stress_resume.py --kills 50

One run goes through without a stop. The other is stopped again and again, by SIGKILL, SIGTERM
and SIGINT in turn: half of the times at a random moment, half at a random call of ``os.fsync`` or
``os.replace``, that is, inside the writing of a checkpoint. Then it is resumed to its end, and
weights, optimizer state and scalars (but for the seconds) have to be the same to the last bit.
Exit status 1 if they are not. For systems with ``os.fork``.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import torch

from mlsearch.cli import main as mlsearch_command
from mlsearch.runs.checkpoint import load_tensors

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
SETTINGS = (
    "domain.height=8",
    "domain.width=8",
    "data.num_trajectories=64",
    "model.hidden=16",
    "model.num_blocks=1",
    "model.embedding=16",
    "training.batch_size=16",
    "training.learning_rate=0.01",
    "training.weight_average=0.9",
    "training.log_every=1",
    "training.checkpoint_every=3",
    "training.evaluate_every=50",
    "training.num_validation=10",
)


def train(folder: Path, steps: int) -> None:
    """What the command line does: begins the run, or goes on with it."""
    torch.set_num_threads(1)
    arguments = ["train", "--quiet", "--device", "cpu"]
    if (folder / "config.json").exists():
        arguments += ["--resume", str(folder)]
    else:
        arguments += ["--out", str(folder), "--steps", str(steps)]
        for setting in SETTINGS:
            arguments += ["--set", setting]
    mlsearch_command(arguments, standalone_mode=False)


def in_child(work: Callable[[], None]) -> int:
    """Runs ``work`` in a process of its own and returns the id of that.

    A fork, so that PyTorch need not be loaded again.
    """
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except Exception as error:
        if "interrupted" not in str(error):
            traceback.print_exc()
    finally:
        os._exit(status)


def ends_well(child: int) -> bool:
    """Whether a child ended by itself, at the end of its run."""
    return os.waitpid(child, 0)[1] == 0


def stopped_at_moment(folder: Path, steps: int, seconds: float, kind: int) -> bool:
    """Trains until a signal comes after some time; returns whether the run came to its end."""
    child = in_child(lambda: train(folder, steps))
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(child, kind)
    return ends_well(child)


def stopped_at_write(folder: Path, steps: int, number: int, kind: int) -> bool:
    """Trains until a call of ``os.fsync`` or ``os.replace``, counted from 0."""

    def work() -> None:
        calls = iter(range(number + 1))

        def stopping(call: Callable[..., object]) -> Callable[..., object]:
            def with_stop(*arguments: object) -> object:
                if next(calls, None) == number:
                    os.kill(os.getpid(), kind)
                return call(*arguments)

            return with_stop

        os.fsync, os.replace = stopping(os.fsync), stopping(os.replace)
        train(folder, steps)

    return ends_well(in_child(work))


def scalars(folder: Path) -> list[dict[str, str]]:
    """The rows of ``scalars.csv`` without the seconds."""
    with (folder / "scalars.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [{name: text for name, text in row.items() if name != "seconds"} for row in rows]


def differences(first: Path, second: Path) -> list[str]:
    """What is not the same, to the last bit, in two run folders."""
    found = [] if scalars(first) == scalars(second) else ["scalars.csv"]
    for name in ("model.safetensors", "training_state/last.safetensors"):
        left, right = load_tensors(first / name)[0], load_tensors(second / name)[0]
        is_same = left.keys() == right.keys() and all(
            left[key].numpy().tobytes() == right[key].numpy().tobytes() for key in left
        )
        found += [] if is_same else [name]
    leftovers = [path for path in second.rglob(".*") if path.name != ".lock"]
    return found + [f"left behind: {path}" for path in leftovers]


def stress(folder: Path, kills: int, steps: int, seed: int) -> list[str]:
    """Makes both runs and returns how they differ."""
    choose = random.Random(seed)
    train(folder / "first", 1)  # loads here what each child would have to load
    begin = time.perf_counter()
    if not ends_well(in_child(lambda: train(folder / "whole", steps))):
        raise SystemExit("the run that nobody stops did not end well")
    duration = time.perf_counter() - begin
    print(f"without a stop: {duration:.1f} s for {steps} steps")
    counts = dict.fromkeys(SIGNALS, 0)
    run, lives, tries = folder / "killed", 0, 0
    while sum(counts.values()) < kills:  # a run that ended before its signal survived nothing
        kind = SIGNALS[tries // 2 % len(SIGNALS)]
        tries += 1
        if tries % 2 == 0:
            ended = stopped_at_write(run, steps, choose.randrange(60), kind)
        else:
            ended = stopped_at_moment(run, steps, choose.uniform(0, duration), kind)
        counts[kind] += not ended
        if ended:  # there is no more to kill: compare, and begin again
            if different := differences(folder / "whole", run):
                return different
            lives += 1
            run = folder / f"killed{lives}"
    if not ends_well(in_child(lambda: train(run, steps))):
        return ["the last resume did not end well"]
    named = ", ".join(f"{signal.Signals(kind).name} {count}" for kind, count in counts.items())
    print(f"survived {sum(counts.values())} stops ({named}) in {lives + 1} runs")
    return differences(folder / "whole", run)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        different = stress(Path(folder), options.kills, options.steps, options.seed)
    print("the same to the last bit" if not different else f"different: {', '.join(different)}")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
