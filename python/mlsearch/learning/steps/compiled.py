"""A training step of a BroNet as two compiled calls, on the CPU.

The networks of the reproduced report are small: of a step by PyTorch, most of the time is that
of starting some hundred operations. What a ``GraphedStep`` is to a GPU, this is to a processor.
It gives what the step by PyTorch gives, up to rounding, and the same with any number of threads.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mlsearch import _core
from mlsearch.config import ObjectiveConfig
from mlsearch.learning.blocks import Batch
from mlsearch.learning.steps.finite import BadStep
from mlsearch.learning.steps.step import Learner, Scalars, StepNumbers
from mlsearch.learning.terms import TERMS, term
from mlsearch.models import BroNet, BroNetClassifier, DistanceModel, EmbeddingMetric
from mlsearch.models.distances import l2
from mlsearch.models.fused import LANES
from mlsearch.models.sparse import SparseLinear
from mlsearch.models.trunk import Trunk

_COMPILED = {name: TERMS[name] for name in ("contrastive", "classification")}
"""The terms that have kernels; another of the same name in ``TERMS`` has none."""


class CompiledStep:
    """Takes steps of a first layer and a trunk, in float32 on the CPU.

    Args:
        learner: its objective has one term, "contrastive" or "classification".
        net: first layer and trunk, whose parameters are the last ones of the learner's weights.

    Attributes:
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
        self._net = _core.BroNet(
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
        worlds, states, goals = batch.worlds.numpy(), batch.states.numpy(), batch.goals.numpy()
        weight, num_threads = self.weight, self.num_threads
        if self.name == "contrastive":
            temperature, direction = self.objective.temperature, self.objective.direction
            value = self._net.contrastive(
                worlds, states, goals, temperature, direction, weight, num_threads
            )
        else:
            steps = batch.steps.numpy()
            value = self._net.classification(worlds, states, goals, steps, weight, num_threads)
        return value, _core.norm(self.gradients, num_threads)

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


def _net_of(model: DistanceModel, objective: ObjectiveConfig) -> tuple[SparseLinear, Trunk] | None:
    """The layers of a model and objective that the kernels know, or None."""
    if len(objective.terms) != 1:
        return None
    [name] = objective.terms
    if name not in _COMPILED or term(name) is not _COMPILED[name]:
        return None
    net: BroNet | BroNetClassifier
    if name == "contrastive" and type(model) is EmbeddingMetric and model.between is l2:
        if type(model.encoder) is not BroNet:
            return None
        net = model.encoder
    elif name == "classification" and type(model) is BroNetClassifier:
        net = model
    else:
        return None
    hidden, _, out = net.trunk.sizes
    return (net.first, net.trunk) if hidden % LANES == out % LANES == 0 else None
