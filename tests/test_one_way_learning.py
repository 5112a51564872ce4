"""Learning in mazes with one-way doors: warnings, ground truth, commands, the axiom table."""

import json
import logging
import re

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from test_one_way import MAZES, RING

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.cli import main
from mlsearch.config import ModelConfig, RunConfig
from mlsearch.domains.one_way.config import OneWayConfig
from mlsearch.evaluation.axioms import axiom_violations
from mlsearch.evaluation.predictions import BaselineMetric
from mlsearch.learning.ground_truth import BfsBatches
from mlsearch.learning.methods import METHODS
from mlsearch.learning.training import Trainer
from mlsearch.models.distances import DISTANCES
from mlsearch.report.tables import all_tables
from mlsearch.reproduction import baseline_entries

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {
    "domain": {"name": "one_way", "size": 5},
    "data.num_trajectories": 60,
    "model.encoder": "bronet",
    "model.hidden": 16,
    "model.embedding": 16,
    "training.steps": 10,
    "training.batch_size": 32,
    "training.num_validation": 5,
}


@pytest.mark.parametrize("fresh", [False, True])
def test_ground_truth_pairs_have_a_way(fresh):
    changes = {"supervision": "bfs", "fresh": fresh, "pairs_per_world": 8, "goals_per_world": 3}
    config = replaced(RunConfig(method="m"), SMALL | {f"data.{n}": v for n, v in changes.items()})
    source = BfsBatches(config)
    block = source.block(0)
    assert block.steps.min() == 0
    assert block.steps.max() > 4
    mazes = ml.OneWayMazes(_codes(block.worlds))
    worlds = np.repeat(np.arange(len(mazes), dtype=np.int32), 8)
    states, goals = (rows.reshape(-1) for rows in (block.states, block.goals))
    assert np.array_equal(mazes.optimal(states, goals, worlds), block.steps.reshape(-1))


def _codes(features):
    """The mazes that world features are of."""
    found = features.reshape(-1, 6, 5, 5)
    return found.argmax(axis=1) * found.any(axis=1)


@pytest.mark.parametrize(("distance", "num"), [("l2", 1), ("max", 1), ("iqe", 0), ("mrn", 0)])
def test_a_symmetric_distance_is_warned_of_once(tmp_path, caplog, distance, num):
    config = replaced(RunConfig(method="m"), {**SMALL, "model.distance": distance})
    with caplog.at_level(logging.WARNING, "mlsearch"):
        Trainer(config, tmp_path / "run").run()
    assert [r.getMessage() for r in caplog.records] == num * [
        f"model.distance: '{distance}' is the same in both directions, but moves of domain "
        "'one_way' cannot be undone; 'iqe' and 'mrn' tell the directions apart"
    ]


def test_no_warning_where_moves_can_be_undone_or_the_model_knows_directions(tmp_path, caplog):
    mazes = {**SMALL, "domain": {"name": "maze", "height": 5, "width": 5}}
    for name, config in {
        "maze": replaced(RunConfig(method="m"), mazes),
        "classes": replaced(METHODS["supervised"], {**SMALL, "model.encoder": "bronet_classifier"}),
    }.items():
        Trainer(config, tmp_path / name).run()
    assert caplog.records == []


def test_iqe_can_be_the_distance_of_a_ring_and_a_symmetric_one_cannot():
    every = np.arange(4)
    tables = [RING.distances(np.array([goal]))[0] for goal in every]
    wanted = torch.tensor(np.stack(tables, axis=1)).double()  # from row to column
    errors = {}
    for name in ("iqe", "l2"):
        between = DISTANCES[name](ModelConfig(options={"reduction": "sum"}))
        points = torch.randn(4, 16, generator=torch.Generator().manual_seed(0)).double()
        points.requires_grad_()
        optimizer = torch.optim.Adam([points], lr=0.03)
        for _ in range(500):
            optimizer.zero_grad()
            error = (between(points[:, None], points) - wanted).abs().mean()
            error.backward()
            optimizer.step()
        errors[name] = error.item()
    assert errors["iqe"] < 0.05
    assert errors["l2"] > 0.45  # pairs that are 1 and 3 apart: at best off by 1 each way


def options_of(method):
    changes = {**SMALL, "data.num_trajectories": 80, "data.pairs_per_trajectory": 1}
    changes["model.encoder"] = {
        "supervised": "bronet_classifier",
        "walk_distance": "bronet_regressor",
    }.get(method, "bronet")
    del changes["domain"]
    settings = [f"--set={name}={value}" for name, value in changes.items()]
    return ["--domain", "one_way5", "--method", method, *settings]


def run(*arguments):
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, (arguments, done.output, done.exception)
    return done.output


@pytest.mark.parametrize("method", ["contrastive", "stitching", "hybrid", "walk_distance"])
def test_other_methods_train(tmp_path, method):
    run("train", "--out", str(tmp_path / "run"), *options_of(method))


@pytest.mark.parametrize("method", ["crtr", "supervised"])
def test_every_command_works(tmp_path, monkeypatch, method):
    monkeypatch.chdir(tmp_path)
    run("train", "--out", "run", *options_of(method))
    for name in ("evaluate", "report", "solve"):
        run(name, "run", "--n", "6")
    run("info", "run")
    run("generate", "data", "--domain", "one_way5", "--num", "9")
    assert "5 x 5 one-way mazes" in run("info", "data")
    about = run("info", "--domain", "one_way5")
    assert re.search(r"^moves can be undone +no$", about, re.MULTILINE)
    start = str(OneWayConfig(size=5).make(1, 0).random_states(1, 0)[0, 0])
    ways = ["solve-one", "run", "--domain", "one_way5", "--start", start, "--goal", start]
    assert "way.png" in run(*ways, "--out", "way.png")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "its true distance is not symmetric; where there is no way" in page
    [file] = (tmp_path / "run" / "evaluations").glob("*/scores.json")
    scores = json.loads(file.read_text())["heuristics"]
    readouts = {"supervised": ["run (argmax)", "run (expectation)"]}.get(method, ["run"])
    assert [name for name in scores if name.startswith("run")] == readouts
    assert all(scores[name]["search.solved_rate"] for name in readouts)


def test_a_map_encoder_is_refused_in_one_line(tmp_path):
    message = "landmark_wave reads maps; domain 'one_way' has none"
    with pytest.raises(TypeError, match=message):
        Trainer(replaced(METHODS["landmark_wave"], {"domain": SMALL["domain"]}), tmp_path / "run")


# The axiom table ---------------------------------------------------------------------------------


def test_axioms_of_the_perfect_distance():
    found = axiom_violations(BaselineMetric("perfect"), MAZES, 10, 0)
    assert found.triangle_violations.mean == 0
    assert found.asymmetry.mean > 1


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (MAZES, "not symmetric; where there is no way, the perfect distance is 64."),
        (ml.Mazes.generate(5, size=6), "Each move of this domain can be undone"),
    ],
)
def test_the_table_of_axioms_says_what_is_true_of_the_domain(domain, words):
    table = all_tables(baseline_entries(ml.Problems.sample(domain)))["axioms"]
    assert words in table.note
    rows = {name: (violated, apart) for name, violated, apart in table.rows}
    assert rows["manhattan"] == (rows["manhattan"][0], "0.00 [0.00, 0.00]")
    assert (rows["perfect"][1] == "0.00 [0.00, 0.00]") == domain.is_reversible
