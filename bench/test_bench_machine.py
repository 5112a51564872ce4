"""What the machine can do: the rate of operations in products of matrices, and that of sigmoids.

Our kernels are set against these, see ``operations.py``.
"""

import pytest
import torch
from operations import WAVE_STEP, set_operations

pytestmark = pytest.mark.usefixtures("threads_of_networks")
threads = pytest.mark.parametrize("num_threads", [1, 2])


@threads
@pytest.mark.parametrize("size", [256, 512, 1024])
def test_operations(benchmark, size: int, num_threads: int) -> None:
    """Products of squares by PyTorch, into memory that it keeps."""
    torch.manual_seed(0)
    a, out = torch.randn(size, size), torch.empty(size, size)
    b = torch.ones(size, size)
    set_operations(benchmark, 2 * size**3)
    benchmark.pedantic(torch.mm, (a, b), {"out": out}, rounds=50 if benchmark.enabled else 1)
    torch.testing.assert_close(out[:, 0], a.sum(1), rtol=1e-3, atol=1e-2)


@threads
def test_sigmoids(benchmark, num_threads: int) -> None:
    """One for each step of a cell, by PyTorch; the numbers stay in the cache."""
    torch.manual_seed(0)
    x, out = torch.randn(2**16), torch.empty(2**16)
    set_operations(benchmark, WAVE_STEP * x.numel())
    benchmark.pedantic(torch.sigmoid, (x,), {"out": out}, rounds=200 if benchmark.enabled else 1)
    torch.testing.assert_close(out, 1 / (1 + (-x).exp()))
