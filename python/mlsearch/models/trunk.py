"""The trunk of a BroNet: all of it after its first layer.

Source: Nauman et al. 2024, "Bigger, Regularized, Optimistic" (arXiv 2405.16158).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mlsearch.models.fused import LANES, FusedTrunk
from mlsearch.models.sparse import RowTable, SparseLinear, rows_of


class ResidualBlock(nn.Module):
    """x + LayerNorm(Linear(ReLU(LayerNorm(Linear(x))))), float [..., hidden] to the same."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(hidden, hidden),
            nn.LayerNorm(hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.LayerNorm(hidden),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.layers(x)
        return y


class Trunk(nn.Sequential):
    """All of a BroNet after its first layer: float [..., hidden] to [..., out].

    On the CPU in float32 its compiled twin evaluates it. After ``train_directly`` one trains it
    too; otherwise, and in any other place or precision, PyTorch does.

    Attributes:
        twin: reads the weights and knows where their gradients go; None if not asked for.
        kept: the evaluator within ``BesideTrunks``.
    """

    def __init__(self, hidden: int, num_blocks: int, out: int) -> None:
        blocks = [ResidualBlock(hidden) for _ in range(num_blocks)]
        super().__init__(nn.LayerNorm(hidden), nn.ReLU(), *blocks, nn.Linear(hidden, out))
        self.sizes = (hidden, num_blocks, out)
        self.twin: FusedTrunk | None = None
        self.kept: FusedTrunk | None = None

    def train_directly(self, gradients: Tensor) -> None:
        """From now on, adds gradients of the weights to ``gradients``, where that is faster.

        Args:
            gradients: float [number of weights], of which the parameters' ``grad`` are views.
        """
        can_be_fused = self._can_be_fused(gradients)
        self.twin = FusedTrunk(self.parameters(), *self.sizes, gradients) if can_be_fused else None

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            if self.twin is not None and x.requires_grad and self._can_be_fused(x):
                return self.twin(x)
        elif self._can_be_fused(x):
            return self.evaluator()(x)
        y: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return y

    def evaluator(self) -> FusedTrunk:
        """A compiled twin of the weights as they are now, which is only evaluated.

        Within ``BesideTrunks`` it is the one that was made for that.
        """
        return self.kept or FusedTrunk(self.parameters(), *self.sizes)

    def after_sums(
        self,
        first: SparseLinear | RowTable,
        base: Tensor,
        states: Tensor,
        base_of: Tensor | None = None,
    ) -> Tensor:
        """The outputs for states, given what the first layer puts out but for their features.

        Where no gradient is recorded, the compiled twin does it all in one go.

        Args:
            first: the layer before.
            base: float [B, hidden]; without ``base_of`` float [..., hidden], of each state.
            states: int64 [..., A], whose first axes broadcast with those of ``base_of``.
            base_of: int64 [...], the row of ``base`` of each state.

        Returns:
            float [..., out].
        """
        if torch.is_grad_enabled() or not self._can_be_fused(base):
            start = base if base_of is None else rows_of(base, base_of)
            found: Tensor = self(start + first.active(states))
            return found
        rows = base.reshape(-1, base.shape[-1])
        if base_of is None:
            base_of = torch.arange(len(rows)).view(base.shape[:-1])
        return self.evaluator().of_sums(first.weight, first.agent, rows, base_of, states)

    def _can_be_fused(self, x: Tensor) -> bool:
        hidden, _, out = self.sizes
        is_plain = x.dtype == torch.float32 and x.is_cpu and not torch.is_autocast_enabled("cpu")
        return is_plain and hidden % LANES == out % LANES == 0


class BesideTrunks:
    """Within it PyTorch leaves the cores to the compiled trunks of a model, if it has any.

    Its threads go on looking for work for milliseconds after each operation, on the cores that a
    trunk then needs.

    It may be entered again and again, which costs little: the compiled twins are those of the
    weights that the model had when this was made.
    """

    def __init__(self, model: nn.Module) -> None:
        trunks = [layer for layer in model.modules() if isinstance(layer, Trunk)]
        usable = [trunk for trunk in trunks if trunk._can_be_fused(next(trunk.parameters()))]
        self._twins = [(trunk, trunk.evaluator()) for trunk in usable]
        self._num_threads = 0

    def __enter__(self) -> None:
        if self._twins:
            self._num_threads = torch.get_num_threads()
            torch.set_num_threads(1)
        for trunk, twin in self._twins:
            trunk.kept = twin

    def __exit__(self, *error: object) -> None:
        for trunk, _ in self._twins:
            trunk.kept = None
        if self._twins:
            torch.set_num_threads(self._num_threads)


def init_orthogonal(module: nn.Module) -> None:
    """Orthogonal weights and zero biases in every Linear (Saxe et al. 2014)."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight)
            nn.init.zeros_(layer.bias)


def steps_of(outputs: Tensor) -> Tensor:
    """Softplus of the mean of the outputs, float [..., D] to [...].

    Where autocast has made the outputs bfloat16 the mean is taken in float32: of numbers from 16
    to 32, bfloat16 knows every eighth.
    """
    is_coarse = outputs.dtype in (torch.bfloat16, torch.float16)
    return nn.functional.softplus((outputs.float() if is_coarse else outputs).mean(dim=-1))
