"""The compiled trunk against PyTorch's layers, in float64 and in training."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch import _core
from mlsearch.base.settings import replaced
from mlsearch.learning.batches import make_batches
from mlsearch.learning.methods import method_config
from mlsearch.learning.optimization import FlatWeights
from mlsearch.learning.terms import losses
from mlsearch.models.trunk import BesideTrunks, Trunk
from mlsearch.runs.checkpoint import new_model

pytestmark = pytest.mark.usefixtures("one_thread")

sizes = st.sampled_from([16, 32, 48, 80])
TOLERANCE = 2e-5  # of the largest entry, in float32


def random_trunk(seed: int, hidden: int, num_blocks: int, out: int) -> Trunk:
    torch.manual_seed(seed)
    trunk = Trunk(hidden, num_blocks, out)
    with torch.no_grad():
        for parameter in trunk.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return trunk


def core_of(trunk: Trunk) -> _core.Trunk:
    return _core.Trunk([p.detach().numpy() for p in trunk.parameters()], *trunk.sizes)


def assert_near(found, expected, tolerance=TOLERANCE) -> None:
    found, expected = np.asarray(found), np.asarray(expected, dtype=np.float64)
    assert np.abs(found - expected).max() <= tolerance * max(1, np.abs(expected).max())


def backward(core, trace, out_gradients, num_weights, num_threads=1):
    weight_gradients = np.zeros(num_weights, dtype=np.float32)
    return core.backward(trace, out_gradients, weight_gradients, num_threads), weight_gradients


@pytest.mark.usefixtures("registers")
@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), sizes, st.integers(0, 3), sizes, st.integers(1, 75))
def test_it_is_the_trunk_in_float64_forward_and_backward(seed, hidden, num_blocks, out, num_rows):
    trunk = random_trunk(seed, hidden, num_blocks, out)
    core = core_of(trunk)
    x = torch.randn(num_rows, hidden)
    gradients = torch.randn(num_rows, out)
    found, trace = core.trace(x.numpy(), num_threads=1)
    assert np.array_equal(found, core.forward(x.numpy(), num_threads=1))
    exact, wide = copy.deepcopy(trunk).double(), x.double().requires_grad_()
    expected = exact(wide)
    assert_near(found, expected.detach())
    expected.backward(gradients.double())
    gradient = torch.cat([p.grad.flatten() for p in exact.parameters()])
    of_x, of_weights = backward(core, trace, gradients.numpy(), len(gradient))
    assert_near(of_x, wide.grad)
    assert_near(of_weights, gradient)


@pytest.mark.usefixtures("registers")
@pytest.mark.parametrize("hidden", [512, 528, 1024])
def test_so_are_wide_ones(hidden):
    trunk = random_trunk(0, hidden, 1, 16)
    x, gradients = torch.randn(75, hidden), torch.randn(75, 16)
    found, trace = core_of(trunk).trace(x.numpy(), num_threads=1)
    exact, wide = copy.deepcopy(trunk).double(), x.double().requires_grad_()
    expected = exact(wide)
    assert_near(found, expected.detach())
    expected.backward(gradients.double())
    gradient = torch.cat([p.grad.flatten() for p in exact.parameters()])
    of_x, of_weights = backward(core_of(trunk), trace, gradients.numpy(), len(gradient))
    assert_near(of_x, wide.grad)
    assert_near(of_weights, gradient)


@pytest.mark.usefixtures("registers")
@pytest.mark.parametrize("hidden", [64, 1024])
def test_threads_change_no_bit(hidden):
    trunk = random_trunk(0, hidden, 2, 48)
    core, num_weights = core_of(trunk), sum(p.numel() for p in trunk.parameters())
    random = np.random.default_rng(0)
    x, gradients = (random.normal(size=(333, n)).astype("f4") for n in (hidden, 48))
    results = []
    for num_threads in (1, 2, 5):
        out, trace = core.trace(x, num_threads)
        results.append([out, *backward(core, trace, gradients, num_weights, num_threads)])
    for other in results[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(results[0], other, strict=True))


@pytest.mark.usefixtures("registers")
def test_a_row_does_not_depend_on_the_others():
    core = core_of(random_trunk(0, 32, 1, 16))
    x = np.random.default_rng(0).normal(size=(70, 32)).astype("f4")
    together = core.forward(x, 1)
    assert all(np.array_equal(together[i : i + 1], core.forward(x[i : i + 1], 1)) for i in (0, 69))


@pytest.mark.usefixtures("registers")
@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), sizes, st.integers(1, 7), st.integers(1, 4), st.integers(1, 150))
def test_sums_need_not_be_written_out(seed, hidden, num_active, num_bases, num_rows):
    trunk = random_trunk(seed, hidden, 1, 16)
    table, base = torch.randn(9, hidden), torch.randn(num_bases, hidden)
    states, of = torch.randint(9, (num_rows, num_active)), torch.randint(num_bases, (num_rows,))
    x = base[of].double() + 0.5 * table[states].double().sum(1)
    with torch.no_grad():
        expected = copy.deepcopy(trunk).double()(x)
    found = trunk.evaluator().of_sums(table, 0.5, base, of, states)
    assert_near(found, expected)
    arrays = [a.numpy() for a in (base, of, states)]
    for num_threads in (2, 5):
        other = core_of(trunk).forward_sums(table.numpy(), 0.5, *arrays, num_threads)
        assert np.array_equal(found, other)


@pytest.mark.parametrize(("base_of", "state"), [(3, 0), (-1, 0), (0, 9), (0, -1)])
def test_rows_that_do_not_exist_are_refused(base_of, state):
    twin = random_trunk(0, 16, 1, 16).evaluator()
    rows = torch.tensor([base_of]), torch.tensor([[state]])
    message = f"base_of: expected rows from 0 to 2, got {base_of}"
    if base_of == 0:
        message = f"states: expected features from 0 to 8, got {state}"
    with pytest.raises(ValueError, match=message):
        twin.of_sums(torch.zeros(9, 16), 1.0, torch.zeros(3, 16), *rows)


@pytest.mark.parametrize("method", ["contrastive", "supervised", "walk_distance"])
def test_a_model_answers_as_it_does_where_gradients_are_recorded(method):
    torch.manual_seed(0)
    model = new_model(replaced(method_config(method), {"model.hidden": 32}))
    worlds = torch.randint(2, (3, model.sizes.num_features), dtype=torch.uint8)
    index, goals = torch.arange(3), torch.randint(50, (3, 1))
    states = torch.randint(50, (1, 40, 1))  # as in a table: each with every goal

    def answers():
        context = model.read(worlds)
        features = model.goal_features(context, index, goals)
        return model.steps(context, index[:, None], states, features[:, None])

    with torch.no_grad():
        found = answers()
    assert found.shape == (3, 40)
    torch.testing.assert_close(found, answers().detach(), rtol=1e-4, atol=1e-4)


@pytest.mark.usefixtures("registers")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_not_cut_off(value):
    core = core_of(random_trunk(0, 32, 1, 16))
    x = np.zeros((40, 32), dtype="f4")
    x[35, 3] = value
    out, trace = core.trace(x, 1)
    assert np.isnan(out[35]).all()
    assert np.isfinite(np.delete(out, 35, axis=0)).all()
    of_x, of_weights = backward(core, trace, np.ones((40, 16), "f4"), 32 * 2 + 2176 + 64 + 528)
    assert np.isnan(of_x[35]).all()
    assert np.isnan(of_weights).any()


@pytest.mark.parametrize("method", ["contrastive", "supervised", "hybrid"])
def test_trained_by_its_twin_a_model_gets_the_gradient_that_pytorch_gives_it(method):
    changes = {"domain.height": 7, "domain.width": 6, "model.hidden": 32, "model.num_classes": 48}
    config = replaced(method_config(method), {**changes, "data.num_trajectories": 64})
    torch.manual_seed(0)
    model = new_model(config)
    exact = copy.deepcopy(model).double()
    weights = FlatWeights(model)
    for batch in make_batches(config).block(0).to(torch.device("cpu"))[:3]:
        for parameter in exact.parameters():
            parameter.grad = torch.zeros_like(parameter)
        sides = [sum(losses(m, batch, config.objective).values()) for m in (model, exact)]
        # Distances by products lose digits where two embeddings are close, as torch.cdist's do.
        tolerance = 1e-3 if "contrastive" in config.objective.terms else TOLERANCE
        assert_near(sides[0].detach(), sides[1].detach(), tolerance)
        sides[1].backward()
        expected = torch.cat([p.grad.flatten() for p in exact.parameters()])
        assert_near(weights.gradient_of(sides[0]), expected, tolerance)


def trunks_of(model):
    return [module for module in model.modules() if isinstance(module, Trunk)]


def test_copies_have_weights_of_their_own():
    model = new_model(method_config("contrastive"))
    FlatWeights(model)
    assert trunks_of(model)[0].twin is not None
    made = copy.deepcopy(model)
    assert trunks_of(made)[0].twin is None
    x = torch.randn(3, 128, requires_grad=True)
    before = trunks_of(model)[0](x).detach()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)
    torch.testing.assert_close(trunks_of(made)[0](x).detach(), before)
    assert not torch.allclose(trunks_of(model)[0](x).detach(), before)


def test_beside_it_a_trunk_keeps_its_twin_and_pytorch_one_thread():
    trunk = random_trunk(0, 16, 1, 16)
    beside = BesideTrunks(trunk)
    torch.set_num_threads(2)
    for _ in range(2):
        with beside:
            assert torch.get_num_threads() == 1
            assert trunk.evaluator() is trunk.evaluator()
        assert torch.get_num_threads() == 2
        assert trunk.evaluator() is not trunk.evaluator()


@pytest.mark.parametrize("sizes", [(24, 1, 16), (16, 1, 24)])
def test_other_sizes_are_left_to_pytorch(sizes):
    trunk, x = random_trunk(0, *sizes), torch.randn(5, sizes[0])
    with torch.no_grad():
        assert torch.equal(trunk(x), torch.nn.Sequential.forward(trunk, x))


def test_other_precisions_are_left_to_pytorch():
    trunk, x = random_trunk(0, 16, 1, 16), torch.randn(5, 16)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert trunk(x).dtype == torch.bfloat16
    with torch.no_grad():
        assert trunk.double()(x.double()).dtype == torch.float64


def test_weights_that_move_are_seen():
    trunk, x = random_trunk(0, 16, 1, 16), torch.randn(2, 3, 16)
    with torch.no_grad():
        before = trunk(x)
        for parameter in trunk.parameters():
            parameter.data = parameter.data * 2
        after = trunk(x)
        assert after.shape == (2, 3, 16)
        assert not torch.equal(before, after)
        torch.testing.assert_close(after, torch.nn.Sequential.forward(trunk, x))


def test_bad_arguments_are_refused():
    trunk = random_trunk(0, 32, 1, 16)
    core = core_of(trunk)
    with pytest.raises(ValueError, match=r"x: .* of shape \[any, 32\], got shape \[32, 16\]"):
        core.forward(np.zeros((32, 16), "f4"), 1)
    with pytest.raises(TypeError, match="x: expected a float32 array"):
        core.forward(np.zeros((2, 32)), 1)
    with pytest.raises(ValueError, match="hidden: expected a positive multiple of 16, got 24"):
        _core.Trunk([], 24, 1, 16)
    with pytest.raises(ValueError, match="parts: expected 12 arrays, got 0"):
        _core.Trunk([], 32, 1, 16)
    _, trace = core_of(random_trunk(0, 16, 1, 16)).trace(np.zeros((2, 16), "f4"), 1)
    with pytest.raises(ValueError, match="trace: expected one of this trunk"):
        backward(core, trace, np.zeros((2, 16), "f4"), 10)
