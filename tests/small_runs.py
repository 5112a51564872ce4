"""Commands on tiny settings, as tests of the command line give them, and what came of a run."""

from click.testing import CliRunner
from PIL import Image

import mlsearch as ml
from mlsearch import plots
from mlsearch.cli import main
from mlsearch.runs.checkpoint import read_config

TINY = ["--size", "8", "--steps", "4", "--batch-size", "16", "--quiet"]
TINY += ["--set", "model.hidden=8", "--set", "data.num_trajectories=20"]
TINY += ["--set", "training.num_validation=3", "--set", "training.log_every=2"]

SMALL_RUN = {
    "domain.height": 6,
    "domain.width": 6,
    "data.num_trajectories": 32,
    "model.hidden": 16,
    "model.num_blocks": 1,
    "model.embedding": 16,
    "model.iterations": 10,
    "model.num_classes": 16,
}
"""Settings of a run in mazes, whatever its method."""


def run(*arguments, code=0):
    """What a command prints, once it has ended with this code."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def said(folder):
    """What a run's metric says of some problems of its domain, float32 [20].

    That is what two runs have in common. Their weights need not be: a bias that all embeddings
    share changes no distance, and an optimizer makes of the rounding of its gradient a step.
    """
    problems = ml.Problems.sample(read_config(folder).domain.make(20, seed=5), num=20, seed=5)
    return ml.load(folder).distance(problems.domain, problems.starts, problems.goals)


def draw_nothing(monkeypatch):
    """Figures take seconds: instead of each, a picture of one pixel is saved."""
    pixel = Image.new("RGB", (1, 1))
    monkeypatch.setattr(plots, "save", lambda figure, path, **how: pixel.save(path, "PNG"))
