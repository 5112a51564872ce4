"""Gymnasium: a learned metric leads an agent, and the agent's episodes train another metric."""

import tempfile

import gymnasium
import numpy as np

import mlsearch as ml
import mlsearch.gym
from mlsearch.base.settings import replaced
from mlsearch.learning.batches import TrajectoryBatches

env = gymnasium.make("mlsearch/Maze-v0", size=10, max_episode_steps=100)
metric = ml.load()


def led_episode(seed):
    """The observations of one episode; each move goes to the neighbour predicted nearest."""
    seen = [env.reset(seed=seed)[0]]
    walls, shape = seen[0]["observation"] == 1, seen[0]["observation"].shape
    goal = np.ravel_multi_index(seen[0]["desired_goal"], shape)
    steps = np.pad(metric.heatmap(walls, [goal])[0], 1, constant_values=np.nan)
    is_over = False
    while not is_over:
        row, column = seen[-1]["achieved_goal"] + 1
        around = steps[[row - 1, row + 1, row, row], [column, column, column - 1, column + 1]]
        observation, _, is_there, is_late, _ = env.step(np.nanargmin(around))
        seen.append(observation)
        is_over = is_there or is_late
    return seen


episodes = [led_episode(seed) for seed in range(200)]
there = [np.array_equal(e[-1]["achieved_goal"], e[-1]["desired_goal"]) for e in episodes]
print(f"led by the shipped metric: {np.mean(there):.0%} of the goals reached")

small = {"domain.height": 10, "domain.width": 10, "model.iterations": 30}
brief = {"training.steps": 400, "training.batch_size": 64}
config = replaced(ml.METHODS["landmark_wave"], small | brief)
batches = TrajectoryBatches(config)
batches.trajectories = mlsearch.gym.to_trajectories(episodes)
trainer = ml.Trainer(config, tempfile.mkdtemp(), batches=batches)
trained = ml.LearnedMetric(trainer.run(), config)
problems = ml.Problems.sample(ml.Mazes.generate(200, size=10, seed=1))
for name, heuristic in (("trained on the episodes", trained), ("euclidean", "euclidean")):
    result = ml.solve(problems, heuristic=heuristic)
    print(f"{name}: {result.expansions.mean():.1f} expansions")
