"""A training step of a BroNet as two compiled calls, on the CPU.

The networks of the reproduced report are small: of a step by PyTorch, most of the time is that
of starting some hundred operations. What a ``GraphedStep`` is to a GPU, this is to a processor.
It gives what the step by PyTorch gives, up to rounding, and the same with any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mlsearch import _core
from mlsearch.config import ObjectiveConfig
from mlsearch.learning.blocks import Batch
from mlsearch.learning.steps.finite import BadStep
from mlsearch.learning.steps.step import Learner, Scalars, StepNumbers
from mlsearch.learning.terms import TERMS, Outputs, Term, bellman_target, term
from mlsearch.models import (
    BroNet,
    BroNetClassifier,
    BroNetRegressor,
    DistanceModel,
    EmbeddingMetric,
)
from mlsearch.models.distances import l2
from mlsearch.models.fused import LANES
from mlsearch.models.pair import PairBroNet
from mlsearch.models.sparse import SparseLinear
from mlsearch.models.trunk import Trunk


class CompiledStep:
    """Takes steps of a first layer and a trunk, in float32 on the CPU.

    Args:
        learner: its objective has one term, of those in ``KERNELS``.
        net: first layer and trunk, whose parameters are the last ones of the learner's weights.

    Attributes:
        net: the kernels.
        name: of the term.
        weight: of the term in the loss.
        num_threads: 0 for all cores. It does not change the result.
    """

    check_every = 1

    def __init__(self, learner: Learner, net: tuple[SparseLinear, Trunk]) -> None:
        first, trunk = net
        self.learner, self.num_threads = learner, 0
        self.objective = learner.config.objective
        [(self.name, self.weight)] = self.objective.terms.items()
        self.weights = learner.weights.values.detach().numpy()
        self.gradients = learner.weights.gradients.numpy()
        self._bad: BadStep | None = None
        own = sum(p.numel() for layer in net for p in layer.parameters())
        self.net = _core.BroNet(
            self.weights[-own:],
            self.gradients[-own:],
            first.num_features,
            first.num_active,
            first.num_copies,
            first.agent,
            *trunk.sizes,
        )

    @classmethod
    def of(cls, learner: Learner) -> CompiledStep | None:
        """The compiled step of a learner, or None if only PyTorch can take its steps."""
        net = _net_of(learner.model, learner.config.objective)
        is_plain = learner.config.training.dtype == "float32" and learner.weights.values.is_cpu
        return cls(learner, net) if is_plain and net is not None else None

    def __call__(self, batch: Batch, numbers: StepNumbers) -> Scalars:
        """Takes one step."""
        value, norm = self.gradient(batch)
        if self._bad is None and not math.isfinite(value + norm):
            watched = torch.tensor([value, norm])
            self._bad = BadStep(int(numbers.number), watched, self.learner.weights.gradients)
        if self._bad is None:
            clip = self.learner.config.training.clip
            self.learner.set_rate(numbers.rate)
            self.take(clip / max(norm, clip) if clip else 1.0)
            self.learner.update_average(numbers.ema_rate)
        return {"loss": self.weight * value, self.name: value, "gradient_norm": norm}

    def first_bad(self) -> BadStep | None:
        """See ``Step``."""
        return self._bad

    def gradient(self, batch: Batch) -> tuple[float, float]:
        """The value of the term and the norm of the loss's gradient, left in ``gradients``."""
        states, goals = batch.states.numpy(), batch.goals.numpy()
        pairs = (batch.worlds.numpy(), states, goals, batch.goals_per_world == 1)
        value = KERNELS[self.name].value(self, batch, pairs)
        return value, _core.norm(self.gradients, self.num_threads)

    def take(self, factor: float) -> None:
        """The optimizer's step along ``factor`` times the gradient."""
        moments = self.moments()
        moments["step"] += 1
        [group] = self.learner.optimizer.param_groups
        first_decay, second_decay = group["betas"]
        _core.adamw(
            weights=self.weights,
            gradients=self.gradients,
            first_moments=moments["exp_avg"].numpy(),
            second_moments=moments["exp_avg_sq"].numpy(),
            number=int(moments["step"]),
            rate=group["lr"],
            first_decay=first_decay,
            second_decay=second_decay,
            epsilon=group["eps"],
            weight_decay=group["weight_decay"],
            factor=factor,
            num_threads=self.num_threads,
        )

    def moments(self) -> dict[str, Tensor]:
        """What the optimizer remembers, as it would have it after its first step."""
        values = self.learner.weights.values
        state: dict[str, Tensor] = self.learner.optimizer.state[values]
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"] = torch.zeros_like(values)
            state["exp_avg_sq"] = torch.zeros_like(values)
        return state


Arrays: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], bool]
"""The worlds, states and goals of a batch, and whether all pairs of a world share their goal."""


class Kernel(NamedTuple):
    """A term that has kernels.

    Attributes:
        term: as it is in ``TERMS``; another of the same name has none.
        net: the first layer and the trunk of a model, or None if the kernel does not know it.
        value: the value of the term for a batch; leaves the gradient in that of the step.
    """

    term: Term
    net: Callable[[DistanceModel], BroNet | PairBroNet | None]
    value: Callable[[CompiledStep, Batch, Arrays], float]


def _encoder(model: DistanceModel) -> BroNet | None:
    if type(model) is EmbeddingMetric and model.between is l2 and type(model.encoder) is BroNet:
        return model.encoder
    return None


def _only(kind: type[PairBroNet]) -> Callable[[DistanceModel], PairBroNet | None]:
    return lambda model: model if isinstance(model, PairBroNet) and type(model) is kind else None


def _contrastive(step: CompiledStep, batch: Batch, pairs: Arrays) -> float:
    temperature, direction = step.objective.temperature, step.objective.direction
    return step.net.contrastive(*pairs, temperature, direction, step.weight, step.num_threads)


def _classification(step: CompiledStep, batch: Batch, pairs: Arrays) -> float:
    steps = batch.steps.numpy()
    return step.net.classification(*pairs, steps, step.weight, step.num_threads)


def _walk_length(step: CompiledStep, batch: Batch, pairs: Arrays) -> float:
    return step.net.regression(*pairs, batch.steps.float().numpy(), step.weight, step.num_threads)


def _bellman(step: CompiledStep, batch: Batch, pairs: Arrays) -> float:
    target = bellman_target(Outputs(step.learner.model, batch, step.learner.average))
    return step.net.regression(*pairs, target.numpy(), step.weight, step.num_threads)


KERNELS = {
    "contrastive": Kernel(TERMS["contrastive"], _encoder, _contrastive),
    "classification": Kernel(TERMS["classification"], _only(BroNetClassifier), _classification),
    "walk_length": Kernel(TERMS["walk_length"], _only(BroNetRegressor), _walk_length),
    "bellman": Kernel(TERMS["bellman"], _only(BroNetRegressor), _bellman),
}
"""The terms that have kernels, by name."""


def _net_of(model: DistanceModel, objective: ObjectiveConfig) -> tuple[SparseLinear, Trunk] | None:
    """The layers of a model and objective that the kernels know, or None."""
    if len(objective.terms) != 1:
        return None
    [name] = objective.terms
    kernel = KERNELS.get(name)
    net = kernel.net(model) if kernel and term(name) is kernel.term else None
    if net is None:
        return None
    hidden, _, out = net.trunk.sizes
    return (net.first, net.trunk) if hidden % LANES == out % LANES == 0 else None
