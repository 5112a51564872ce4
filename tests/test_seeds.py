"""Several runs of one method, with other seeds: trained by one command, shown as one heuristic."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import TINY, draw_nothing, run

from mlsearch import plots
from mlsearch.domains.maze.baselines import baseline_table
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.evaluation.scores import over_seeds
from mlsearch.plots import palette
from mlsearch.report import Entry
from mlsearch.report.paired import no_search_solved, paired_difference, paired_table

SIX_STEPS = [*TINY, "--steps", "6"]
TRAIN = ["train", *SIX_STEPS, "--seeds", "2", "--seed", "5", "--out"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("seeds")
    told = json.loads(run(*TRAIN, folder / "a", "--json").stdout)["runs"]
    assert [row["run"] for row in told] == [f"{folder / 'a'}-seed{seed}" for seed in (5, 6)]
    yield folder
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Figures take most of the time."""
    monkeypatch.setattr("mlsearch.runs.tracking.find_spec", lambda name: None)
    draw_nothing(monkeypatch)


def test_runs_differ_in_their_seed_alone_and_are_trained_once(trained):
    files = [trained / f"a-seed{seed}" / "model.safetensors" for seed in (5, 6)]
    assert files[0].read_bytes() != files[1].read_bytes()
    configs = [json.loads((file.parent / "config.json").read_text())["config"] for file in files]
    assert [config.pop("seed") for config in configs] == [5, 6]
    assert configs[0] == configs[1]
    before = [file.stat().st_mtime_ns for file in files]
    said = run(*TRAIN, trained / "a").stdout
    assert re.fullmatch(r"(trained contrastive for 6 steps in \d+ s: \S+a-seed[56]\n){2}", said)
    assert [file.stat().st_mtime_ns for file in files] == before


def test_evaluate_shows_them_as_one(trained):
    folders = sorted(trained.glob("a-seed*"))
    options = ("--n", 40, "--format", "csv")
    one, *_ = csv.DictReader(io.StringIO(run("evaluate", *folders, *options).stdout))
    alone = [
        next(csv.DictReader(io.StringIO(run("evaluate", f, *options).stdout))) for f in folders
    ]
    assert one["heuristic"] == "a"
    assert one["seeds"] == "2"
    assert [row["heuristic"] for row in alone] == [folder.name for folder in folders]
    mean = np.mean([float(row["search.expansions.mean"]) for row in alone])
    assert float(one["search.expansions.mean"]) == pytest.approx(mean)
    assert all(list(folder.glob("evaluations/*/scores.json")) for folder in folders)


def test_runs_that_differ_in_more_are_refused(trained):
    other = trained / "a-seed9"
    run("train", *SIX_STEPS, "--set", "model.hidden=16", "--out", other)
    result = run("evaluate", trained / "a-seed5", other, "--n", 5, code=2)
    assert "a-seed9: expected the config of" in result.stderr
    assert "but for the seed" in result.stderr


# Figures and differences ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def problems():
    return Problems.sample(Mazes.generate(30, size=8, seed=3), seed=4)


@pytest.fixture(scope="module")
def seeds(problems):
    truth = baseline_table("perfect", problems.domain, problems.goals)
    noise = np.random.default_rng(0).normal(0, 3, (3, *truth.shape))
    return [evaluate((truth + n).astype(np.float32), problems, "contrastive") for n in noise]


def test_bars_draw_the_mean_of_seeds_that_the_table_shows(seeds, problems):
    figure = plots.comparison([seeds, evaluate("euclidean", problems)])
    entry = Entry(name="contrastive", evaluations=seeds, folders=[Path("a")] * 3)
    for axes, name in zip(figure.axes, ("no_search.solved_rate", "search.expansions"), strict=True):
        shown = entry.scores["all"][name]
        assert axes.patches[0].get_width() == pytest.approx(shown.mean)
        [whiskers] = axes.collections
        low, high = whiskers.get_segments()[0][:, 0]
        assert (low, high) == (pytest.approx(shown.low), pytest.approx(shown.high))


def test_budget_curve_is_the_mean_in_a_band_of_all_seeds(seeds):
    axes = plots.solved_by_budget([seeds]).axes[0]
    budgets, share = axes.lines[0].get_data()
    found = [
        [np.mean(e.search.solved & (e.search.expansions <= b)) for b in budgets] for e in seeds
    ]
    np.testing.assert_allclose(share, np.mean(found, axis=0))
    corners = axes.collections[0].get_paths()[0].vertices
    for low_or_high in (np.min(found, axis=0), np.max(found, axis=0)):
        for point in zip(budgets, low_or_high, strict=True):
            assert np.isclose(corners, point).all(axis=1).any()


def test_training_curves_of_seeds_meet_where_all_were_measured():
    runs = [
        [{"step": 10, "seconds": 1.0, "loss": 4.0}, {"step": 20, "seconds": 2.0, "loss": 2.0}],
        [{"step": 20, "seconds": 4.0, "loss": 1.0}, {"step": 10, "seconds": 2.0, "loss": 3.0}],
        [{"step": s, "seconds": 3.0, "loss": 2.0} for s in (10, 20, 30)],
    ]
    axes = plots.training_curves({"a": runs}, x="seconds").axes[0]
    np.testing.assert_allclose(axes.lines[0].get_data(), [[2, 3], [3, 5 / 3]])
    corners = axes.collections[0].get_paths()[0].vertices
    for point in ((2, 2), (2, 4), (3, 1), (3, 2)):
        assert np.isclose(corners, point).all(axis=1).any()
    assert len(plots.training_curves({"a": runs[0]}).axes[0].collections) == 0


def test_no_panel_is_drawn_of_one_point():
    rows = [{"step": 1, "seconds": 1, "loss": 1}, {"step": 2, "seconds": 2, "loss": 1}]
    once = [*rows, {"step": 3, "seconds": 3, "validation.rank_correlation": 0.5}]
    assert [a.get_title("left") for a in plots.training_curves({"a": once}).axes] == [
        "training loss"
    ]
    assert not plots.has_curves({"a": rows[:1]})
    with pytest.raises(ValueError, match=r"^runs: expected at least one with two values of"):
        plots.training_curves({"a": rows[:1], "b": rows[1:]})


def test_paired_difference_is_over_problems_with_seeds_averaged(seeds, problems):
    yardstick = Entry(name="euclidean", evaluations=[evaluate("euclidean", problems)])
    entry = Entry(name="contrastive", evaluations=seeds, folders=[Path("a")] * 3)
    found = paired_difference(entry, yardstick, no_search_solved)
    solved = np.mean([e.no_search.solved for e in seeds], axis=0)
    each = solved - yardstick.evaluations[0].no_search.solved
    assert found.mean == pytest.approx(each.mean())
    assert found.num == 30
    half = 1.96 * each.std(ddof=1) / 30**0.5
    assert (found.low, found.high) == pytest.approx((each.mean() - half, each.mean() + half))
    other = Entry(name="other", evaluations=seeds[:1], folders=[Path("b")])
    names = [row[0] for row in paired_table([entry, other, yardstick]).rows]
    assert names == ["contrastive - euclidean", "other - euclidean", "other - contrastive"]
    same = paired_difference(other, other, no_search_solved)
    assert same[:3] == (0, 0, 0)


def test_colours_are_by_the_name_of_the_seeds(seeds):
    line = plots.solved_by_budget([seeds]).axes[0].lines[0]
    assert line.get_color() == palette.line_styles(["contrastive"])["contrastive"].color
    assert over_seeds([e.scores()["search.expansions"] for e in seeds]).num == 3
