"""The waves of a training step of landmark_wave, forward and backward, beside PyTorch's.

Then each kernel of waves alone, for the rate of its operations.
"""

import numpy as np
import pytest
import torch
from operations import FRONT_STEP, WAVE_STEP, WAVE_STEP_BACK, set_operations
from torch.nn import functional

from mlsearch import _core
from mlsearch.learning.methods import method_config
from mlsearch.models.landmark_wave import LandmarkWave
from mlsearch.runs.checkpoint import new_model

NUM_STEPS = 72


@pytest.fixture
def medium() -> tuple[LandmarkWave, torch.Tensor]:
    """The encoder as a training begins, and what drives the waves: float32 [N, 20, 20]."""
    torch.manual_seed(0)
    encoder = new_model(method_config("landmark_wave")).encoder.train()
    return encoder, torch.randn(256, 20, 20) - 2


def gradients(spread, encoder: LandmarkWave, drive: torch.Tensor) -> list[torch.Tensor]:
    """Of the sum of the waiting times, by the drive and by the kernel of the waves."""
    encoder.kernel.grad = None
    wanted = drive.clone().requires_grad_()
    spread(wanted).sum().backward()
    return [wanted.grad, encoder.kernel.grad]


@pytest.mark.benchmark(group="waves")
@pytest.mark.parametrize("num_threads", [0, 1])
def test_waves_mlsearch(benchmark, medium, monkeypatch, num_threads: int) -> None:
    monkeypatch.setattr("mlsearch.models.compiled_wave.NUM_THREADS", num_threads)
    encoder, drive = medium
    found = benchmark(gradients, encoder._spread, encoder, drive)
    expected = gradients(lambda d: encoder._spread_by_pytorch(d, NUM_STEPS), encoder, drive)
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours - theirs).abs().max() < 1e-3 * theirs.abs().max()


@pytest.mark.benchmark(group="waves")
@pytest.mark.parametrize("num_threads", [1, 2])
def test_waves_pytorch(benchmark, medium, num_threads: int) -> None:
    """A depthwise convolution, channels last: the fastest of PyTorch's ways."""
    encoder, drive = medium
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads)
    of_drive, _ = benchmark(
        gradients, lambda d: encoder._spread_by_pytorch(d, NUM_STEPS), encoder, drive
    )
    torch.set_num_threads(before)
    assert of_drive.isfinite().all()


@pytest.fixture
def few(medium) -> tuple[LandmarkWave, torch.Tensor]:
    """The encoder, and what drives as many waves as take a millisecond."""
    encoder, drive = medium
    return encoder, drive[:64]


def arrays(encoder: LandmarkWave, drive: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The drive and the kernel of waves, for the compiled operations."""
    return drive.numpy(), encoder.kernel.detach().numpy().reshape(3, 3)


both_threads = pytest.mark.parametrize("num_threads", [1, 2])


@pytest.mark.benchmark(group="wave-kernels")
@both_threads
def test_wave_times(benchmark, few, num_threads: int) -> None:
    """Time per operation, see ``operations.py``, forward."""
    encoder, drive = few
    set_operations(benchmark, WAVE_STEP * NUM_STEPS * drive.numel())
    run = _core.wave_times, (*arrays(*few), NUM_STEPS, 0, 0.0, num_threads)
    found = benchmark.pedantic(*run, rounds=100 if benchmark.enabled else 1)
    expected = encoder._spread_by_pytorch(drive, NUM_STEPS).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.benchmark(group="wave-kernels")
@both_threads
def test_wave_gradient(benchmark, few, num_threads: int) -> None:
    """The same of the gradient, which makes the waves anew."""
    encoder, drive = few
    set_operations(benchmark, (WAVE_STEP + WAVE_STEP_BACK) * NUM_STEPS * drive.numel())
    ones = np.ones_like(drive.numpy())
    run = _core.wave_gradient, (*arrays(*few), NUM_STEPS, ones, num_threads)
    found = benchmark.pedantic(*run, rounds=100 if benchmark.enabled else 1)
    expected = gradients(lambda d: encoder._spread_by_pytorch(d, NUM_STEPS), encoder, drive)
    for ours, theirs in zip(found, expected, strict=True):
        largest = theirs.abs().max().item()
        np.testing.assert_allclose(ours, theirs.reshape(ours.shape), atol=1e-3 * largest)


@pytest.mark.benchmark(group="wave-kernels")
@both_threads
def test_wave_front(benchmark, num_threads: int) -> None:
    """The same in large mazes, where only what changes is computed; here, all of it always does.

    Cells hold each other back, so they are excited in every other step and never still.
    """
    num_steps = 50
    torch.manual_seed(0)
    drive, kernel = 4 + torch.randn(2, 100, 100), -torch.ones(3, 3)
    set_operations(benchmark, FRONT_STEP * num_steps * drive.numel())
    run = _core.waves_after, (drive.numpy(), kernel.numpy(), num_steps, num_threads)
    found = benchmark.pedantic(*run, rounds=100 if benchmark.enabled else 1)
    before, after = drive, torch.zeros_like(drive)
    for _ in range(num_steps):
        around = functional.conv2d(after[:, None], kernel[None, None], padding=1)[:, 0]
        before, after = after, torch.sigmoid(drive + around)
        assert (before != after).float().mean() > 0.9
    assert np.abs(found - after.numpy()).mean() < 1e-4
