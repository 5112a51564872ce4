"""Keeps what is not finite out of the weights, without waiting for the GPU at each step.

PyTorch's step and its CUDA graph have their checks from here; the compiled step has its own.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mlsearch.learning.optimization import FlatWeights


class BadStep(NamedTuple):
    """A step at which something was not finite.

    Attributes:
        number: from 0.
        values: float [K], what was watched.
        gradients: float [number of weights].
    """

    number: int
    values: Tensor
    gradients: Tensor

    def names(self, of_values: list[str], model: nn.Module) -> list[str]:
        """What was not finite: of the values, and of the gradients of the model's parameters."""
        parameters = dict(model.named_parameters())
        parts = self.gradients.split([parameter.numel() for parameter in parameters.values()])
        named = [*zip(of_values, self.values, strict=True)]
        named += zip((f"gradient of {name}" for name in parameters), parts, strict=True)
        return [name for name, value in named if not value.isfinite().all()]


class FiniteWatch:
    """Skips every optimizer step from the first bad one on, and remembers that one.

    Reading a number from a GPU waits for all the work it was given. So whether a step is
    bad is decided there: the optimizer takes ``found`` as the ``found_inf`` of
    ``torch.amp.GradScaler`` and, where it is 1, changes nothing. Whenever ``first`` is asked,
    weights and moments are therefore those before the first bad step.

    Args:
        weights: what is trained.
        optimizer: a fused one of ``torch.optim``.
        num_values: how many values are watched, K.
        is_late: ``first`` is not asked between every ``note`` and the optimizer's step.

    Attributes:
        found: float32 [], on the device of the weights: 1 since the first bad step, else 0.
    """

    def __init__(
        self, weights: FlatWeights, optimizer: torch.optim.Optimizer, num_values: int, is_late: bool
    ) -> None:
        self.weights, self.is_late = weights, is_late
        self.found = torch.zeros((), device=weights.gradients.device)
        self._number = torch.zeros_like(self.found, dtype=torch.int64)
        self._values = weights.gradients.new_zeros(num_values)
        self._gradients = weights.gradients
        if is_late:
            self._gradients = torch.zeros_like(weights.gradients)
            optimizer.found_inf = self.found  # type: ignore[attr-defined]

    def note(self, number: int | Tensor, values: Tensor) -> None:
        """Looks at a step before the optimizer takes it.

        Args:
            number: of the step, from 0; an integer or a scalar tensor.
            values: float [K]. Where the gradient is not finite, one of them is not either.
        """
        is_bad = values.isfinite().all().logical_not_().float()
        if self.is_late:
            is_first = is_bad > self.found
            # In place, as a CUDA graph finds them only where they were when it was recorded.
            self._number.copy_(torch.where(is_first, number, self._number))
            self._values.copy_(torch.where(is_first, values, self._values))
            torch.where(is_first, self.weights.gradients, self._gradients, out=self._gradients)
        else:
            self._number, self._values = torch.as_tensor(number), values
        torch.maximum(self.found, is_bad, out=self.found)

    def first(self) -> BadStep | None:
        """The first bad step, or None; waits for the device."""
        return BadStep(int(self._number), self._values, self._gradients) if self.found else None

    def allowed(self, ema_rate: float | Tensor) -> float | Tensor:
        """``ema_rate``, or 0 since the first bad step: how far a mean may follow the weights."""
        if not self.is_late:
            return ema_rate
        return ema_rate * (1 - self.found).to(self._gradients.dtype)
