"""The trunk of a BroNet as one compiled operation, forward and backward.

PyTorch takes dozens of calls for what ``mlsearch._core.Trunk`` does in two, and a layer norm of
its goes over memory anew. The result is the same up to rounding; it does not depend on the
number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from mlsearch import _core

LANES = 16
"""The sizes of a trunk have to be multiples of this."""

NUM_THREADS = 0
"""Of a trunk; 0 for all cores, or as many as the environment's ``OMP_NUM_THREADS`` says."""


class FusedTrunk:
    """The compiled twin of a trunk, which reads the trunk's own weights.

    Args:
        parameters: of the trunk, in its order; float32, on the CPU, contiguous.
        hidden, num_blocks, out: as of ``Trunk``.
        gradients: float32 [number of weights], to which the gradients of all weights are added
            as they become known; None for a twin that is only evaluated.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        hidden: int,
        num_blocks: int,
        out: int,
        gradients: Tensor | None = None,
    ) -> None:
        arrays = [parameter.detach().numpy() for parameter in parameters]
        self.core = _core.Trunk(arrays, hidden, num_blocks, out)
        self.gradients = gradients

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()  # the copy of a trunk has weights of its own, and no twin

    def __call__(self, x: Tensor) -> Tensor:
        """Float32 [..., hidden] to [..., out]; recorded by autograd where that is enabled."""
        rows = x.reshape(-1, x.shape[-1]).contiguous()
        if torch.is_grad_enabled():
            out: Tensor = _Recorded.apply(rows, self)  # type: ignore[no-untyped-call]
        else:
            array = rows.detach().numpy()
            out = torch.from_numpy(self.core.forward(array, NUM_THREADS))
        return out.view(*x.shape[:-1], -1)

    def of_sums(
        self, table: Tensor, factor: float, base: Tensor, base_of: Tensor, states: Tensor
    ) -> Tensor:
        """Evaluates ``base[base_of] + factor * table[states].sum(-2)``, which it never writes out.

        Args:
            table: float32 [R, hidden].
            factor: of its rows.
            base: float32 [B, hidden].
            base_of: int64 [...], the base row of each state; its axes broadcast with those before
                the last of ``states``.
            states: int64 [..., A], rows of the table.

        Returns:
            float32 [..., out]; no gradient is recorded.

        Raises:
            ValueError: a row does not exist.
        """
        # Unlike torch.broadcast_shapes, this takes no time to speak of.
        of, features = torch.broadcast_tensors(base_of[..., None], states)
        shape = features.shape[:-1]
        arrays = of[..., 0].reshape(-1), features.reshape(-1, states.shape[-1])
        rows, which, active = (x.contiguous().numpy() for x in (base, *arrays))
        weight = table.detach().numpy()
        out = self.core.forward_sums(weight, factor, rows, which, active, NUM_THREADS)
        return torch.from_numpy(out).view(*shape, -1)


class _Recorded(torch.autograd.Function):
    """Gives autograd the gradient of x; those of the weights go to ``gradients`` directly."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, trunk: FusedTrunk) -> Tensor:
        out, ctx.trace = trunk.core.trace(x.detach().numpy(), NUM_THREADS)
        ctx.trunk = trunk
        return torch.from_numpy(out)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *of_out: Tensor) -> tuple[Tensor, None]:
        out_gradients, trunk = of_out[0].contiguous().numpy(), ctx.trunk
        x_gradients = trunk.core.backward(
            ctx.trace, out_gradients, trunk.gradients.numpy(), NUM_THREADS
        )
        return torch.from_numpy(x_gradients), None
