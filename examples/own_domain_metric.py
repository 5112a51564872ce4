"""A learned distance in a domain of one's own: the 8-puzzle of own_domain.py."""

import numpy as np
import torch
from own_domain import GOAL, EightPuzzle, layers, manhattan
from torch import nn

import mlsearch as ml
from mlsearch.models.distances import l2

torch.manual_seed(0)
puzzle = EightPuzzle()
far = layers(puzzle, GOAL)
random = np.random.default_rng(0)
order = random.permutation(sum(map(len, far)))
states, steps = np.concatenate(far)[order], np.repeat(range(len(far)), list(map(len, far)))[order]
train, test = slice(30_000), slice(30_000, 30_300)  # one state in six is shown to the network

network = nn.Sequential(nn.Linear(81, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU())
network.append(nn.Linear(128, 32))
optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
goal = torch.from_numpy(puzzle.encode(np.array([GOAL])))
features, targets = puzzle.encode(states[train]), steps[train].astype(np.float32)
for _ in range(1000):
    batch = random.integers(len(features), size=256)
    predicted = l2(network(torch.from_numpy(features[batch])), network(goal))
    loss = nn.functional.mse_loss(predicted, torch.from_numpy(targets[batch]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

for name, heuristic in (("learned", ml.DomainMetric(network, l2)), ("manhattan", manhattan)):
    result = ml.solve(puzzle, states[test], GOAL, heuristic)
    longer = result.cost.sum() / steps[test].sum()
    print(
        f"{name}: {result.solved.mean():.0%} solved, {result.expansions.mean():.1f} expansions, "
        f"paths {longer:.2f} times the shortest"
    )
