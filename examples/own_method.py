"""A method of your own: one entry of METHODS."""

import tempfile

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.domains.problems import sample_problems

ml.METHODS["exact_waves"] = replaced(  # landmark waves that are shown ground-truth distances
    ml.METHODS["landmark_wave"],
    {
        "method": "exact_waves",
        "data.supervision": "bfs",
        "data.fresh": True,
        "data.pairs_per_world": 64,
        "data.goals_per_world": 8,
    },
)

small = {"domain.height": 12, "domain.width": 12, "model.iterations": 40, "training.steps": 400}
config = replaced(ml.METHODS["exact_waves"], small)
model = ml.Trainer(config, tempfile.mkdtemp()).run()

problems = sample_problems(config.domain, 200, seed=0, part="test")
for name, heuristic in (("learned", ml.LearnedMetric(model, config)), ("euclidean", "euclidean")):
    rate = ml.evaluate(heuristic, problems).scores()["no_search.solved_rate"]
    print(f"{name}: {rate.mean:.0%} solved without search [{rate.low:.0%}, {rate.high:.0%}]")
