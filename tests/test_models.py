"""Models against the plain networks they stand for, and what they promise by construction."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_domains import OneWay, Slide
from torch.nn import functional

from mlsearch.base.settings import replaced
from mlsearch.config import ModelConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.learning.batches import make_batches
from mlsearch.learning.methods import METHODS
from mlsearch.learning.optimization import FlatWeights
from mlsearch.learning.terms import losses
from mlsearch.models import (
    BroNet,
    BroNetClassifier,
    DistanceModel,
    EmbeddingMetric,
    LandmarkWave,
    Sizes,
    WindowBroNet,
    build_model,
)
from mlsearch.models.sparse import SparseLinear, rows_of

pytestmark = pytest.mark.usefixtures("one_thread")

seeds = st.integers(0, 2**32 - 1)
FLAT_ENCODERS = ["bronet", "bronet_window", "bronet_classifier", "bronet_regressor"]
ALL_ENCODERS = [*FLAT_ENCODERS, "landmark_wave", "recurrent_conv", "board_regressor"]


def model_of(encoder: str, height: int, width: int, **settings) -> DistanceModel:
    torch.manual_seed(0)
    config = ModelConfig(
        encoder=encoder, **{"hidden": 8, "num_blocks": 1, "embedding": 16, **settings}
    )
    return build_model(config, maze_sizes(height, width)).double().eval()


def maze_sizes(height: int, width: int) -> Sizes:
    return Sizes(height * width, 1, (height, width), 1)


def shown(model, mazes: Mazes, cells: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Worlds and cells as a model sees them."""
    states = model.view.states(mazes, np.asarray(cells, np.int32))
    return torch.tensor(model.view.worlds(mazes)), torch.tensor(states).long()


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
    encoder = BroNet(maze_sizes(height, width), 8, 2, 5, agent).double()
    mazes, _ = some_mazes(4, height, width, seed)
    rng = np.random.default_rng(seed)
    index = rng.integers(4, size=9)
    cells = free_cells(mazes, 1, seed)[index, 0]
    encoded = torch.from_numpy(written_out(mazes, index, cells, agent)).double()
    expected = encoder.trunk(encoded @ encoder.first.weight + encoder.first.bias)
    worlds, states = shown(encoder, mazes, cells)
    found = encoder.at(encoder.read(worlds), torch.from_numpy(index), states)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=20)
@given(seeds, st.integers(3, 7), st.integers(3, 7), st.integers(1, 4))
def test_window_bronet_is_its_network_on_what_the_agent_sees(seed, height, width, radius):
    torch.manual_seed(seed)
    encoder = WindowBroNet(maze_sizes(height, width), 8, 1, 5, radius, 3.0).double()
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
    model = BroNetClassifier(maze_sizes(height, width), 8, 2, 6, 2.0, "expectation").double()
    mazes, _ = some_mazes(4, height, width, seed)
    states, goals = free_cells(mazes, 2, seed).T
    every = np.arange(4)
    encoded = np.concatenate([written_out(mazes, every, c) for c in (states, goals)], axis=1)
    first = torch.from_numpy(encoded).double() @ model.first.weight + model.first.bias
    expected = model.trunk(first)
    worlds, seen = shown(model, mazes, np.stack([states, goals]))
    features = model.goal_features(model.read(worlds), torch.from_numpy(every), seen[1])
    torch.testing.assert_close(model.outputs(seen[0], features), expected)


@pytest.mark.parametrize("readout", ["expectation", "argmax"])
def test_readout_of_a_classifier(readout):
    model = model_of("bronet_classifier", 6, 5, num_classes=9, readout=readout)
    mazes, _ = some_mazes(7, 6, 5)
    worlds, (states, goals) = shown(model, mazes, free_cells(mazes, 2, 0).T)
    context, index = model.read(worlds), torch.arange(7)
    features = model.goal_features(context, index, goals)
    logits = model.outputs(states, features).detach().numpy()
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    expected = {
        "argmax": logits.argmax(axis=1).astype(float),
        "expectation": (probabilities * np.arange(9)).sum(axis=1),
    }[readout]
    found = model.steps(context, index, states, features).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_regressor_answers_softplus_of_the_mean_of_its_outputs():
    model = model_of("bronet_regressor", 6, 5)
    mazes, _ = some_mazes(7, 6, 5)
    worlds, (states, goals) = shown(model, mazes, free_cells(mazes, 2, 0).T)
    context, index = model.read(worlds), torch.arange(7)
    features = model.goal_features(context, index, goals)
    means = model.outputs(states, features).detach().numpy().mean(axis=1)
    found = model.steps(context, index, states, features).detach().numpy()
    np.testing.assert_allclose(found, np.log1p(np.exp(means)), rtol=1e-9)


@pytest.mark.parametrize("encoder", FLAT_ENCODERS)
@pytest.mark.parametrize("shape", [(6, 6), (3, 10), (10, 3)])
def test_flat_networks_refuse_domains_of_other_sizes(encoder, shape):
    """Also those with as many cells."""
    model = model_of(encoder, 5, 6)
    message = f"this model was made for maps of 5 x 6, got {shape[0]} x {shape[1]}$"
    with pytest.raises(ValueError, match=f"^domain: {message}"):
        model.sizes.check(Sizes.of(Mazes.generate(1, shape)))
    if encoder == "bronet_window":
        with pytest.raises(ValueError, match=f"^worlds: {message}"):
            model.read(torch.zeros(1, *shape, dtype=torch.uint8))
    else:
        with pytest.raises(ValueError, match=r"worlds: .* made for 30 features, got 31"):
            model.read(torch.zeros(1, 31, dtype=torch.uint8))


def test_sizes_of_domains_and_how_they_differ():
    slide, one_way = Sizes.of(Slide()), Sizes.of(OneWay())
    assert (slide, one_way) == (Sizes(36, 6), Sizes(64, 6))
    assert str(one_way) == "64 features, 6 of them active"
    assert str(Sizes.of(Mazes.generate(2, (4, 7)))) == "maps of 4 x 7"
    for first, other, message in (
        (one_way, slide, "64 features, got 36"),
        (one_way, Sizes(64, 5), "6 active features, got 5"),
        (one_way, maze_sizes(8, 8), "64 features, 6 of them active, got maps of 8 x 8"),
        (maze_sizes(3, 4), Sizes(12, 1), "maps of 3 x 4, got 12 features, 1 of them active"),
        (maze_sizes(3, 4), Sizes(99, 1, (3, 4)), "12 features, got 99"),
    ):
        with pytest.raises(ValueError, match=f"^x: this model was made for {message}$"):
            first.check(other, "x")
        first.check(first)


def test_window_bronet_needs_maps():
    config = ModelConfig(encoder="bronet_window")
    with pytest.raises(ValueError, match=r"^model.encoder: bronet_window reads maps, got 36 feat"):
        build_model(config, Sizes.of(Slide()))


@pytest.mark.parametrize("encoder", ["bronet", "bronet_window", "landmark_wave"])
@pytest.mark.parametrize("distance", ["l2", "max", "grouped_max"])
def test_a_metric_is_a_pseudometric_on_real_mazes(encoder, distance):
    size = 20 if encoder == "landmark_wave" else 6  # 400 cells have as many landmarks as asked for
    model = model_of(encoder, size, size, distance=distance)
    mazes, _ = some_mazes(1, size, size)
    cells = torch.from_numpy(free_cells(mazes, 12, 0)[0])
    worlds, seen = shown(model, mazes, cells)
    with torch.no_grad():
        model.multiply_scale(3.0)
        zeros = torch.zeros(12, dtype=torch.int64)
        context = model.read(worlds)
        features = model.goal_features(context, zeros, seen)
        d = model.steps(context, zeros[:, None], seen[:, None], features[None])
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
    cells = shape[0] * shape[1]
    with torch.no_grad():
        worlds, states = torch.arange(3)[:, None], torch.arange(cells)[None]
        embedded = encoder.at(encoder.read(walls), worlds, states)
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


def test_landmarks_end_at_a_number():
    """Ideal waves from a few of them give lower bounds, most of them not far from the truth."""
    mazes, walls = some_mazes(2, 9, 12)
    every, few = ideal_wave(400), ideal_wave(400)
    few.max_landmarks = 7
    with torch.no_grad():
        assert every.survey(walls) is None
        assert few.read(walls).shape == (2, 108, 7)
    for truth, maze, found in zip(
        mazes.all_distances(), mazes.walls, wave_distances(few, walls), strict=True
    ):
        free = np.flatnonzero(maze == 0)
        assert (found.numpy() <= truth[np.ix_(free, free)] + 1e-3).all()
        assert found.numpy().mean() > 0.8 * truth[np.ix_(free, free)].mean()
    assert LandmarkWave(4, 50, 5, max_landmarks=7).max_landmarks == 50
    assert model_of("landmark_wave", 5, 5).encoder.max_landmarks == 64


def test_landmark_waves_refuse_what_does_not_fit_into_the_memory():
    message = "16777216 cells would take 4.0 GiB, the limit is 2 GiB"
    with pytest.raises(ValueError, match=message):
        LandmarkWave(4, 64, 5).eval().read(torch.zeros(1, 4096, 4096, dtype=torch.uint8))


def test_waits_of_large_maps_are_in_full_time_steps():
    """What a cell waits in the long run, whatever it is at rest, is a step each time step."""
    encoder = model_of("landmark_wave", 9, 12).encoder
    encoder.max_landmarks = 1
    _, walls = some_mazes(2, 9, 12)
    walls[:] = 0
    with torch.no_grad():
        encoder.rest.fill_(-4.0)
        encoder.spark.zero_()  # so that no wave starts
        encoder.kernel.mul_(0.3)
        survey, goals = encoder.survey(walls), torch.zeros(2, 1, dtype=torch.int64)
        times = encoder._times(survey, goals)
        assert survey[:, 1].std() > 1e-3
        assert encoder.arrival_times(survey[:, 0], goals).std() > 0.01
        torch.testing.assert_close(times, times.mean().expand_as(times), rtol=0, atol=0.2)


def test_ideal_waves_of_goals_hold_the_exact_distances():
    mazes, walls = some_mazes(3, 7, 10)
    goals = torch.from_numpy(free_cells(mazes, 4, 0))
    encoder = ideal_wave(400)
    encoder.max_landmarks = 1
    with torch.no_grad():
        found = encoder.towards(encoder.survey(walls), goals).numpy()
        alone = encoder.towards(encoder.survey(walls), goals[:, 2:3]).numpy()
    truth = mazes.distances(goals.numpy()).reshape(3, 4, -1)
    for few, exact in ((found, truth), (alone, truth[:, 2:3])):
        np.testing.assert_allclose(few[exact >= 0], exact[exact >= 0], atol=1e-3)


@pytest.mark.parametrize(("distance", "surveys"), [("max", True), ("l2", False)])
def test_only_the_largest_difference_can_do_with_one_coordinate(distance, surveys):
    model = model_of("landmark_wave", 9, 9, distance=distance)
    model.encoder.max_landmarks = 1
    model.multiply_scale(3.0)
    mazes, walls = some_mazes(2, 9, 9)
    assert (model.survey(walls) is not None) == surveys
    if surveys:
        goals = torch.from_numpy(free_cells(mazes, 1, 0))
        survey = model.survey(walls)
        expected = 3 * model.encoder.towards(survey, goals)
        torch.testing.assert_close(model.towards(survey, goals), expected)
        with pytest.raises(NotImplementedError):
            model_of("bronet", 9, 9).encoder.towards(survey, goals)


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
    mazes, _ = some_mazes(3, 5, 6)
    worlds, goals = shown(model, mazes, free_cells(mazes, 1, 0)[:, 0])
    _, every = shown(model, mazes, np.arange(30))
    with torch.no_grad():
        context, index = model.read(worlds), torch.arange(3)
        features = model.goal_features(context, index, goals)
        table = model.steps(context, index[:, None], every[None], features[:, None])
        assert table.shape == (3, 30)
        for cell in range(30):
            cells = every[cell].expand(3, *every.shape[1:])
            alone = model.steps(context, index, cells, features)
            torch.testing.assert_close(table[:, cell], alone)


# The sparse layer ----------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    seed=seeds,
    num_features=st.integers(1, 30),
    num_active=st.integers(1, 9),
    num_worlds=st.integers(1, 4),
    shape=st.sampled_from([(7,), (3, 2), ()]),
    num_copies=st.integers(1, 2),
    is_direct=st.booleans(),
)
def test_the_sparse_layer_is_a_linear_over_written_out_inputs(
    seed, num_features, num_active, num_worlds, shape, num_copies, is_direct
):
    """Forward and backward, for states that have a feature twice and share some with the world."""
    torch.manual_seed(seed)
    layer = SparseLinear(Sizes(num_features, num_active), 5, num_copies, 1.7).double()
    if is_direct:
        FlatWeights(layer)
    worlds = torch.randint(2, (num_worlds, num_features), dtype=torch.uint8)
    index = torch.randint(num_worlds, shape)
    copies = [torch.randint(num_features, (*shape, num_active)) for _ in range(num_copies)]
    found = rows_of(layer.read(worlds), index)
    for number, states in enumerate(copies):
        found = found + layer.active(states, number)
    written = [
        worlds[index].double() + 1.7 * functional.one_hot(states, num_features).sum(-2).double()
        for states in copies
    ]
    exact = [p.detach().clone().requires_grad_() for p in (layer.weight, layer.bias)]
    expected = torch.cat(written, dim=-1) @ exact[0] + exact[1]
    torch.testing.assert_close(found, expected)
    weights = torch.randn_like(found)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    for parameter, reference in zip((layer.weight, layer.bias), exact, strict=True):
        torch.testing.assert_close(parameter.grad, reference.grad)


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
    model = build_model(config.model, maze_sizes(8, 8)).train()
    batch = make_batches(config).block(0).to(torch.device("cpu"))[0]
    slow = copy.deepcopy(model)
    sum(losses(model, batch, config.objective, slow).values()).backward()
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
        build_model(dataclasses.replace(ModelConfig(), **changes), maze_sizes(20, 20))
