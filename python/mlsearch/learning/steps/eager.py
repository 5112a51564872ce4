"""A training step by PyTorch, operation by operation."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from mlsearch.learning import distributed
from mlsearch.learning.blocks import Batch
from mlsearch.learning.steps.finite import BadStep, FiniteWatch
from mlsearch.learning.steps.step import Learner, Scalars, StepNumbers
from mlsearch.learning.terms import losses

CHECK_EVERY = {"cpu": 1, "cuda": 100}
"""Steps after which to ask whether all were finite; on a GPU it costs a wait."""


class EagerStep:
    """Takes steps of any model and objective on any device.

    On a GPU it reads no number, so the processor does not wait: steps that are not finite are
    left out there, and told of later.

    Args:
        learner: what it trains. Processes of a group share each batch.
    """

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self.device = learner.weights.values.device.type
        self.check_every = CHECK_EVERY[self.device]
        num_values = len(learner.config.objective.terms) + 1  # the terms and the gradient's norm
        self.watch = FiniteWatch(
            learner.weights, learner.optimizer, num_values, is_late=self.check_every > 1
        )

    def __call__(self, batch: Batch, numbers: StepNumbers) -> Scalars:
        """Takes one step, without waiting for the device unless each step is checked."""
        learner, objective = self.learner, self.learner.config.objective
        with self._autocast():
            terms = losses(learner.model, batch, objective, learner.average)
            loss = torch.stack([objective.terms[n] * value for n, value in terms.items()]).sum()
        gradient = learner.weights.gradient_of(loss)
        values = torch.stack([loss, *terms.values()]).detach()
        means = distributed.average(gradient, values)
        norm = torch.linalg.vector_norm(gradient)
        scalars = dict(zip(["loss", *terms], means, strict=True))
        self.watch.note(numbers.number, torch.stack([*(scalars[name] for name in terms), norm]))
        if self.watch.is_late or self.watch.first() is None:
            self._take(norm, numbers)
        return {**scalars, "gradient_norm": norm}

    def first_bad(self) -> BadStep | None:
        """See ``Step``; waits for the device."""
        return self.watch.first()

    def _take(self, norm: torch.Tensor, numbers: StepNumbers) -> None:
        """The optimizer's step along the gradient, whose norm is given."""
        learner, clip = self.learner, self.learner.config.training.clip
        if clip:
            learner.weights.gradients.mul_(clip / norm.clamp(min=clip))
        learner.set_rate(numbers.rate)
        learner.optimizer.step()
        learner.update_average(self.watch.allowed(numbers.ema_rate))

    def _autocast(self) -> AbstractContextManager[Any]:
        if self.learner.config.training.dtype == "bfloat16":
            # A CUDA graph must not use weights that were converted before it was recorded.
            return torch.autocast(self.device, torch.bfloat16, cache_enabled=False)
        return nullcontext()
