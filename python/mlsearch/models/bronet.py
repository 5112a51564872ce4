"""BroNet, the residual network of the reproduced report, on states of a maze.

A state is a flat vector of the maze: 1 on walls, 0 on free cells, a constant on the
agent's cell. The first layer of such a vector is the walls' part, the same for all
states of a maze, plus the constant times one column of the weights. So the walls' part
is computed once per maze (``read``), and a state costs one column (``at``).

Source: Nauman et al. 2024, "Bigger, Regularized, Optimistic" (arXiv 2405.16158).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mlsearch.models.base import DistanceModel, Encoder
from mlsearch.models.fused import LANES, FusedTrunk


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


def check_size(walls: Tensor, shape: tuple[int, int]) -> None:
    """Raises ValueError unless walls [B, H, W] have the (H, W) that a network was made for."""
    if walls.shape[1:] != shape:
        raise ValueError(
            f"walls: this model was made for mazes of {shape[0]} x {shape[1]}, "
            f"got {walls.shape[1]} x {walls.shape[2]}"
        )


class _Rows(torch.autograd.Function):
    """Rows of a table, times a factor; the gradient is far cheaper than that of indexing.

    It is added to ``slopes`` where those are given, and returned otherwise.
    """

    @staticmethod
    def forward(
        ctx: Any, table: Tensor, rows: Tensor, factor: float, slopes: Tensor | None
    ) -> Tensor:
        ctx.save_for_backward(rows)
        ctx.shape, ctx.factor, ctx.slopes = table.shape, factor, slopes
        found = table[rows]
        return found if factor == 1 else found.mul_(factor)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, None, None, None]:
        (rows,) = ctx.saved_tensors
        flat = gradients[0].reshape(-1, ctx.shape[1])
        if ctx.slopes is not None:
            ctx.slopes.index_add_(0, rows.reshape(-1), flat, alpha=ctx.factor)
            return None, None, None, None
        table = flat.new_zeros(ctx.shape)
        table.index_add_(0, rows.reshape(-1), flat, alpha=ctx.factor)
        return table, None, None, None


def rows_of(
    table: Tensor, rows: Tensor, factor: float = 1.0, slopes: Tensor | None = None
) -> Tensor:
    """Rows of a table, times a factor: float [R, F] and int64 [...] to float [..., F]."""
    found: Tensor = _Rows.apply(table, rows, factor, slopes)  # type: ignore[no-untyped-call]
    return found


class _Read(torch.autograd.Function):
    """``bias + walls @ weight``, whose gradients are added to ``grad`` of weight and bias."""

    @staticmethod
    def forward(ctx: Any, walls: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(walls)
        ctx.slopes = weight.grad, bias.grad
        return torch.addmm(bias, walls, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, None, None]:
        (walls,) = ctx.saved_tensors
        of_weight, of_bias = ctx.slopes
        of_weight.addmm_(walls.T, gradients[0])
        of_bias.add_(gradients[0].sum(0))
        return None, None, None


class MazeLinear(nn.Module):
    """The first layer, a Linear over flat states, without ever writing the states out.

    Args:
        height, width: size of the mazes.
        hidden: number of outputs.
        num_agents: how many agents' cells the input has: 1 for a state, 2 for a state
            and a goal, each in a copy of the maze of its own.
        agent: the constant on the agent's cell.

    Attributes:
        is_direct: gradients are added to ``grad`` of the parameters as they become known,
            which ``FlatWeights`` asks for: it spares several passes over mostly zeros.
    """

    def __init__(self, height: int, width: int, hidden: int, num_agents: int, agent: float) -> None:
        super().__init__()
        self.shape = (height, width)
        self.num_cells = height * width
        self.num_agents = num_agents
        self.agent = agent
        self.is_direct = False
        self.weight = nn.Parameter(torch.empty(num_agents * self.num_cells, hidden))
        self.bias = nn.Parameter(torch.zeros(hidden))
        nn.init.orthogonal_(self.weight)

    def read(self, walls: Tensor) -> Tensor:
        """The walls' part and the bias: uint8 [B, H, W] to float [B, hidden]."""
        check_size(walls, self.shape)
        flat = walls.flatten(1).to(self.weight.dtype)
        copies = flat if self.num_agents == 1 else flat.repeat(1, self.num_agents)
        if self._slopes is not None:
            read: Tensor = _Read.apply(copies, self.weight, self.bias)  # type: ignore[no-untyped-call]
            return read
        return torch.addmm(self.bias, copies, self.weight)

    def agent_part(self, cells: Tensor, number: int = 0) -> Tensor:
        """What agent ``number`` on free cells adds: int64 [...] to float [..., hidden]."""
        rows = cells + number * self.num_cells if number else cells
        return rows_of(self.weight, rows, self.agent, self._slopes)

    @property
    def _slopes(self) -> Tensor | None:
        """Where to add the gradient of the weight; None to leave it to autograd."""
        is_converted = torch.is_autocast_enabled(self.weight.device.type)
        return self.weight.grad if self.is_direct and not is_converted else None


class Trunk(nn.Sequential):
    """All of a BroNet after its first layer: float [..., hidden] to [..., out].

    On the CPU in float32 it is evaluated by its compiled twin. It is trained by one too once
    ``train_fused`` was called; otherwise, and in any other place or precision, by PyTorch.

    Attributes:
        twin: reads the weights and knows where their gradients go; None if not asked for.
    """

    def __init__(self, hidden: int, num_blocks: int, out: int) -> None:
        blocks = [ResidualBlock(hidden) for _ in range(num_blocks)]
        super().__init__(nn.LayerNorm(hidden), nn.ReLU(), *blocks, nn.Linear(hidden, out))
        self.sizes = (hidden, num_blocks, out)
        self.twin: FusedTrunk | None = None

    def train_fused(self, slopes: Tensor) -> None:
        """From now on, gradients of the weights are added to ``slopes``, where that is faster.

        Args:
            slopes: float [number of weights], of which the parameters' ``grad`` are views.
        """
        can_be_fused = self._can_be_fused(slopes)
        self.twin = FusedTrunk(self.parameters(), *self.sizes, slopes) if can_be_fused else None

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            if self.twin is not None and x.requires_grad and self._can_be_fused(x):
                return self.twin(x)
        elif self._can_be_fused(x):
            return FusedTrunk(self.parameters(), *self.sizes)(x)
        y: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return y

    def _can_be_fused(self, x: Tensor) -> bool:
        hidden, _, out = self.sizes
        is_plain = x.dtype == torch.float32 and x.is_cpu and not torch.is_autocast_enabled("cpu")
        return is_plain and hidden % LANES == out % LANES == 0


def init_orthogonal(module: nn.Module) -> None:
    """Orthogonal weights and zero biases in every Linear (Saxe et al. 2014)."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight)
            nn.init.zeros_(layer.bias)


class BroNet(Encoder):
    """Encoder of states: one embedding for each (maze, agent's cell).

    Args:
        height, width: size of the mazes; a flat network is bound to one size.
        hidden: width of the network.
        num_blocks: number of residual blocks.
        embedding: number of outputs D.
        agent: the constant on the agent's cell.
    """

    is_lookup = False

    def __init__(
        self, height: int, width: int, hidden: int, num_blocks: int, embedding: int, agent: float
    ) -> None:
        super().__init__()
        self.first = MazeLinear(height, width, hidden, 1, agent)
        self.trunk = Trunk(hidden, num_blocks, embedding)
        init_orthogonal(self)

    def read(self, walls: Tensor, goals: Tensor | None = None) -> Tensor:
        return self.first.read(walls)

    def at(self, context: Tensor, mazes: Tensor, cells: Tensor) -> Tensor:
        embeddings: Tensor = self.trunk(rows_of(context, mazes) + self.first.agent_part(cells))
        return embeddings


class WindowBroNet(Encoder):
    """Encoder of states as the agent sees them: what is near, and where in the maze it is.

    The input is the window of walls around the agent (0 free, 1 wall, 2 outside of the maze)
    and its row and column, one-hot. A flat maze gives the network hundreds of numbers of
    which only a few matter at each state; this gives it those few.

    Args:
        height, width, hidden, num_blocks, embedding: as of ``BroNet``.
        radius: the window is 2 * radius + 1 cells high and wide.
        agent: the constant on the agent's row and column.
    """

    is_lookup = False
    OUTSIDE = 2

    def __init__(
        self,
        height: int,
        width: int,
        hidden: int,
        num_blocks: int,
        embedding: int,
        radius: int,
        agent: float,
    ) -> None:
        super().__init__()
        self.shape = (height, width)
        self.radius = radius
        self.agent = agent
        self.first = nn.Linear((2 * radius + 1) ** 2 + height + width, hidden)
        self.trunk = Trunk(hidden, num_blocks, embedding)
        init_orthogonal(self)

    def read(self, walls: Tensor, goals: Tensor | None = None) -> Tensor:
        """The walls with a margin: uint8 [B, H, W] to float [B, H + 2 R, W + 2 R]."""
        check_size(walls, self.shape)
        margin = [self.radius] * 4
        padded = nn.functional.pad(walls, margin, value=self.OUTSIDE)
        return padded.to(self.first.weight.dtype)

    def at(self, context: Tensor, mazes: Tensor, cells: Tensor) -> Tensor:
        height, width = self.shape
        mazes, cells = torch.broadcast_tensors(mazes, cells)
        rows, columns = cells // width, cells % width
        side = 2 * self.radius + 1
        windows = context.unfold(1, side, 1).unfold(2, side, 1)[mazes, rows, columns]
        position = [nn.functional.one_hot(rows, height), nn.functional.one_hot(columns, width)]
        seen = torch.cat([windows.flatten(-2), self.agent * torch.cat(position, dim=-1)], dim=-1)
        embeddings: Tensor = self.trunk(self.first(seen.to(context.dtype)))
        return embeddings


class BroNetClassifier(DistanceModel):
    """Supervised model: state and goal concatenated, one logit for each distance.

    Class k stands for k steps; the last class for its number of steps or more. ``steps``
    is the expectation of the class, or the most probable class with ``readout="argmax"``.

    Args:
        height, width, hidden, num_blocks, agent: as of ``BroNet``.
        num_classes: number of distances told apart.
        readout: "expectation" or "argmax".
    """

    is_lookup = False

    def __init__(
        self,
        height: int,
        width: int,
        hidden: int,
        num_blocks: int,
        num_classes: int,
        agent: float,
        readout: str,
    ) -> None:
        super().__init__()
        self.readout = readout
        self.first = MazeLinear(height, width, hidden, 2, agent)
        self.trunk = Trunk(hidden, num_blocks, num_classes)
        init_orthogonal(self)

    def read(self, walls: Tensor, goals: Tensor | None = None) -> Tensor:
        return self.first.read(walls)

    def goal_features(self, context: Tensor, mazes: Tensor, goals: Tensor) -> Tensor:
        """The first layer without the state: float [..., hidden]."""
        return rows_of(context, mazes) + self.first.agent_part(goals, 1)

    def logits(self, states: Tensor, goal_features: Tensor) -> Tensor:
        """Scores of the distances: int64 [...], float [..., hidden] to [..., num_classes]."""
        scores: Tensor = self.trunk(goal_features + self.first.agent_part(states, 0))
        return scores

    def steps(
        self, context: Tensor, mazes: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        logits = self.logits(states, goal_features)
        if self.readout == "argmax":
            return logits.argmax(dim=-1).to(logits.dtype)
        classes = torch.arange(logits.shape[-1], device=logits.device, dtype=logits.dtype)
        return logits.softmax(dim=-1) @ classes
