"""A training step whose kernels are recorded once and then started all at once, on a GPU.

The networks here are small: on a GPU, a step is some hundred kernels that take less time than
Python and PyTorch take to start them. A CUDA graph starts them by one call. What is recorded
reads and writes the same memory at each replay, so batches and numbers are copied into tensors
that stay, and nothing within a step may read a number from the GPU (see ``finite``).
"""

from __future__ import annotations

import logging

import torch
from torch import Tensor

from mlsearch.learning.blocks import Batch
from mlsearch.learning.steps.eager import EagerStep
from mlsearch.learning.steps.finite import BadStep
from mlsearch.learning.steps.step import Scalars, StepNumbers

WARM_UP = 3
"""Steps that are taken one by one, on a stream of their own, before one is recorded."""

logger = logging.getLogger("mlsearch")


class StaticInputs:
    """The batch and the numbers of a step in tensors that stay where they are.

    Args:
        batch: the first; the others have the same shapes.
        dtype: of the weights.
    """

    def __init__(self, batch: Batch, dtype: torch.dtype) -> None:
        self.batch = batch.mapped(Tensor.clone)
        device = batch.worlds.device
        self.numbers = StepNumbers(
            number=torch.zeros((), dtype=torch.int64, device=device),
            rate=torch.zeros((), dtype=torch.float32, device=device),  # fused optimizers need it
            ema_rate=torch.zeros((), dtype=dtype, device=device),
        )

    def fill(self, batch: Batch, numbers: StepNumbers) -> None:
        """Copies what a step works on; waits for nothing."""
        for static, tensor in zip(self.batch.tensors(), batch.tensors(), strict=True):
            static.copy_(tensor, non_blocking=True)
        for target, number in zip(self.numbers, numbers, strict=True):
            target.fill_(number)  # type: ignore[union-attr]


class GraphedStep:
    """Takes steps: the first ones by another step, the others by a CUDA graph of it.

    A step that cannot be recorded, because a term of its objective waits for the GPU, is taken
    by the other one every time, and the log says so. What is not finite is found by the other
    step's kernels, recorded with it.

    Args:
        step: of a learner on the current CUDA device.
    """

    def __init__(self, step: EagerStep) -> None:
        self.step = step
        self.check_every = step.check_every
        self.inputs: StaticInputs | None = None
        self.graph: torch.cuda.CUDAGraph | None = None
        self.scalars: Scalars = {}
        self.num_warm = 0
        self.can_be_recorded = True

    def __call__(self, batch: Batch, numbers: StepNumbers) -> Scalars:
        """Takes one step."""
        dtype = self.step.learner.weights.values.dtype
        inputs = self.inputs = self.inputs or StaticInputs(batch, dtype)
        inputs.fill(batch, numbers)
        if self.num_warm < WARM_UP:
            self.num_warm += 1
            return self._aside(inputs)
        if self.graph is None and self.can_be_recorded:
            self._record(inputs)
        if self.graph is None:
            return self.step(inputs.batch, inputs.numbers)
        self.graph.replay()
        return self.scalars

    def first_bad(self) -> BadStep | None:
        """See ``Step``; waits for the GPU."""
        return self.step.first_bad()

    def _aside(self, inputs: StaticInputs) -> Scalars:
        """A step on a stream of its own, as PyTorch asks for before a graph is recorded."""
        current, side = torch.cuda.current_stream(), torch.cuda.Stream()
        side.wait_stream(current)
        with torch.cuda.stream(side):
            scalars = self.step(inputs.batch, inputs.numbers)
        current.wait_stream(side)
        return scalars

    def _record(self, inputs: StaticInputs) -> None:
        """Records a step without taking it."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self.scalars = self.step(inputs.batch, inputs.numbers)
            self.graph = graph
        except RuntimeError as error:
            self.can_be_recorded = False
            logger.warning("training steps cannot be recorded in a CUDA graph: %s", error)
