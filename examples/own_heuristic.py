"""A heuristic of your own: a function of (problem, state), called once a round."""

import numpy as np

import mlsearch as ml

mazes = ml.Mazes.generate(200, seed=0)
problems = ml.Problems.sample(mazes)
landmarks = ml.Problems.sample(mazes, seed=2, per_world=8).starts.reshape(-1, 8)
fields = mazes.distances(landmarks).reshape(len(mazes), 8, -1)


def landmark_bound(problem, state):
    """The largest lower bound that the triangle inequality gives by way of a landmark."""
    goal = problems.goals[problem]
    differences = fields[problem, :, state] - fields[problem, :, goal]
    return np.abs(differences).max(axis=1).astype(np.float32)


for name, heuristic in (("landmark_bound", landmark_bound), ("manhattan", "manhattan")):
    result = ml.solve(problems, heuristic=heuristic, weight=1.0)  # A*
    longer = (result.cost > problems.optimal).sum()
    print(f"{name}: {result.expansions.mean():.1f} expansions, {longer} paths not shortest")
