"""What a training step promises, and what it changes: the learner."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

import torch
from torch import Tensor

from mlsearch.base.errors import CheckpointError
from mlsearch.config import RunConfig
from mlsearch.learning.blocks import Batch
from mlsearch.learning.optimization import FlatWeights, flattened
from mlsearch.learning.reads import any_reads_slow
from mlsearch.learning.steps.finite import BadStep
from mlsearch.models import DistanceModel
from mlsearch.runs.checkpoint import load_weights

Scalars: TypeAlias = Mapping[str, Tensor | float]
"""The loss, its terms and the norm of the gradient, by name; the next step may overwrite them."""


SERIAL = 2**15
"""Numbers of which PyTorch on the CPU does not yet use threads; waiting for those costs more."""


class StepNumbers(NamedTuple):
    """What changes from step to step beside the batch; numbers, or scalar tensors of them.

    Attributes:
        number: of the step, from 0.
        rate: learning rate.
        ema_rate: how far the averaged weights move towards the newest ones.
    """

    number: int | Tensor
    rate: float | Tensor
    ema_rate: float | Tensor


class Step(Protocol):
    """Takes training steps of a learner.

    A step whose loss or gradient is not finite is not taken, nor is any later one.

    Attributes:
        check_every: steps after which to ask ``first_bad``; asking may cost a wait.
    """

    check_every: int

    def __call__(self, batch: Batch, numbers: StepNumbers) -> Scalars:
        """Takes one step."""
        ...

    def first_bad(self) -> BadStep | None:
        """The first step that was not finite, or None if there is none so far."""
        ...


class Learner:
    """What training changes and a checkpoint keeps: weights, moments and averaged weights.

    Args:
        config: the run.
        model: on its device, in its dtype.

    Attributes:
        weights: of the model, in one vector.
        optimizer: of ``weights``.
        average: the model with averaged weights, the slow copy; None if the run keeps none.

    Raises:
        ValueError: a term of the objective reads the slow copy, and the run keeps none.
    """

    def __init__(self, config: RunConfig, model: DistanceModel) -> None:
        self.config, self.model = config, model
        self.weights = FlatWeights(model)
        self.optimizer = torch.optim.AdamW(
            [self.weights.values],
            lr=config.training.learning_rate,
            weight_decay=config.training.weight_decay,
            fused=True,
            capturable=self.weights.values.is_cuda,
        )
        self.average = copy.deepcopy(model) if config.training.weight_average else None
        self._averages = flattened(self.average) if self.average else None
        if self.average is None and any_reads_slow(config.objective):
            raise ValueError(
                "training.weight_average: expected above 0, as a term of the objective reads the "
                "slow copy of the model, got 0"
            )

    def deployed(self) -> DistanceModel:
        """The model to use: the averaged weights when they are kept, else the last."""
        return self.average or self.model

    def set_rate(self, rate: float | Tensor) -> None:
        """Sets the learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def update_average(self, rate: float | Tensor) -> None:
        """Moves the averaged weights towards the newest ones."""
        if self._averages is not None:
            newest = self.weights.values.detach()
            at_once = SERIAL if newest.is_cpu else newest.numel()
            parts = self._averages.split(at_once), newest.split(at_once)
            for mean, value in zip(*parts, strict=True):
                mean.lerp_(value, rate)

    def tensors(self) -> dict[str, Tensor]:
        """All that is needed to go on, by name."""
        found = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for name, value in self.optimizer.state.get(self.weights.values, {}).items():
            found[f"optimizer.{name}"] = value
        if self.average:
            found |= {f"average.{n}": value for n, value in self.average.state_dict().items()}
        return found

    def load(self, tensors: Mapping[str, Tensor], source: Path) -> None:
        """Takes over what ``tensors`` returned; ``source`` is named in messages.

        Raises:
            CheckpointError: they are those of another model, or damaged.
        """
        load_weights(self.model, _under(tensors, "model."), source)
        if self.average:
            load_weights(self.average, _under(tensors, "average."), source)
        groups = self.optimizer.state_dict()["param_groups"]
        state = {0: _under(tensors, "optimizer.")}
        try:
            self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"{source}: damaged ({error})") from error


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): value for n, value in tensors.items() if n.startswith(prefix)}
