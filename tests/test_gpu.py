"""On a GPU everything gives what it gives on the CPU, up to rounding; skipped without one."""

import json

import numpy as np
import pytest
import torch
from small_runs import SMALL_RUN, TINY, draw_nothing, run, said

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.learning.methods import METHODS
from mlsearch.learning.training import Trainer
from mlsearch.metrics.shipped import SHIPPED
from mlsearch.models import sparse
from mlsearch.runs.checkpoint import read_config

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
DEVICES = ("cpu", "cuda")
each_metric = pytest.mark.parametrize("name", SHIPPED)


def problems_of(name: str) -> ml.Problems:
    """Some of the domain that a shipped metric was made for, drawn as those of its scores are."""
    domain = read_config(SHIPPED[name]).domain.make(20, seed=5)
    drawn = json.loads((SHIPPED[name] / "scores.json").read_text())["problems"]
    return ml.Problems.sample(domain, num=20, seed=5, scramble=drawn["scramble"])


def tiny(method: str, **changes):
    """A small run of a method, in float64, where the CPU and a GPU hardly differ."""
    small = SMALL_RUN | {
        "training.steps": 8,
        "training.batch_size": 32,
        "training.dtype": "float64",
        "training.weight_average": 0.9,
        "training.log_every": 4,
    }
    return replaced(METHODS[method], small | changes)


@each_metric
def test_a_shipped_metric_says_the_same(name):
    problems = problems_of(name)
    expected, found = (
        ml.load(name, device=device).distance(problems.domain, problems.starts, problems.goals)
        for device in DEVICES
    )
    assert len(np.unique(expected)) > 5
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_tables_and_heatmaps_are_the_same():
    mazes = ml.Mazes.generate(5, seed=3)
    goals = ml.Problems.sample(mazes, seed=4).goals
    on_cpu, on_gpu = (ml.load(device=device) for device in DEVICES)
    for look in ("table", "heatmap"):
        expected, found = (getattr(m, look)(mazes, goals) for m in (on_cpu, on_gpu))
        free = mazes.maps() == 0
        np.testing.assert_allclose(found[free], expected[free], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("longest", [0, 10**9])
def test_the_gradient_of_rows_is_the_same_however_it_is_added(longest, monkeypatch):
    monkeypatch.setattr(sparse, "SHORT", longest)
    random = torch.Generator().manual_seed(0)
    table = torch.randn(50, 16, generator=random, dtype=torch.float64)
    rows = torch.randint(50, (300, 7), generator=random)
    weights = torch.randn(300, 16, generator=random, dtype=torch.float64)
    gradients = []
    for device in DEVICES:
        here = table.to(device, copy=True).requires_grad_()
        (sparse.sum_of_rows(here, rows.to(device), 0.5) * weights.to(device)).sum().backward()
        gradients.append(here.grad.cpu())
    torch.testing.assert_close(*gradients)


@each_metric
def test_a_search_with_a_shipped_metric_finds_paths(name):
    problems = problems_of(name)
    limits = {"max_generated": 20_000, "expansions_per_round": 20}
    expected, found = (
        ml.solve(problems, heuristic=ml.load(name, device=device), **limits) for device in DEVICES
    )
    assert expected.solved.any()
    # Rounding may turn a tie, and with it a path, but hardly what can be solved.
    assert abs(int(found.solved.sum()) - int(expected.solved.sum())) <= 1


@pytest.mark.parametrize("method", METHODS)
def test_a_run_on_a_gpu_learns_what_one_on_the_cpu_does(method, tmp_path):
    for device in DEVICES:
        Trainer(tiny(method), tmp_path / device, device=device).run()
    expected, found = (said(tmp_path / device) for device in DEVICES)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_bfloat16_trains_on_a_gpu(method, tmp_path):
    trainer = Trainer(tiny(method, **{"training.dtype": "bfloat16"}), tmp_path, device="cuda")
    trainer.run()
    assert trainer.take.graph is not None
    assert np.isfinite([row["loss"] for row in trainer.rows]).all()


def test_a_run_goes_on_from_a_gpu_to_the_cpu_and_back(tmp_path):
    """A checkpoint knows no device."""
    config = tiny("contrastive", **{"training.schedule": "constant"})
    Trainer(config, tmp_path / "whole").run()
    Trainer(config, tmp_path / "parts", device="cuda").run()
    for steps, device in ((12, "cpu"), (16, "cuda")):
        Trainer.resume(tmp_path / "parts", steps=steps, device=device).run()
    Trainer.resume(tmp_path / "whole", steps=16).run()
    expected, found = (said(tmp_path / name) for name in ("whole", "parts"))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("domain", "method"), [("maze", "contrastive"), ("cube2", "walk_distance")]
)
def test_commands_run_on_a_gpu(domain, method, tmp_path, monkeypatch):
    draw_nothing(monkeypatch)
    monkeypatch.chdir(tmp_path)
    on, out = ["--domain", domain, "--device", "cuda", "--json"], tmp_path / "run"
    small = TINY if domain == "maze" else TINY[2:]  # a cube has no --size
    small = [*small, "--set", "training.evaluate_every=2"]
    run("train", "--method", method, *small, *on, "--out", out)
    for command in ("evaluate", "solve"):
        for run_of in ([out], []):
            assert json.loads(run(command, *run_of, *on, "--n", 3).stdout)
