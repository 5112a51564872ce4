"""An encoder of your own: one entry of ENCODERS."""

import tempfile

import torch
from torch import Tensor, nn

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.models import ENCODERS, Encoder


class DilatedConv(Encoder):
    is_lookup = True  # read does all the work, at only looks up

    def __init__(self, hidden: int, embedding: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, hidden, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(hidden, embedding, 3, padding=2, dilation=2),
        )

    def read(self, walls: Tensor, goals: Tensor | None = None) -> Tensor:
        ones = torch.ones_like(walls, dtype=torch.float32)
        seen = torch.stack([walls.float(), ones.cumsum(1) / 10, ones.cumsum(2) / 10], dim=1)
        return self.layers(seen).flatten(2).transpose(1, 2)  # [B, H * W, D]

    def at(self, context: Tensor, mazes: Tensor, cells: Tensor) -> Tensor:
        return context[mazes, cells]


ENCODERS["dilated_conv"] = lambda config, mazes: DilatedConv(config.hidden, config.embedding)
changes = {"model.encoder": "dilated_conv", "model.hidden": 16, "training.steps": 300}
folder = tempfile.mkdtemp()
ml.Trainer(replaced(ml.METHODS["crtr"], changes), folder).run()

metric = ml.load(folder)  # the entry must be there before a run is loaded
problems = ml.Problems.sample(ml.Mazes.generate(100, size=30, seed=1))
result = ml.solve(problems, heuristic=metric)
print(f"dilated_conv: {result.expansions.mean():.1f} expansions on mazes of 30 x 30")
