"""The compiled waves against plain loops and against PyTorch in float64."""

import copy
import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch import _core
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.problems import Problems
from mlsearch.metrics.learned import LearnedMetric, load
from mlsearch.models.landmark_wave import CHECK_EVERY, STILL, LandmarkWave

FOREVER = {"check_every": 0, "still": 0.0, "num_threads": 1}


def waves(
    drive: np.ndarray, kernel: np.ndarray, num_steps: int, dtype: Any = np.float64
) -> list[np.ndarray]:
    """Waves 0 to num_steps by the definition: each [N, H, W]."""
    drive, kernel = drive.astype(dtype), kernel.astype(dtype)
    _, height, width = drive.shape
    found = [np.zeros_like(drive)]
    for _ in range(num_steps):
        around = np.pad(found[-1], ((0, 0), (1, 1), (1, 1)))
        taps = (
            (i, j, around[:, i : i + height, j : j + width]) for i in range(3) for j in range(3)
        )
        excitation = drive + sum(kernel[i, j] * tap for i, j, tap in taps)
        found.append(1 / (1 + np.exp(-excitation)))
    return found


def plain_times(drive, kernel, longest, check_every=0, still=0.0, dtype=np.float64):
    """The waiting times of one wave [H, W] that may end early."""
    found = waves(drive[None], kernel, longest, dtype)
    for step in range(longest):
        is_due = check_every and step >= len(drive) and step % check_every == 0
        if is_due and np.abs(found[step + 1] - found[step]).max() < still:
            longest = step
            break
    return longest - sum(found[1 : longest + 1], np.zeros_like(found[0]))[0]


def pytorch_times(drive, kernel, num_steps):
    wave, total = torch.zeros_like(drive), torch.zeros_like(drive)
    for _ in range(num_steps):
        spread = torch.nn.functional.conv2d(wave[:, None], kernel[None, None], padding=1)
        wave = torch.sigmoid(spread[:, 0] + drive)
        total = total + wave
    return num_steps - total


def random_waves(seed, shape):
    random = np.random.default_rng(seed)
    drive = random.normal(-2, 3, shape).astype("f4")
    return drive, random.normal(3, 2, (3, 3)).astype("f4"), random.normal(size=shape).astype("f4")


shapes = st.tuples(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9))


@pytest.mark.usefixtures("registers")
@settings(max_examples=25)
@given(seed=st.integers(0, 2**31), shape=shapes, num_steps=st.integers(0, 12))
def test_times_and_gradient_are_those_of_float64(seed, shape, num_steps):
    drive, kernel, gradients = random_waves(seed, shape)
    times = _core.wave_times(drive, kernel, num_steps, **FOREVER)
    np.testing.assert_allclose(times, [plain_times(d, kernel, num_steps) for d in drive], atol=2e-4)
    wide = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in (drive, kernel)]
    times_by_pytorch = pytorch_times(*wide, num_steps)
    if num_steps:
        times_by_pytorch.backward(torch.tensor(gradients, dtype=torch.float64))
    found = _core.wave_gradient(drive, kernel, num_steps, gradients, num_threads=1)
    for array, exact in zip(found, wide, strict=True):
        expected = np.zeros_like(array) if exact.grad is None else exact.grad.numpy()
        assert np.abs(array - expected).max() <= 1e-4 * max(1, np.abs(expected).max())


def assert_each_ends_when_it_is_still(drive, kernel, longest, check_every):
    """Times are those of each wave alone, and of plain float64."""
    options = {"check_every": check_every, "still": 0.05, "num_threads": 1}
    times = _core.wave_times(drive, kernel, longest, **options)
    for i, wave in enumerate(drive):
        alone = _core.wave_times(wave[None], kernel, longest, **options)[0]
        np.testing.assert_array_equal(times[i], alone)
        exact = waves(wave[None], kernel, longest)
        changes = [np.abs(b - a).max() for a, b in itertools.pairwise(exact)]
        if all(abs(change - 0.05) > 1e-4 for change in changes):  # else rounding decides
            end = longest, check_every, 0.05
            expected = plain_times(wave, kernel, *end)
            # Some waves swing for long and make rounding errors larger with each step.
            rounding = np.abs(plain_times(wave, kernel, *end, np.float32) - expected).max()
            np.testing.assert_allclose(times[i], expected, rtol=1e-7, atol=5e-4 + 4 * rounding)


@pytest.mark.usefixtures("registers")
@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**31),
    shape=shapes,
    longest=st.integers(0, 60),
    check_every=st.integers(1, 9),
)
def test_each_wave_ends_when_it_is_still(seed, shape, longest, check_every):
    drive, kernel, _ = random_waves(seed, shape)
    assert_each_ends_when_it_is_still(drive, kernel, longest, check_every)


def test_by_pytorch_each_wave_ends_when_it_is_still_too():
    """They ended together, so that in float64 and on a GPU one depended on the others."""
    mazes = Mazes.generate(5, seed=3)
    goals = Problems.sample(mazes, seed=4).goals
    metric = load()
    exact = LearnedMetric(copy.deepcopy(metric.model).double(), metric.config)
    together = exact.table(mazes, goals)
    for i in range(5):
        np.testing.assert_array_equal(exact.table(mazes[i], goals[i])[0], together[i])
    is_free = mazes.maps() == 0
    np.testing.assert_allclose(metric.table(mazes, goals)[is_free], together[is_free], atol=1e-3)


# Larger mazes, where cells are computed only while their surroundings change --------------------


large = st.tuples(st.integers(1, 3), st.integers(33, 40), st.integers(32, 50))


@pytest.mark.usefixtures("registers")
@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**31),
    shape=large,
    longest=st.integers(0, 80),
    check_every=st.integers(1, 9),
)
def test_fronts_are_waves(seed, shape, longest, check_every):
    drive, kernel, _ = random_waves(seed, shape)
    drive -= 4  # so that some cells rest until a wave comes
    assert_each_ends_when_it_is_still(drive, kernel, longest, check_every)


@pytest.mark.usefixtures("registers")
@settings(max_examples=15)
@given(seed=st.integers(0, 2**31), shape=shapes, num_steps=st.integers(0, 12))
def test_waves_themselves(seed, shape, num_steps):
    drive, kernel, _ = random_waves(seed, shape)
    found = _core.waves_after(drive, kernel, num_steps, num_threads=1)
    np.testing.assert_allclose(found, waves(drive, kernel, num_steps)[-1], atol=1e-4)
    assert np.array_equal(found, _core.waves_after(drive, kernel, num_steps, num_threads=3))


def test_cells_at_rest_are_the_same_by_pytorch():
    encoder = load().model.encoder
    walls = torch.from_numpy(np.random.default_rng(1).random((2, 30, 21)) < 0.3).to(torch.uint8)
    with torch.no_grad():
        found = encoder.survey(walls)
        expected = copy.deepcopy(encoder).double().survey(walls)
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=1e-4)


def winding(height: int, width: int) -> np.ndarray:
    """Walls of one long corridor, up and down: uint8 [H, W]."""
    walls = np.zeros((height, width), np.uint8)
    walls[:, 1::2] = 1
    walls[-1, 1::4] = walls[0, 3::4] = 0
    return walls


@pytest.mark.usefixtures("registers")
def test_fronts_of_long_ways_are_waves():
    encoder = load().model.encoder
    with torch.no_grad():
        drive = encoder.drive(torch.from_numpy(winding(40, 33))[None]).numpy()
    drive[0, 0, 0] += encoder.spark.item()
    kernel = encoder.kernel.detach().numpy()[0, 0]
    times = _core.wave_times(drive, kernel, 40 * 33, CHECK_EVERY, STILL, num_threads=1)[0]
    expected = plain_times(drive[0], kernel, 40 * 33, CHECK_EVERY, STILL)
    np.testing.assert_allclose(times, expected, atol=0.01)
    assert times[:, 32].min() > 600  # a way of 16 columns down and up


def test_fronts_on_any_number_of_threads_and_what_is_not_finite():
    drive, kernel, _ = random_waves(0, (70, 33, 35))
    end = {"check_every": 3, "still": 0.01}
    expected = _core.wave_times(drive, kernel, 50, **end, num_threads=1)
    for num_threads in (2, 5, 0):
        found = _core.wave_times(drive, kernel, 50, **end, num_threads=num_threads)
        assert np.array_equal(found, expected)
    drive[1, 0, 0] = np.nan
    found = _core.wave_times(drive, kernel, 50, **end, num_threads=1)
    assert np.isnan(found[1]).any()
    np.testing.assert_array_equal(found[[0, 2]], expected[[0, 2]])


@pytest.mark.usefixtures("registers")
def test_one_step_is_the_sigmoid_anywhere():
    drive = np.concatenate([np.linspace(-120, 120, 4001), [-np.inf, np.inf, np.nan]]).astype("f4")
    times = _core.wave_times(drive[:, None, None], np.zeros((3, 3), "f4"), 1, **FOREVER)[:, 0, 0]
    with np.errstate(over="ignore"):
        expected = 1 - 1 / (1 + np.exp(-drive.astype(np.float64)))
    np.testing.assert_allclose(times, expected, atol=2e-7)
    assert np.isnan(times[-1])


@pytest.mark.usefixtures("registers")
def test_threads_change_no_bit():
    drive, kernel, gradients = random_waves(0, (100, 12, 7))
    end = {"check_every": 3, "still": 0.01}
    expected = None
    for num_threads in (1, 2, 5, 0):
        times = _core.wave_times(drive, kernel, 50, **end, num_threads=num_threads)
        found = [times, *_core.wave_gradient(drive, kernel, 20, gradients, num_threads)]
        expected = expected or found
        assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("where", ["drive", "kernel"])
def test_what_is_not_finite_stays_so(where):
    drive, kernel, gradients = random_waves(0, (3, 5, 5))
    {"drive": drive[1], "kernel": kernel}[where][0, 0] = np.nan
    assert np.isnan(_core.wave_times(drive, kernel, 5, **FOREVER)[1]).any()
    of_drive, of_kernel = _core.wave_gradient(drive, kernel, 5, gradients, num_threads=1)
    assert np.isnan(of_drive[1]).any()
    assert np.isnan(of_kernel).any()


def test_an_encoder_gives_what_it_gives_by_pytorch():
    torch.manual_seed(0)
    encoder = LandmarkWave(8, 5, 30).train()
    exact = copy.deepcopy(encoder).double()  # which the kernels do not know
    walls = torch.from_numpy(np.random.default_rng(0).random((3, 11, 8)) < 0.3).to(torch.uint8)
    goals = torch.randint(88, (3, 7))
    for side in (encoder, exact):
        (side.read(walls, goals) ** 2).mean().backward()
    for name, found in encoder.named_parameters():
        expected = exact.get_parameter(name).grad
        assert (found.grad - expected).abs().max() <= 1e-3 * expected.abs().max(), name
    found, expected = encoder.read(walls, goals).double(), exact.read(walls, goals)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=0)
    with torch.no_grad():
        drive = encoder.eval().drive(walls)
        times = encoder.arrival_times(drive, goals).reshape(21, 11, 8)
    kernel = encoder.kernel.detach().numpy()[0, 0]
    sparks = torch.nn.functional.one_hot(goals, 88) * encoder.spark.detach()
    driven = (drive.reshape(3, 1, 88) + sparks).reshape(21, 11, 8).numpy()
    expected = [plain_times(wave, kernel, 88, CHECK_EVERY, STILL) for wave in driven]
    np.testing.assert_allclose(times, expected, atol=1e-2)


def test_bad_arguments_are_refused():
    drive, kernel, gradients = random_waves(0, (3, 5, 5))
    with pytest.raises(ValueError, match=r"kernel: expected a float32 array of shape \[3, 3\]"):
        _core.wave_times(drive, kernel[:2], 5, **FOREVER)
    with pytest.raises(TypeError, match="drive: expected a float32 array"):
        _core.wave_times(drive.astype(np.float64), kernel, 5, **FOREVER)
    with pytest.raises(ValueError, match="drive: expected at least one wave and sides from 1"):
        _core.wave_times(drive[:0], kernel, 5, **FOREVER)
    with pytest.raises(ValueError, match="longest: expected at least 0, got -1"):
        _core.wave_times(drive, kernel, -1, **FOREVER)
    with pytest.raises(ValueError, match="num_steps: expected at least 0, got -1"):
        _core.wave_gradient(drive, kernel, -1, gradients, num_threads=1)
    with pytest.raises(ValueError, match="num_steps: expected at least 0, got -1"):
        _core.waves_after(drive, kernel, -1, num_threads=1)
    with pytest.raises(ValueError, match=r"time_gradients: expected .* shape \[3, 5, 5\]"):
        _core.wave_gradient(drive, kernel, 5, gradients[1:], num_threads=1)
