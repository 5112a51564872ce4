"""A training step whose kernels are recorded once and then started all at once, on a GPU.

The networks here are small: on a GPU, a step is some hundred kernels that take less time than
Python and PyTorch take to start them. A CUDA graph starts them by one call. What is recorded
reads and writes the same memory at each replay, so batches and numbers are copied into tensors
that stay, and nothing within a step may read a number from the GPU (see ``finiteness``).
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mlsearch.learning.blocks import Batch

WARM_UP = 3
"""Steps that are taken as they come, on a stream of their own, before one is recorded."""

logger = logging.getLogger("mlsearch")


class StepNumbers(NamedTuple):
    """What changes from step to step beside the batch; numbers, or scalar tensors of them.

    Attributes:
        number: of the step, from 0.
        rate: learning rate.
        share: how far the averaged weights follow the newest ones.
    """

    number: int | Tensor
    rate: float | Tensor
    share: float | Tensor


Scalars = dict[str, Tensor]
Step = Callable[[Batch, StepNumbers], Scalars]


class StaticInputs:
    """The batch and the numbers of a step in tensors that stay where they are.

    Args:
        batch: the first; the others have the same shapes.
        dtype: of the weights.
    """

    def __init__(self, batch: Batch, dtype: torch.dtype) -> None:
        clones: dict[str, Any] = {name: tensor.clone() for name, tensor in _tensors(batch)}
        self.batch = dataclasses.replace(batch, **clones)
        device = batch.walls.device
        self.numbers = StepNumbers(
            number=torch.zeros((), dtype=torch.int64, device=device),
            rate=torch.zeros((), dtype=torch.float32, device=device),  # as fused optimizers ask
            share=torch.zeros((), dtype=dtype, device=device),
        )

    def fill(self, batch: Batch, numbers: StepNumbers) -> None:
        """Copies what a step is to work on; waits for nothing."""
        for name, tensor in _tensors(batch):
            getattr(self.batch, name).copy_(tensor, non_blocking=True)
        for target, number in zip(self.numbers, numbers, strict=True):
            target.fill_(number)  # type: ignore[union-attr]


def _tensors(batch: Batch) -> list[tuple[str, Tensor]]:
    values = ((field.name, getattr(batch, field.name)) for field in dataclasses.fields(batch))
    return [(name, value) for name, value in values if isinstance(value, Tensor)]


class GraphedStep:
    """Takes steps: the first ones by calling a function, the others by a CUDA graph of it.

    A step that cannot be recorded, as a term of its objective waits for the GPU, is called
    every time, and the log says so.

    Args:
        dtype: of the weights.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.inputs: StaticInputs | None = None
        self.graph: torch.cuda.CUDAGraph | None = None
        self.scalars: Scalars = {}
        self.num_warm = 0
        self.can_be_recorded = True

    def __call__(self, step: Step, batch: Batch, numbers: StepNumbers) -> Scalars:
        """One step.

        Args:
            step: takes a step on the current CUDA device without waiting for it; the same
                function every time.
            batch, numbers: what it is to work on.

        Returns:
            What ``step`` returns; the next step may overwrite it.
        """
        inputs = self.inputs = self.inputs or StaticInputs(batch, self.dtype)
        inputs.fill(batch, numbers)
        if self.num_warm < WARM_UP:
            self.num_warm += 1
            return self._aside(step, inputs)
        if self.graph is None and self.can_be_recorded:
            self._record(step, inputs)
        if self.graph is None:
            return step(inputs.batch, inputs.numbers)
        self.graph.replay()
        return self.scalars

    def _aside(self, step: Step, inputs: StaticInputs) -> Scalars:
        """A step on a stream of its own, as PyTorch asks for before a graph is recorded."""
        current, side = torch.cuda.current_stream(), torch.cuda.Stream()
        side.wait_stream(current)
        with torch.cuda.stream(side):
            scalars = step(inputs.batch, inputs.numbers)
        current.wait_stream(side)
        return scalars

    def _record(self, step: Step, inputs: StaticInputs) -> None:
        """Records a step without taking it."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self.scalars = step(inputs.batch, inputs.numbers)
            self.graph = graph
        except RuntimeError as error:
            self.can_be_recorded = False
            logger.warning("training steps cannot be recorded in a CUDA graph: %s", error)
