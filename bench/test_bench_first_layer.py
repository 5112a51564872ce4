"""The first layer of a network of cube3, forward and backward: 108 weight rows for each pair.

On all sides our kernel of the smallest trunk follows, without which ours cannot be called.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from operations import set_operations
from small_net import SmallNet
from torch.nn import functional

pytestmark = [
    pytest.mark.usefixtures("threads_of_networks"),
    pytest.mark.benchmark(group="first-layer"),
]
PAIRS, HIDDEN, OUT = 960, 512, 16
ROUNDS = 50
STICKERS, COLOURS = 54, 6
FEATURES = STICKERS * COLOURS
TERMS = 2 * STICKERS  # of a pair
threads = pytest.mark.parametrize("num_threads", [1, 2])
passes = pytest.mark.parametrize("what", ["forward", "step"])


@pytest.fixture
def net(benchmark, what: str) -> SmallNet:
    sums, trunk = PAIRS * TERMS * HIDDEN, 2 * PAIRS * HIDDEN * OUT
    set_operations(benchmark, sums + trunk if what == "forward" else 2 * sums + 3 * trunk)
    return SmallNet(FEATURES, STICKERS, 2, HIDDEN, OUT)


def features() -> torch.Tensor:
    """Of states and goals, int64 [2, PAIRS, STICKERS]: every sticker has one of six colours."""
    colours = torch.randint(COLOURS, (2, PAIRS, STICKERS), generator=torch.manual_seed(1))
    return COLOURS * torch.arange(STICKERS) + colours


def rows_of_pairs() -> torch.Tensor:
    """Weight rows, int64 [PAIRS, TERMS]."""
    states, goals = features()
    return torch.cat([states, FEATURES + goals], dim=1)


def loss_of(out: torch.Tensor) -> torch.Tensor:
    """The loss of ``BroNet.regression`` with targets 1."""
    return functional.mse_loss(functional.softplus(out.mean(-1)), torch.ones(PAIRS))


def by_bag(net: SmallNet, rows: torch.Tensor) -> torch.Tensor:
    return functional.embedding_bag(rows, net.table, mode="sum") + net.bias


def by_product(net: SmallNet, rows: torch.Tensor) -> torch.Tensor:
    inputs = torch.zeros(PAIRS, 2 * FEATURES).scatter_(1, rows, 1.0)
    return torch.addmm(net.bias, inputs, net.table)


WAYS = {"bag": by_bag, "product": by_product}


def run_of(net: SmallNet, what: str, first: Callable[[], torch.Tensor]) -> Callable[[], object]:
    """A pass with a first layer of PyTorch's."""
    trunk = net.fused_trunk()

    def forward() -> torch.Tensor:
        with torch.no_grad():
            return trunk(first())

    def step() -> torch.Tensor:
        net.table.grad = None
        loss_of(trunk(first())).backward()
        return net.table.grad

    return forward if what == "forward" else step


@threads
@passes
def test_first_layer(benchmark, net: SmallNet, what: str, num_threads: int) -> None:
    states, goals = features().numpy()
    rows, base_of = rows_of_pairs(), np.zeros(PAIRS, np.int64)
    table, base = net.table.detach().numpy(), net.bias.detach()[None].numpy()
    trunk = net.fused_trunk().core
    no_walls, targets = np.zeros((1, FEATURES), np.uint8), np.ones(PAIRS, np.float32)

    def forward() -> np.ndarray:
        return trunk.forward_sums(table, 1.0, base, base_of, rows.numpy(), num_threads)

    def step() -> np.ndarray:
        net.core.regression(no_walls, states, goals, False, targets, 1.0, num_threads)
        return net.table_gradients()

    run = forward if what == "forward" else step
    found = benchmark.pedantic(run, rounds=ROUNDS if benchmark.enabled else 1)
    out = net.plain_trunk(by_bag(net, rows))
    loss_of(out).backward()
    expected = out.detach() if what == "forward" else net.table.grad
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-3, atol=1e-4)


@threads
@pytest.mark.parametrize("way", WAYS)
@passes
def test_first_layer_pytorch(
    benchmark, net: SmallNet, what: str, way: str, num_threads: int
) -> None:
    rows = rows_of_pairs()
    run = run_of(net, what, lambda: WAYS[way](net, rows))
    found = benchmark.pedantic(run, rounds=ROUNDS if benchmark.enabled else 1)
    out = net.plain_trunk(by_bag(net, rows))
    (gradient,) = torch.autograd.grad(loss_of(out), net.table)
    expected = out.detach() if what == "forward" else gradient
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)


@threads
@passes
def test_first_layer_reading(benchmark, net: SmallNet, what: str, num_threads: int) -> None:
    """As many numbers of the same arrays read in order, with nothing looked up: sums of all."""
    x = torch.randn(PAIRS, HIDDEN, requires_grad=True)
    of_x = torch.randn(PAIRS, HIDDEN)
    table = net.table.detach()
    trunk = run_of(net, what, lambda: x)

    def run() -> float:
        total = sum(table.sum() for _ in range(PAIRS * TERMS // len(table)))
        if what == "step":
            total += sum(of_x.sum() for _ in range(TERMS))
        trunk()
        return float(total)

    found = benchmark.pedantic(run, rounds=ROUNDS if benchmark.enabled else 1)
    expected = PAIRS * TERMS // len(table) * table.double().sum()
    expected += TERMS * of_x.double().sum() * (what == "step")
    assert found == pytest.approx(float(expected), rel=1e-2)
