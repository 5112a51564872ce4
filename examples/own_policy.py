"""A policy of trajectories: a walk that turns back only in dead ends."""

import tempfile

import numpy as np

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.data.walks import POLICIES


def walk(walls, start, random, steps=60):
    """Each move goes to a random neighbour, but not to where the last one came from."""
    free = np.pad(walls == 0, 1)
    width = walls.shape[1]
    cells = [start]
    for _ in range(steps):
        row, column = divmod(cells[-1], width)
        around = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        new = [r * width + c for r, c in around if free[r + 1, c + 1]]
        onward = [cell for cell in new if cell not in cells[-2:]]
        cells.append(int(random.choice(onward or new)))
    return cells


def onward(problems, seed):
    """Given N problems, N walks; this policy looks at the starts alone."""
    random = np.random.default_rng(seed)
    starts = problems.starts.tolist()
    return [walk(w, s, random) for w, s in zip(problems.domain.walls, starts, strict=True)]


POLICIES["onward"] = onward
changes = {"data.policy": "onward", "data.num_trajectories": 1000, "training.steps": 300}
trainer = ml.Trainer(replaced(ml.METHODS["crtr"], changes), tempfile.mkdtemp())
trainer.run()
print(
    f"loss {trainer.rows[0]['loss']:.2f} after 100 steps, {trainer.rows[-1]['loss']:.2f} after 300"
)

mazes = ml.Mazes.generate(1000, seed=1)
for policy in ("onward", "random_walk"):
    data = ml.Trajectories.sample(mazes, policy=policy, max_length=60)
    ends = data.states[data.offsets[:-1]], data.states[data.offsets[1:] - 1]
    steps = ml.Problems(mazes, *ends).optimal.mean()
    print(f"{policy}: 60 steps lead {steps:.1f} steps away")
