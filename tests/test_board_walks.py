"""The method for boards, on small levels of Sokoban that it has never seen."""

import dataclasses

import pytest

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.domains.puzzles.sokoban_config import SokobanConfig

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {
    "data.max_length": 40,
    "data.pairs_per_trajectory": 16,
    "model.hidden": 32,
    "model.num_blocks": 1,
    "model.embedding": 16,
    "model.iterations": 6,
    "training.steps": 120,
    "training.batch_size": 256,
    "training.weight_average": 0.9,
    "training.evaluate_every": 1000,
    "training.num_validation": 1,
}


def test_it_leads_a_search_in_unseen_levels(tmp_path):
    levels = SokobanConfig(height=7, width=7, num_boxes=2)
    config = replaced(ml.METHODS["board_walks"], {**SMALL, "domain": levels})
    ml.Trainer(config, tmp_path / "run").run()
    metric = ml.load(tmp_path / "run")
    unseen = levels.make(60, seed=99)
    problems = ml.Problems.sample(unseen)
    found, blind = (ml.solve(problems, heuristic=h).generated for h in (metric, "zero"))
    assert found.mean() < 0.5 * blind.mean()


def test_a_metric_of_small_levels_reads_larger_ones(tmp_path):
    levels = SokobanConfig(height=7, width=7, num_boxes=1)
    config = replaced(ml.METHODS["board_walks"], {**SMALL, "domain": levels, "training.steps": 2})
    ml.Trainer(config, tmp_path / "run").run()
    larger = dataclasses.replace(levels, height=9, width=8, num_boxes=3).make(2, seed=0)
    found = ml.load(tmp_path / "run").distance(larger, larger.starts, larger.goals)
    assert found.shape == (2,)
    assert (found >= 0).all()
