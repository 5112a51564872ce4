"""The scale of a metric that was not trained in steps."""

from __future__ import annotations

import torch

from mlsearch.config import ObjectiveConfig
from mlsearch.learning.blocks import BatchSource
from mlsearch.learning.terms import Outputs
from mlsearch.models import DistanceModel, EmbeddingMetric


@torch.no_grad()
def calibrate(
    model: DistanceModel, objective: ObjectiveConfig, batches: BatchSource, device: torch.device
) -> None:
    """Sets the scale of a metric by least squares; changes nothing if it was trained in steps.

    The pairs are those of the first block, training data only.
    """
    if not isinstance(model, EmbeddingMetric) or "distance" in objective.terms:
        return
    model.eval()
    parts = batches.block(0).to(device)
    predicted = torch.cat([Outputs(model, batch).steps for batch in parts]).double()
    known = torch.cat([batch.steps for batch in parts]).double()
    if predicted.any():  # a collapsed metric has no scale to set
        model.multiply_scale(float((predicted @ known) / (predicted @ predicted)))
