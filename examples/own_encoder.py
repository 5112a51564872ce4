"""An encoder of your own: one entry of ENCODERS."""

import tempfile

import torch
from torch import Tensor, nn

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.config import ModelConfig
from mlsearch.models import ENCODERS, Encoder, Sizes


class DilatedConv(Encoder):
    """Sees a whole map; ``view = FEATURES`` would show the features of one state at a time."""

    is_lookup = True  # read does all the work, at only looks up

    def __init__(self, hidden: int, embedding: int, dilation: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, hidden, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(hidden, embedding, 3, padding=dilation, dilation=dilation),
        )

    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        ones = torch.ones_like(worlds, dtype=torch.float32)
        seen = torch.stack([worlds.float(), ones.cumsum(1) / 10, ones.cumsum(2) / 10], dim=1)
        return self.layers(seen).flatten(2).transpose(1, 2)  # [B, H * W, D]

    def at(self, context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
        return context[worlds, states]


def dilated_conv(config: ModelConfig, sizes: Sizes) -> Encoder:
    return DilatedConv(config.hidden, config.embedding, config.options.get("dilation", 2))


ENCODERS["dilated_conv"] = dilated_conv
changes = {
    "model.encoder": "dilated_conv",
    "model.hidden": 16,
    "model.options.dilation": 3,
    "training.steps": 300,
}
folder = tempfile.mkdtemp()
ml.Trainer(replaced(ml.METHODS["crtr"], changes), folder).run()

metric = ml.load(folder)  # the entry must be there before a run is loaded
problems = ml.Problems.sample(ml.Mazes.generate(100, size=30, seed=1))
result = ml.solve(problems, heuristic=metric)
print(f"dilated_conv: {result.expansions.mean():.1f} expansions on mazes of 30 x 30")
