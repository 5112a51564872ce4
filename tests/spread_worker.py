"""What each process of ``test_spread_beam.py`` runs under torchrun: it writes what it has found."""

import json
import sys
from pathlib import Path

import numpy as np

import mlsearch as ml
from mlsearch.learning import processes
from mlsearch.spread_beam import spread_beam

CASES = {
    "cube2": lambda: ml.Cube(2),
    "tiles3": lambda: ml.Tiles(3),
    "lights_out3": lambda: ml.LightsOut(3),
    "sokoban": lambda: ml.Sokoban.parse("#######\n#.  $@#\n# $   #\n#.    #\n#######\n"),
    "pancake": lambda: ml.Pancake(6),
}


def problem_of(case, seed):
    """A problem that is solved in some cases and not in others."""
    domain = CASES[case]()
    if case == "sokoban":
        return ml.Problems.sample(domain, num=1, seed=seed)
    return ml.Problems.sample(domain, num=1, scramble=1 + seed % 9, seed=seed)


def heuristic_of(seed, levels):
    """Random predictions by the bytes of a state, with ties if there are few levels."""

    def predict(problem, state):
        rows = np.ascontiguousarray(state).reshape(len(state), -1).view(np.uint8)
        weights = np.random.default_rng(seed).integers(1, 2**40, rows.shape[1], np.uint64)
        sums = (rows * weights).sum(axis=1, dtype=np.uint64)
        return ((sums >> np.uint64(7)) % np.uint64(levels)).astype(np.float32)

    return predict


def plain(result):
    """All that a result says of its one problem but the times."""
    path = result.path(0).tolist() if result.solved[0] else None
    counts = (result.status, result.expansions, result.generated, result.steps, result.cost)
    return [*(int(count[0]) for count in counts), result.evaluations, path]


if __name__ == "__main__":
    with processes.process_group("cpu"):
        found = {
            case: [
                plain(
                    spread_beam(
                        problem_of(case, seed), heuristic_of(seed, 50), 16, max_expansions=400
                    )
                )
                for seed in range(6)
            ]
            for case in CASES
        }
        file = Path(sys.argv[1]) / f"{processes.rank()}.json"
        file.write_text(json.dumps(found), encoding="utf-8")
