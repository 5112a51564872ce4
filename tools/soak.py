"""Hours of mixed work in one process, to see that it needs no more of anything as time goes on.

    python tools/soak.py --minutes 60

Generates, solves, trains, saves and loads in turn. After a warm-up of a fifth of the time,
resident memory, open files and threads are noted each second. Prints the slope of memory, with
its 95 % interval, and the numbers of files and threads. Exit status 1 if memory certainly grows
by more than is allowed, or if the last minutes have more files or threads than the first.
Linux only.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from mlsearch.base.settings import replaced
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.evaluation import validation
from mlsearch.learning.methods import METHODS
from mlsearch.learning.training import Trainer
from mlsearch.metrics.learned import load
from mlsearch.search.solve import solve

SETTINGS = {
    "domain.height": 10,
    "domain.width": 10,
    "data.num_trajectories": 200,
    "model.hidden": 32,
    "training.steps": 30,
    "training.batch_size": 32,
    "training.log_every": 10,
    "training.evaluate_every": 15,
    "training.checkpoint_every": 10,
    "training.num_validation": 20,
}


class Sample(NamedTuple):
    """What the process holds at a moment."""

    seconds: float
    mebibytes: float
    files: int
    threads: int


def sample(begin: float) -> Sample:
    """Now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    files, threads = (len(os.listdir(f"/proc/self/{kind}")) for kind in ("fd", "task"))
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return Sample(time.perf_counter() - begin, memory, files, threads)


def work(number: int, folder: Path) -> None:
    """One turn: every part of the package once."""
    mazes = Mazes.generate(300, 10, seed=number)
    problems = Problems.sample(mazes, seed=number)
    solve(problems, heuristic="manhattan")
    mazes.save(folder / "mazes.npz")
    if Mazes.load(folder / "mazes.npz") != mazes:
        raise SystemExit("mazes differ after loading")
    data = folder / f"data{number}"
    Trajectories.sample(mazes, seed=number).save(data)
    Trajectories.load(data)
    run = folder / f"run{number}"
    config = replaced(METHODS["contrastive"], {**SETTINGS, "seed": number})
    Trainer(config, run, evaluate=validation(config)).run()
    solve(problems[:50], heuristic=load(run))
    for path in (data, run):
        remove(path)


def remove(folder: Path) -> None:
    """The folder and all in it."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


def soak(seconds: float) -> list[Sample]:
    """Works for so long, and returns the samples after the warm-up."""
    samples: list[Sample] = []
    begin = time.perf_counter()
    number = 0
    with tempfile.TemporaryDirectory() as folder:
        while time.perf_counter() - begin < seconds:
            work(number, Path(folder))
            number += 1
            gc.collect()  # cycles wait for Python's own moment, which is no leak
            now = sample(begin)
            is_due = not samples or now.seconds - samples[-1].seconds >= min(1, seconds / 60)
            if now.seconds > seconds / 5 and is_due:
                samples.append(now)
    print(f"{number} turns in {time.perf_counter() - begin:.0f} s, {len(samples)} samples")
    return samples


def slope(samples: list[Sample]) -> tuple[float, float]:
    """The growth of memory by least squares, in MiB an hour, and half of its 95 % interval.

    Neighbouring samples are alike, so the interval is that of the means of ten spans of time.
    """
    spans = [span for span in np.array_split(np.array(samples), 10) if len(span)]
    hours, memory = (np.array([span[:, column].mean() for span in spans]) for column in (0, 1))
    hours = hours / 3600
    centred = hours - hours.mean()
    growth = float(centred @ memory / (centred @ centred))
    rest = memory - memory.mean() - growth * centred
    error = float(np.sqrt(rest @ rest / (len(spans) - 2) / (centred @ centred)))
    return growth, float(student.ppf(0.975, len(spans) - 2)) * error


def report(samples: list[Sample], allowed: float) -> bool:
    """Prints what was seen; returns whether it is well."""
    growth, half = slope(samples)
    first, last = samples[: len(samples) // 4 + 1], samples[-(len(samples) // 4 + 1) :]
    counts = {
        name: (max(getattr(s, name) for s in first), max(getattr(s, name) for s in last))
        for name in ("files", "threads")
    }
    print(f"memory: {samples[0].mebibytes:.0f} to {samples[-1].mebibytes:.0f} MiB")
    interval = f"{growth - half:+.1f} to {growth + half:+.1f}"
    print(f"slope: {growth:+.1f} MiB an hour, 95 % interval {interval}")
    for name, (before, after) in counts.items():
        print(f"{name}: {before} at the beginning, {after} at the end")
    grows = growth - half > allowed
    return not grows and all(after <= before for before, after in counts.values())


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--allowed", type=float, default=1.0, help="MiB an hour that are no growth")
    options = parser.parse_args()
    samples = soak(60 * options.minutes)
    if len(samples) < 10:
        raise SystemExit("too short: fewer than 10 samples after the warm-up")
    return not report(samples, options.allowed)


if __name__ == "__main__":
    sys.exit(main())
