"""The ways to take a training step: by PyTorch, as a CUDA graph, and compiled."""

from __future__ import annotations

from mlsearch.learning import processes
from mlsearch.learning.steps.compiled import CompiledStep
from mlsearch.learning.steps.eager import EagerStep
from mlsearch.learning.steps.graphed import GraphedStep
from mlsearch.learning.steps.step import Learner, Scalars, Step, StepNumbers

__all__ = [
    "CompiledStep",
    "EagerStep",
    "GraphedStep",
    "Learner",
    "Scalars",
    "Step",
    "StepNumbers",
    "fastest_step",
]


def fastest_step(learner: Learner) -> Step:
    """The fastest way to take the steps of a learner, which is alone or in a process group."""
    is_alone = processes.size() == 1
    if is_alone and (compiled := CompiledStep.of(learner)):
        return compiled
    step = EagerStep(learner)
    return GraphedStep(step) if is_alone and learner.weights.values.is_cuda else step
