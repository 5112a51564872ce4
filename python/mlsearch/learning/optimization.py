"""What an optimizer step needs beside the optimizer: its rate, and all weights in one vector."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig, TrainingConfig


def rate_factor(config: TrainingConfig, step: int) -> float:
    """The learning rate of a step, divided by ``learning_rate``.

    "one_cycle" rises linearly over the first tenth and then falls along a cosine to zero
    (a shortened form of Smith & Topin 2018); "cosine" only falls; "constant" stays at 1.
    """
    done = step / config.steps
    if config.schedule == "constant":
        return 1.0
    if config.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    warm = 0.1
    if done < warm:
        return (step + 1) / (warm * config.steps + 1)
    return 0.5 * (1 + math.cos(math.pi * (done - warm) / (1 - warm)))


def lengthened(config: RunConfig, steps: int) -> RunConfig:
    """The config of a run that trains on to another number of steps.

    Raises:
        ValueError: the learning rate of each step depends on how many there are.
    """
    schedule = config.training.schedule
    if steps != config.training.steps and schedule != "constant":
        raise ValueError(
            f"steps: expected a run with a constant learning rate, but that of schedule "
            f"{schedule!r} falls to zero at step {config.training.steps}, so that other steps "
            f"would be another run; start a new one with its weights (--start)"
        )
    return replaced(config, {"training.steps": steps})


def flattened(model: nn.Module) -> Tensor:
    """All weights of a model in one vector, of which its parameters become views.

    Returns:
        float [number of weights].
    """
    parameters = list(model.parameters())
    values = nn.utils.parameters_to_vector(parameters).detach().clone()
    pieces = values.split([parameter.numel() for parameter in parameters])
    for parameter, value in zip(parameters, pieces, strict=True):
        parameter.data = value.view_as(parameter)
    return values


class FlatWeights:
    """All weights of a model in one vector, so that an optimizer step is a handful of calls.

    The model's parameters and their gradients become views of two vectors; for small
    networks this saves most of the time that a step spends outside of arithmetic. A module with
    a method ``train_directly`` is handed its part of the gradients, to add to by itself.

    Args:
        model: moved to its device and dtype before.

    Attributes:
        values: float [number of weights]; what the optimizer optimizes.
        gradients: the gradient of ``values``, of the same shape.
    """

    def __init__(self, model: nn.Module) -> None:
        self.values = nn.Parameter(flattened(model))
        self.gradients = torch.zeros_like(self.values)
        self.values.grad = self.gradients
        self._parameters = list(model.parameters())
        pieces = self.gradients.split([parameter.numel() for parameter in self._parameters])
        for parameter, gradient in zip(self._parameters, pieces, strict=True):
            parameter.grad = gradient.view_as(parameter)
        self._hand_out(model)

    def _hand_out(self, model: nn.Module) -> None:
        """Gives modules that train directly their parts of ``gradients``."""
        starts: dict[nn.Parameter, int] = {}
        start = 0
        for parameter in model.parameters():
            starts[parameter] = start
            start += parameter.numel()
        for module in model.modules():
            if callable(train_directly := getattr(module, "train_directly", None)):
                own = list(module.parameters())
                size = sum(parameter.numel() for parameter in own)
                train_directly(self.gradients[starts[own[0]] :][:size])

    def gradient_of(self, loss: Tensor) -> Tensor:
        """The gradient of a scalar, float [number of weights], also kept for the optimizer."""
        self.gradients.zero_()
        trained = [parameter for parameter in self._parameters if parameter.requires_grad]
        # Autograd would add each by a call of its own, which on a GPU is a kernel.
        found = torch.autograd.grad(loss, trained, allow_unused=True)
        pairs = zip(trained, found, strict=True)
        if added := [(p.grad, gradient) for p, gradient in pairs if gradient is not None]:
            torch._foreach_add_(*zip(*added, strict=True))
        return self.gradients
