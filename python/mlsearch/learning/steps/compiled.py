"""A training step of a BroNet as two compiled calls, on the CPU.

The networks of the reproduced report are small: of a step by PyTorch, most of the time is that
of starting some hundred operations. What a ``GraphedStep`` is to a GPU, this is to a processor.
It gives what the step by PyTorch gives, up to rounding, and the same with any number of threads.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mlsearch import _core
from mlsearch.config import ObjectiveConfig, RunConfig
from mlsearch.learning.blocks import Batch
from mlsearch.learning.optimization import FlatWeights
from mlsearch.learning.terms import TERMS, term
from mlsearch.models import BroNet, BroNetClassifier, DistanceModel, EmbeddingMetric
from mlsearch.models.bronet import MazeLinear, Trunk
from mlsearch.models.distances import l2
from mlsearch.models.fused import LANES

_COMPILED = {name: TERMS[name] for name in ("contrastive", "classification")}
"""The terms that have kernels; another of the same name in ``TERMS`` has none."""


class CompiledStep:
    """The gradient of a batch, and the optimizer's step.

    Args:
        net: first layer and trunk, whose parameters are the last ones of ``weights``.
        objective: of one term, "contrastive" or "classification".
        weights: of the model; float32, on the CPU.
        optimizer: of ``weights``; its state is changed as it would change it.

    Attributes:
        name: of the term.
        share: weight of the term in the loss.
        num_threads: 0 for all cores. It does not change the result.
    """

    def __init__(
        self,
        net: tuple[MazeLinear, Trunk],
        objective: ObjectiveConfig,
        weights: FlatWeights,
        optimizer: torch.optim.AdamW,
    ) -> None:
        first, trunk = net
        self.objective, self.optimizer, self.num_threads = objective, optimizer, 0
        [(self.name, self.share)] = objective.terms.items()
        self.weights, self.slopes = weights.values.detach().numpy(), weights.slopes.numpy()
        self._key = weights.values
        own = sum(p.numel() for layer in net for p in layer.parameters())
        self._net = _core.BroNet(
            self.weights[-own:],
            self.slopes[-own:],
            first.num_cells,
            first.num_agents,
            first.agent,
            *trunk.sizes,
        )

    @classmethod
    def of(
        cls,
        config: RunConfig,
        model: DistanceModel,
        weights: FlatWeights,
        optimizer: torch.optim.AdamW,
    ) -> CompiledStep | None:
        """The compiled step of a run, or None if it is for PyTorch to take."""
        net = _net_of(model, config.objective)
        is_plain = config.training.dtype == "float32" and weights.values.is_cpu
        if not is_plain or net is None:
            return None
        return cls(net, config.objective, weights, optimizer)

    def gradient(self, batch: Batch) -> tuple[float, float]:
        """The value of the term and the norm of the loss's gradient, which goes to ``slopes``."""
        walls, states, goals = batch.walls.numpy(), batch.states.numpy(), batch.goals.numpy()
        share, num_threads = self.share, self.num_threads
        if self.name == "contrastive":
            temperature, direction = self.objective.temperature, self.objective.direction
            value = self._net.contrastive(
                walls, states, goals, temperature, direction, share, num_threads
            )
        else:
            steps = batch.steps.numpy()
            value = self._net.classification(walls, states, goals, steps, share, num_threads)
        return value, _core.norm(self.slopes, num_threads)

    def take(self, factor: float) -> None:
        """The optimizer's step along ``factor`` times the gradient."""
        moments = self._moments()
        moments["step"] += 1
        [group] = self.optimizer.param_groups
        first_decay, second_decay = group["betas"]
        _core.adamw(
            weights=self.weights,
            slopes=self.slopes,
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

    def _moments(self) -> dict[str, Tensor]:
        """What the optimizer remembers, as it would have it after its first step."""
        state: dict[str, Tensor] = self.optimizer.state[self._key]
        if not state:
            state["step"] = torch.zeros(())
            state["exp_avg"] = torch.zeros_like(self._key)
            state["exp_avg_sq"] = torch.zeros_like(self._key)
        return state


def _net_of(model: DistanceModel, objective: ObjectiveConfig) -> tuple[MazeLinear, Trunk] | None:
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
