"""What the command line learns of a puzzle in some seconds, where the whole truth is known."""

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import spearmanr

import mlsearch as ml
from mlsearch.cli import main
from mlsearch.domains.problems import sample_problems
from mlsearch.evaluation.evaluation import evaluate
from mlsearch.evaluation.predictions import predicted, source_of

COMMAND = (
    "train --domain tiles3 --method walk_distance --steps 2000 --batch-size 512"
    " --set model.hidden=128 --set training.num_validation=2 --seed 3 --quiet"
)


@pytest.fixture(scope="module")
def metric(tmp_path_factory):
    out = tmp_path_factory.mktemp("tiles") / "run"
    result = CliRunner().invoke(main, [*COMMAND.split(), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return ml.load(out)


def test_it_beats_the_yardstick_on_unseen_problems(metric):
    problems = sample_problems(metric.config.domain, 200, 5, "test")
    assert problems.domain.yardstick == "linear_conflict"
    learned, known = (evaluate(h, problems).scores() for h in (metric, "linear_conflict"))
    assert learned["no_search.solved_rate"].mean > known["no_search.solved_rate"].mean
    assert learned["search.expansions"].high < known["search.expansions"].low
    assert learned["search.suboptimality"].mean < known["search.suboptimality"].mean


def test_it_ranks_all_states_by_their_distance(metric):
    puzzle = metric.config.domain.make(1, 0)
    goal = puzzle.origins(np.zeros(1, np.int32), np.zeros(1, np.uint64))
    truth = puzzle.distances(goal)[0]
    reachable = truth >= 0
    states = puzzle.all_states()[reachable]
    assert len(states) == 181_440
    zeros = np.zeros(reachable.sum(), np.int32)
    ranked = {
        heuristic: spearmanr(
            predicted(source_of(heuristic, puzzle, goal), puzzle, zeros, states), truth[reachable]
        ).statistic
        for heuristic in (metric, "linear_conflict")
    }
    assert ranked[metric] > ranked["linear_conflict"] + 0.1
    assert ranked[metric] > 0.75
