"""The waves of a training step of landmark_wave, forward and backward, beside PyTorch's."""

import pytest
import torch

from mlsearch.learning.methods import method_config
from mlsearch.models.landmark_wave import LandmarkWave
from mlsearch.runs.checkpoint import new_model


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
    expected = gradients(lambda d: encoder._spread_by_pytorch(d, 72), encoder, drive)
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours - theirs).abs().max() < 1e-3 * theirs.abs().max()


@pytest.mark.benchmark(group="waves")
@pytest.mark.parametrize("num_threads", [1, 2])
def test_waves_pytorch(benchmark, medium, num_threads: int) -> None:
    """A depthwise convolution, channels last: the fastest of PyTorch's ways."""
    encoder, drive = medium
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads)
    of_drive, _ = benchmark(gradients, lambda d: encoder._spread_by_pytorch(d, 72), encoder, drive)
    torch.set_num_threads(before)
    assert of_drive.isfinite().all()
