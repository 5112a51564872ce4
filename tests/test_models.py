"""Models against the plain networks they stand for, and what they promise by construction."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch.base.settings import replaced
from mlsearch.config import ModelConfig
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.learning.batches import make_batches
from mlsearch.learning.methods import METHODS
from mlsearch.learning.terms import losses
from mlsearch.models import (
    BroNet,
    BroNetClassifier,
    DistanceModel,
    EmbeddingMetric,
    LandmarkWave,
    WindowBroNet,
    build_model,
)

pytestmark = pytest.mark.usefixtures("one_thread")

seeds = st.integers(0, 2**32 - 1)
ALL_ENCODERS = ["bronet", "bronet_window", "landmark_wave", "bronet_classifier"]


def model_of(encoder: str, height: int, width: int, **settings) -> DistanceModel:
    torch.manual_seed(0)
    config = ModelConfig(
        encoder=encoder, **{"hidden": 8, "num_blocks": 1, "embedding": 16, **settings}
    )
    return build_model(config, MazeConfig(height=height, width=width)).double().eval()


def some_mazes(num: int, height: int, width: int, seed: int = 0) -> tuple[Mazes, torch.Tensor]:
    mazes = Mazes.generate(num, (height, width), seed=seed)
    return mazes, torch.tensor(mazes.walls)


def free_cells(mazes: Mazes, num: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array([rng.choice(np.flatnonzero(w == 0), num) for w in mazes.walls])


def written_out(mazes, index, cells, agent=2.0):
    """The input of a plain network: the walls, and a constant on the agent's cell."""
    inputs = mazes.walls.reshape(len(mazes), -1)[index].astype(np.float32)
    inputs[np.arange(len(cells)), cells] = agent
    return inputs


@settings(max_examples=20)
@given(seeds, st.integers(3, 7), st.integers(3, 7), st.floats(0.5, 3))
def test_bronet_is_its_network_on_encoded_states(seed, height, width, agent):
    torch.manual_seed(seed)
    encoder = BroNet(height, width, 8, 2, 5, agent).double()
    mazes, walls = some_mazes(4, height, width, seed)
    rng = np.random.default_rng(seed)
    index = rng.integers(4, size=9)
    cells = free_cells(mazes, 1, seed)[index, 0]
    encoded = torch.from_numpy(written_out(mazes, index, cells, agent)).double()
    expected = encoder.trunk(encoded @ encoder.first.weight + encoder.first.bias)
    found = encoder.at(encoder.read(walls), torch.from_numpy(index), torch.from_numpy(cells).long())
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=20)
@given(seeds, st.integers(3, 7), st.integers(3, 7), st.integers(1, 4))
def test_window_bronet_is_its_network_on_what_the_agent_sees(seed, height, width, radius):
    torch.manual_seed(seed)
    encoder = WindowBroNet(height, width, 8, 1, 5, radius, 3.0).double()
    mazes, walls = some_mazes(4, height, width, seed)
    index = np.random.default_rng(seed).integers(4, size=6)
    cells = free_cells(mazes, 1, seed)[index, 0]
    seen = []
    for maze, (row, column) in zip(
        mazes.walls[index], (divmod(int(cell), width) for cell in cells), strict=True
    ):
        around = range(-radius, radius + 1)
        window = [
            maze[row + r, column + c] if 0 <= row + r < height and 0 <= column + c < width else 2
            for r in around
            for c in around
        ]
        rows = [3.0 * (r == row) for r in range(height)]
        seen.append([*window, *rows, *(3.0 * (c == column) for c in range(width))])
    expected = encoder.trunk(encoder.first(torch.tensor(seen, dtype=torch.float64)))
    found = encoder.at(encoder.read(walls), torch.from_numpy(index), torch.from_numpy(cells).long())
    torch.testing.assert_close(found, expected)


@settings(max_examples=20)
@given(seeds, st.integers(3, 7), st.integers(3, 7))
def test_classifier_is_its_network_on_state_and_goal_concatenated(seed, height, width):
    torch.manual_seed(seed)
    model = BroNetClassifier(height, width, 8, 2, 6, 2.0, "expectation").double()
    mazes, walls = some_mazes(4, height, width, seed)
    states, goals = free_cells(mazes, 2, seed).T
    every = np.arange(4)
    encoded = np.concatenate([written_out(mazes, every, c) for c in (states, goals)], axis=1)
    first = torch.from_numpy(encoded).double() @ model.first.weight + model.first.bias
    expected = model.trunk(first)
    index, states, goals = (torch.from_numpy(a).long() for a in (every, states, goals))
    features = model.goal_features(model.read(walls), index, goals)
    torch.testing.assert_close(model.logits(states, features), expected)


@pytest.mark.parametrize("readout", ["expectation", "argmax"])
def test_readout_of_a_classifier(readout):
    model = model_of("bronet_classifier", 6, 5, num_classes=9, readout=readout)
    mazes, walls = some_mazes(7, 6, 5)
    states, goals = torch.from_numpy(free_cells(mazes, 2, 0).T)
    context, index = model.read(walls), torch.arange(7)
    features = model.goal_features(context, index, goals)
    logits = model.logits(states, features).detach().numpy()
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    expected = {
        "argmax": logits.argmax(axis=1).astype(float),
        "expectation": (probabilities * np.arange(9)).sum(axis=1),
    }[readout]
    found = model.steps(context, index, states, features).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("encoder", ["bronet", "bronet_window", "bronet_classifier"])
@pytest.mark.parametrize("shape", [(6, 6), (3, 10), (10, 3)])
def test_flat_networks_refuse_mazes_of_another_shape(encoder, shape):
    """Also those with as many cells."""
    model = model_of(encoder, 5, 6)
    with pytest.raises(ValueError, match=f"mazes of 5 x 6, got {shape[0]} x {shape[1]}"):
        model.read(torch.zeros(1, *shape, dtype=torch.uint8))


@pytest.mark.parametrize("encoder", ["bronet", "bronet_window", "landmark_wave"])
@pytest.mark.parametrize("distance", ["l2", "max", "grouped_max"])
def test_a_metric_is_a_pseudometric_on_real_mazes(encoder, distance):
    size = 20 if encoder == "landmark_wave" else 6  # 400 cells have as many landmarks as asked for
    model = model_of(encoder, size, size, distance=distance)
    mazes, walls = some_mazes(1, size, size)
    cells = torch.from_numpy(free_cells(mazes, 12, 0)[0])
    with torch.no_grad():
        model.multiply_scale(3.0)
        zeros = torch.zeros(12, dtype=torch.int64)
        context = model.read(walls)
        features = model.goal_features(context, zeros, cells)
        d = model.steps(context, zeros[:, None], cells[:, None], features[None])
    assert torch.equal(d, d.T)
    assert (d.diagonal() == 0).all()
    assert (d >= 0).all()
    assert (d[cells[:, None] != cells] > 0).any()
    detours = d[:, :, None] + d[None]
    assert (d[:, None, :] <= detours * (1 + 1e-12)).all()


def test_multiply_scale_multiplies_predictions():
    model = model_of("bronet", 5, 5)
    distances = torch.tensor([1.0, 4.0], dtype=torch.float64)
    model.multiply_scale(3.0)
    model.multiply_scale(0.5)
    torch.testing.assert_close(model.scaled(distances), 1.5 * distances, rtol=1e-6, atol=0)


@pytest.mark.parametrize("shape", [(2, 2), (5, 9), (9, 5), (12, 12)])
def test_landmark_wave_reads_mazes_of_any_shape(shape):
    encoder = LandmarkWave(4, 50, 3).eval()
    _, walls = some_mazes(3, *shape)
    with torch.no_grad():
        embedded = encoder.embed(walls)
    cells = shape[0] * shape[1]
    assert embedded.shape == (3, cells, -(-50 * cells // 400))
    assert embedded.isfinite().all()
    assert (embedded >= 0).all()


def ideal_wave(num_landmarks: int) -> LandmarkWave:
    """Waves that go one cell a step in the four directions, and never through walls."""
    encoder = LandmarkWave(2, num_landmarks, 1).double().eval()
    cross = torch.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]])
    with torch.no_grad():
        encoder.kernel.copy_(40 * cross)
        encoder.spark.fill_(60)
    encoder.drive = lambda walls: -20.0 - 1000.0 * walls.double()
    return encoder


def wave_distances(encoder: LandmarkWave, walls: torch.Tensor) -> list[torch.Tensor]:
    """Between all free cells of each maze."""
    with torch.no_grad():
        read = encoder.read(walls)
    free = [times[maze.flatten() == 0] for times, maze in zip(read, walls, strict=True)]
    return [(x[:, None] - x[None]).abs().amax(-1) for x in free]


@pytest.mark.parametrize("shape", [(6, 6), (4, 11)])
def test_ideal_waves_from_every_cell_hold_the_exact_distances(shape):
    mazes, walls = some_mazes(5, *shape)
    every_cell = 400  # landmarks for each 400 cells, so as many as there are cells
    found = wave_distances(ideal_wave(every_cell), walls)
    for truth, maze, distances in zip(mazes.all_distances(), mazes.walls, found, strict=True):
        free = np.flatnonzero(maze == 0)
        np.testing.assert_allclose(distances, truth[np.ix_(free, free)], atol=1e-3)


def test_waves_do_not_depend_on_the_batch():
    """A maze that is crossed at once gives the same beside one that takes long."""
    walls = torch.tensor(Mazes.generate(6, (9, 15), generator="depth_first", seed=1).walls)
    walls[0] = 0
    random = model_of("landmark_wave", 9, 15, embedding=60).encoder
    for encoder in (ideal_wave(60), random):
        together = wave_distances(encoder, walls)
        for i, distances in enumerate(together):
            [alone] = wave_distances(encoder, walls[i : i + 1])
            torch.testing.assert_close(distances, alone, rtol=0.001, atol=0.001)


def test_arrival_times_of_an_ideal_wave_are_steps():
    mazes, walls = some_mazes(3, 7, 10)
    goals = torch.from_numpy(free_cells(mazes, 2, 0))
    encoder = ideal_wave(1)
    with torch.no_grad():
        times = encoder.read(walls, goals)
    truth = mazes.distances(goals.numpy()).reshape(3, 2, -1)
    for maze in range(3):
        free = np.flatnonzero(mazes.walls[maze] == 0)
        found = (times[maze, free] - times[maze, goals[maze], [0, 1]]).T
        np.testing.assert_allclose(found, truth[maze][:, free], atol=1e-3)


def test_landmark_wave_is_deterministic():
    encoder = LandmarkWave(4, 50, 5).eval()
    _, walls = some_mazes(2, 8, 8)
    with torch.no_grad():
        assert torch.equal(encoder.read(walls), encoder.read(walls))


def test_training_runs_waves_for_a_fixed_number_of_steps():
    """A wave that goes one cell a step has not reached what is farther than that."""
    encoder = ideal_wave(1).train()
    encoder.training_iterations = 4
    walls = torch.zeros(1, 2, 9, dtype=torch.uint8)
    times = encoder.read(walls, torch.tensor([[0]]))[0, :9, 0]
    np.testing.assert_allclose(times.detach(), [0, 1, 2, 3, 4, 4, 4, 4, 4], atol=1e-3)


@pytest.mark.parametrize("encoder", ALL_ENCODERS)
def test_predictions_broadcast(encoder):
    """A table of all cells is the same as pair by pair."""
    model = model_of(encoder, 5, 6)
    mazes, walls = some_mazes(3, 5, 6)
    goals = torch.from_numpy(free_cells(mazes, 1, 0)[:, 0])
    with torch.no_grad():
        context, index = model.read(walls), torch.arange(3)
        features = model.goal_features(context, index, goals)
        table = model.steps(context, index[:, None], torch.arange(30)[None], features[:, None])
        assert table.shape == (3, 30)
        for cell in range(30):
            cells = torch.full((3,), cell)
            alone = model.steps(context, index, cells, features)
            torch.testing.assert_close(table[:, cell], alone)


@pytest.mark.parametrize("name", METHODS)
def test_every_parameter_gets_a_gradient_from_the_loss_of_its_method(name):
    method = METHODS[name]
    config = replaced(
        method,
        {
            "domain.height": 8,
            "domain.width": 8,
            "data.num_trajectories": 16,
            "data.pairs_per_world": 16,
            "data.goals_per_world": 4,
            "training.batch_size": 32,
            "model.hidden": 16,
        },
    )
    torch.manual_seed(0)
    model = build_model(config.model, config.domain).train()
    batch = make_batches(config).block(0).to(torch.device("cpu"))[0]
    sum(losses(model, batch, config.objective).values()).backward()
    without = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    is_in_steps = bool({"distance", "descent"} & set(config.objective.terms))
    is_metric = isinstance(model, EmbeddingMetric)
    assert without == ({"log_scale"} if is_metric and not is_in_steps else set())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder": "bronets"}, "model.encoder: unknown encoder 'bronets'; did you mean 'bronet'"),
        ({"distance": "maxx"}, "model.distance: unknown distance 'maxx'; did you mean 'max'"),
    ],
)
def test_unknown_names_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        build_model(dataclasses.replace(ModelConfig(), **changes), MazeConfig())
