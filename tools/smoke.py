"""Uses an installed mlsearch a little, to show that what was installed is whole.

    cd /tmp && python -I /path/to/tools/smoke.py

With -I nothing of the folder it is started in, or of the source tree, can be imported.
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import numpy as np

import mlsearch as ml
from mlsearch.base.settings import replaced


def check(is_so: bool, what: str) -> None:
    """Ends the script if something is not as it should be."""
    if not is_so:
        raise SystemExit(f"smoke test: {what}")


def where_it_lies() -> None:
    """The package is the installed one."""
    folder = Path(ml.__file__).parent
    check(folder.is_relative_to(sys.prefix), f"mlsearch is imported from {folder}")
    check(ml.__version__ == importlib.metadata.version("mlsearch"), "versions differ")


def command() -> None:
    """The command is installed and says its version."""
    program = Path(sysconfig.get_path("scripts")) / "mlsearch"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    check(said.stdout == f"mlsearch, version {ml.__version__}\n", f"--version says {said.stdout!r}")


def solve() -> None:
    """The shipped metric leads a search better than a straight line."""
    problems = ml.Problems.sample(ml.Mazes.generate(50, seed=0), seed=1)
    learned, straight = (ml.solve(problems, heuristic=h) for h in (ml.load(), "euclidean"))
    check(learned.solved.all() and straight.solved.all(), "problems were left unsolved")
    check(learned.expansions.sum() < straight.expansions.sum(), "the shipped metric is no better")


def train() -> None:
    """A few steps, and the run can be loaded."""
    small = {"domain.height": 8, "domain.width": 8, "training.steps": 5, "training.batch_size": 16}
    config = replaced(ml.METHODS["contrastive"], small | {"data.num_trajectories": 50})
    with tempfile.TemporaryDirectory() as folder:
        ml.Trainer(config, Path(folder) / "run").run()
        metric = ml.load(Path(folder) / "run")
    problems = ml.Problems.sample(ml.Mazes.generate(3, size=8, seed=0))
    steps = metric.distance(problems.domain, problems.starts, problems.goals)
    check(bool(np.isfinite(steps).all()), f"distances of a new run are {steps}")


def use() -> None:
    """Searches and trains."""
    solve()
    train()


if __name__ == "__main__":
    where_it_lies()
    command()
    use()
    print(f"mlsearch {ml.__version__} works in {sys.prefix}")
