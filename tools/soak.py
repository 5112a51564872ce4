"""Hours of mixed work in one process, to see that it needs no more of anything as time goes on.

    python tools/soak.py --minutes 60

Generates, solves, trains, saves and loads in turn. After a warm-up of a fifth of the time,
resident memory, what allocators have given out, open files and threads are noted each second.
Prints the slope of memory, with its 95 % interval, in each quarter of the time too, as memory that
settles rises less and less; the same for what the allocators of C and of Python have given out,
which does not rise where resident memory does so only because free memory lies in pieces; and the
numbers of files and threads. Exit status 1 if memory certainly grows by more than is allowed, or
if the last minutes have more files or threads than the first. Linux with glibc 2.33 or later only.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import sys
import tempfile
import time
from itertools import pairwise
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
    resident: float  # MiB
    given_out: float  # MiB, by the allocator of the C library
    blocks: float  # thousands, of Python's own allocator
    files: int
    threads: int


class MallInfo(ctypes.Structure):
    """What mallinfo2(3) answers: ten numbers of bytes or pieces."""

    _fields_ = tuple((f"field{i}", ctypes.c_size_t) for i in range(10))


def given_out() -> int:
    """Bytes that the C library's allocator has given out and not got back."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = MallInfo
    info = mallinfo2()
    return int(info.field4 + info.field7)  # hblkhd, mapped by themselves; uordblks, all others


def sample(begin: float) -> Sample:
    """Now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    files, threads = (len(os.listdir(f"/proc/self/{kind}")) for kind in ("fd", "task"))
    resident = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    blocks = sys.getallocatedblocks() / 1000
    seconds = time.perf_counter() - begin
    return Sample(seconds, resident, given_out() / 2**20, blocks, files, threads)


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


def slope(samples: list[Sample], name: str = "resident") -> tuple[float, float]:
    """The growth of one number by least squares, an hour, and half of its 95 % interval.

    Neighbouring samples are alike, so the interval is that of the means of ten spans of time.
    """
    values = np.array([(s.seconds, getattr(s, name)) for s in samples])
    spans = [span for span in np.array_split(values, 10) if len(span)]
    hours, held = (np.array([span[:, column].mean() for span in spans]) for column in (0, 1))
    hours = hours / 3600
    centred = hours - hours.mean()
    growth = float(centred @ held / (centred @ centred))
    rest = held - held.mean() - growth * centred
    error = float(np.sqrt(rest @ rest / (len(spans) - 2) / (centred @ centred)))
    return growth, float(student.ppf(0.975, len(spans) - 2)) * error


def quarters(samples: list[Sample]) -> list[list[Sample]]:
    """The samples of each quarter of the time."""
    ends = [len(samples) * i // 4 for i in range(5)]
    return [samples[begin:end] for begin, end in pairwise(ends)]


def report(samples: list[Sample], allowed: float) -> bool:
    """Prints what was seen; returns whether it is well."""
    for name, unit in (("resident", "MiB"), ("given_out", "MiB"), ("blocks", "thousand blocks")):
        first, last = (getattr(samples[at], name) for at in (0, -1))
        growth, half = slope(samples, name)
        interval = f"{growth - half:+.1f} to {growth + half:+.1f}"
        print(f"{name}: {first:.1f} to {last:.1f} {unit}; {growth:+.1f} an hour ({interval})")
    parts = quarters(samples)
    print("resident, by quarter:", ", ".join(f"{slope(part)[0]:+.1f}" for part in parts))
    counts = {
        name: tuple(max(getattr(s, name) for s in part) for part in (parts[0], parts[-1]))
        for name in ("files", "threads")
    }
    for name, (before, after) in counts.items():
        print(f"{name}: {before} at the beginning, {after} at the end")
    growth, half = slope(samples)
    return growth - half <= allowed and all(after <= before for before, after in counts.values())


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--allowed", type=float, default=1.0, help="MiB an hour that are no growth")
    options = parser.parse_args()
    samples = soak(60 * options.minutes)
    if len(samples) < 40:
        raise SystemExit("too short: fewer than 40 samples after the warm-up")
    return not report(samples, options.allowed)


if __name__ == "__main__":
    sys.exit(main())
