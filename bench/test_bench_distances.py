"""The contrastive loss of a batch and its gradient: distances of all its anchors and positives.

Ours comes with a network of next to nothing, 16 wide, whose operations are counted.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from operations import PAIR_TERM, set_operations
from small_net import SmallNet
from test_bench_training import by_products
from torch.nn import functional

HIDDEN, ROUNDS = 16, 100
pytestmark = [
    pytest.mark.usefixtures("threads_of_networks"),
    pytest.mark.benchmark(group="distances"),
]
threads = pytest.mark.parametrize("num_threads", [1, 2])
sizes = pytest.mark.parametrize(("num_pairs", "size"), [(256, 64), (256, 512), (1024, 64)])


@pytest.fixture
def net(benchmark, num_pairs: int, size: int) -> SmallNet:
    """A network that gives every state of a batch an embedding of its own."""
    trunk = 3 * 2 * HIDDEN * 2 * num_pairs * size
    set_operations(benchmark, PAIR_TERM * num_pairs**2 * size + trunk)
    return SmallNet(2 * num_pairs, 1, 1, HIDDEN, size)


def loss_of(embeddings: torch.Tensor) -> torch.Tensor:
    """Of anchors and then positives, float32 [2 * N, D]."""
    distances = by_products(*embeddings.chunk(2))
    return functional.cross_entropy(-distances, torch.arange(len(distances)))


@threads
@sizes
def test_distances(benchmark, net: SmallNet, num_pairs: int, size: int, num_threads: int) -> None:
    states = np.arange(2 * num_pairs)[:, None]
    no_walls = np.zeros((1, 2 * num_pairs), np.uint8)
    pairs = no_walls, states[:num_pairs], states[num_pairs:], False
    run = (net.core.contrastive, (*pairs, 1.0, "forward", 1.0, num_threads))
    found = benchmark.pedantic(*run, rounds=ROUNDS if benchmark.enabled else 1)
    loss = loss_of(net.plain_trunk(net.table + net.bias))
    loss.backward()
    assert found == pytest.approx(loss.item(), rel=1e-3)
    largest = net.table.grad.abs().max().item()
    np.testing.assert_allclose(net.table_gradients(), net.table.grad, atol=2e-3 * largest)


@threads
@sizes
def test_distances_pytorch(
    benchmark, net: SmallNet, num_pairs: int, size: int, num_threads: int
) -> None:
    """The loss alone, by products of matrices, and its gradient."""
    start = net.plain_trunk(net.table + net.bias).detach()
    embeddings = start.requires_grad_()

    def run() -> torch.Tensor:
        embeddings.grad = None
        loss = loss_of(embeddings)
        loss.backward()
        return loss

    found = benchmark.pedantic(run, rounds=ROUNDS if benchmark.enabled else 1).item()
    distances = torch.cdist(*start.detach().double().chunk(2))
    assert found == pytest.approx(
        functional.cross_entropy(-distances, torch.arange(num_pairs)).item(), rel=1e-3
    )
