"""Solve unseen mazes with the metric that comes with the package."""

import mlsearch as ml

mazes = ml.Mazes.generate(100, size=20, seed=0)  # or Mazes(your own 0/1 array [B, H, W])
problems = ml.Problems.sample(mazes, seed=1)
metric = ml.load()

steps = metric.distance(mazes, problems.starts, problems.goals)
print(f"problem 0: {steps[0]:.1f} steps predicted, {problems.optimal[0]} true")

for heuristic in (metric, "euclidean", "perfect"):
    result = ml.solve(problems, heuristic=heuristic)
    name = heuristic if isinstance(heuristic, str) else "learned"
    print(f"{name}: {result.solved.mean():.0%} solved, {result.expansions.mean():.1f} expansions")
