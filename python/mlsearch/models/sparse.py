"""A Linear over sparse inputs: a sum of weight rows, for the first layer of a network of states.

The input of a state is 1 at the features of its world and a constant at its own active features.
The sum over the world's features is the same for all states of a world, so it is computed once
per world (``read``), and a state costs A weight rows (``active``). In a maze the features are the
cells: those with walls are the world's, and the agent's is the state's.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mlsearch.models.views import Sizes

SHORT = 4096
"""Rows of a table up to which its gradient on a GPU is a product of matrices."""


class _SumOfRows(torch.autograd.Function):
    """Sums of rows of a table, times a factor; its gradient is far cheaper than by indexing.

    The gradient is added to ``gradient`` where that is given, and returned otherwise.
    """

    @staticmethod
    def forward(
        ctx: Any, table: Tensor, rows: Tensor, factor: float, gradient: Tensor | None
    ) -> Tensor:
        ctx.save_for_backward(rows)
        ctx.shape, ctx.factor, ctx.gradient = table.shape, factor, gradient
        flat = rows.reshape(-1, rows.shape[-1])
        if flat.shape[1] == 1:  # fast path
            found = table.index_select(0, flat[:, 0])
        else:
            found = nn.functional.embedding_bag(flat, table, mode="sum")
        return (found if factor == 1 else found.mul_(factor)).view(*rows.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, None, None, None]:
        (rows,) = ctx.saved_tensors
        of_sums = gradients[0].reshape(-1, ctx.shape[1])
        to = of_sums.new_zeros(ctx.shape) if ctx.gradient is None else ctx.gradient
        _add_to_rows(to, rows.reshape(-1, rows.shape[-1]), of_sums, ctx.factor)
        return to if ctx.gradient is None else None, None, None, None


def _add_to_rows(table: Tensor, rows: Tensor, sums: Tensor, factor: float) -> None:
    """Adds ``factor * sums[n]`` to each of the rows [N, A] of sum n, in the same order each time.

    On a GPU, ``index_add_`` adds in whatever order the hardware comes to, so the same run would
    round differently each time. How often each sum has each row is a matrix of whole numbers,
    which are exact in any order, and the product with it is faster there, if the table is not
    long; ``index_put_`` sorts.
    """
    if table.is_cuda and len(table) <= SHORT:
        counts = sums.new_zeros(len(sums), len(table))
        counts.scatter_add_(1, rows, counts.new_ones(()).expand_as(rows))
        table.addmm_(counts.T, sums, alpha=factor)
        return
    of_rows = sums[:, None].expand(-1, rows.shape[1], -1).reshape(-1, table.shape[1])
    if table.is_cuda:
        table.index_put_((rows.reshape(-1),), factor * of_rows, accumulate=True)
    else:
        table.index_add_(0, rows.reshape(-1), of_rows, alpha=factor)


def sum_of_rows(
    table: Tensor, rows: Tensor, factor: float = 1.0, gradient: Tensor | None = None
) -> Tensor:
    """Sums of A rows of a table, times a factor: float [R, F], int64 [..., A] to float [..., F]."""
    found: Tensor = _SumOfRows.apply(table, rows, factor, gradient)  # type: ignore[no-untyped-call]
    return found


def rows_of(table: Tensor, rows: Tensor) -> Tensor:
    """Rows of a table: float [R, F] and int64 [...] to float [..., F]."""
    return sum_of_rows(table, rows[..., None])


class RowTable:
    """The first layer of a network whose rows something else has made.

    Args:
        rows: float [..., hidden].

    Attributes:
        weight: the rows, float [R, hidden].
        agent: 1, the constant at active features.
    """

    agent = 1.0

    def __init__(self, rows: Tensor) -> None:
        self.weight = rows.reshape(-1, rows.shape[-1])

    def active(self, features: Tensor) -> Tensor:
        """The sums of some rows: int64 [..., A] to float [..., hidden]."""
        return sum_of_rows(self.weight, features)


class _Read(torch.autograd.Function):
    """``bias + worlds @ weight``; the gradients are added to ``grad`` of weight and bias."""

    @staticmethod
    def forward(ctx: Any, worlds: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(worlds)
        ctx.gradients = weight.grad, bias.grad
        return torch.addmm(bias, worlds, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, None, None]:
        (worlds,) = ctx.saved_tensors
        of_weight, of_bias = ctx.gradients
        of_weight.addmm_(worlds.T, gradients[0])
        of_bias.add_(gradients[0].sum(0))
        return None, None, None


class SparseLinear(nn.Module):
    """A Linear over features, whose inputs are never written out.

    Args:
        sizes: of the domain.
        hidden: number of outputs.
        num_copies: how many copies of the features the input has: 1 for a state, 2 for a state
            and a goal, each of which has a copy of the world beside it.
        agent: the constant at the active features of a state.

    Attributes:
        is_direct: whether gradients are added to ``grad`` of the parameters as they become
            known, see ``train_directly``.
    """

    def __init__(self, sizes: Sizes, hidden: int, num_copies: int, agent: float) -> None:
        super().__init__()
        self.num_features, self.num_active = sizes.num_features, sizes.num_active
        self.num_copies = num_copies
        self.agent = agent
        self.is_direct = False
        self.weight = nn.Parameter(torch.empty(num_copies * self.num_features, hidden))
        self.bias = nn.Parameter(torch.zeros(hidden))
        nn.init.orthogonal_(self.weight)

    def train_directly(self, gradients: Tensor) -> None:
        """From now on, adds gradients to ``grad`` of the parameters, which lie in ``gradients``.

        That spares several passes over mostly zeros.
        """
        self.is_direct = True

    def read(self, worlds: Tensor) -> Tensor:
        """The part of the worlds, and the bias: uint8 [B, F] to float [B, hidden].

        Raises:
            ValueError: the worlds have another number of features.
        """
        if worlds.shape[1:] != (self.num_features,):
            raise ValueError(
                f"worlds: this model was made for {self.num_features} features, "
                f"got {' x '.join(map(str, worlds.shape[1:]))}"
            )
        flat = worlds.to(self.weight.dtype)
        copies = flat if self.num_copies == 1 else flat.repeat(1, self.num_copies)
        if self._gradient is not None:
            read: Tensor = _Read.apply(copies, self.weight, self.bias)  # type: ignore[no-untyped-call]
            return read
        return torch.addmm(self.bias, copies, self.weight)

    def active(self, features: Tensor, copy: int = 0) -> Tensor:
        """What the active features of states add: int64 [..., A] to float [..., hidden].

        Args:
            features: of the states.
            copy: the number of the copy in which they are active.
        """
        weight: Tensor = self.weight
        gradient = self._gradient
        if self.num_copies > 1:
            rows = slice(copy * self.num_features, (copy + 1) * self.num_features)
            weight, gradient = weight[rows], None if gradient is None else gradient[rows]
        return sum_of_rows(weight, features, self.agent, gradient)

    @property
    def _gradient(self) -> Tensor | None:
        """Where to add the gradient of the weight; None to leave it to autograd."""
        is_converted = torch.is_autocast_enabled(self.weight.device.type)
        return self.weight.grad if self.is_direct and not is_converted else None
