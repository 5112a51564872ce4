"""A loss term of your own: one entry of TERMS."""

import tempfile

from torch import Tensor

import mlsearch as ml
from mlsearch.base.settings import replaced
from mlsearch.config import ObjectiveConfig
from mlsearch.learning.terms import TERMS, Outputs


def relative_error(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    """Squared error of the logarithm: a tenth too far counts the same near and far.

    A term that reads ``outputs.moves`` or ``outputs.neighbour_steps`` needs ``@reads_moves``.
    One that reads ``outputs.cross_distances`` needs ``@reads_negatives``.
    """
    predicted, known = outputs.steps, outputs.batch.steps
    small = config.options["small"]  # steps up to here count less
    return ((predicted + small).log() - (known + small).log()).square().mean()


TERMS["relative_error"] = relative_error
config = replaced(
    ml.METHODS["landmark_wave"],
    {
        "domain.height": 12,
        "domain.width": 12,
        "model.iterations": 40,
        "objective.terms": {"relative_error": 1.0, "descent": 1.0},
        "objective.options": {"small": 1.0},
        "training.steps": 300,
    },
)
trainer = ml.Trainer(config, tempfile.mkdtemp())
trainer.run()
first, *_, last = [row["relative_error"] for row in trainer.rows]
print(f"relative_error: {first:.3f} after 25 steps, {last:.3f} after 300")
