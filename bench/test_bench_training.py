"""A training step of BroNet, batch 64, beside loops in plain PyTorch; losses are compared.

The data are those of the method; what is timed includes drawing the batches.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from plain import EncodedPairs, encoded, plain_copy
from torch.nn import functional
from torch.utils.data import DataLoader

from mlsearch.base.settings import replaced
from mlsearch.learning.batches import make_batches, stream
from mlsearch.learning.blocks import BLOCK_STEPS, Batch, Block
from mlsearch.learning.methods import method_config
from mlsearch.learning.steps import CompiledStep
from mlsearch.learning.terms import losses
from mlsearch.learning.training import Trainer

BATCH = 64
METHODS = ["contrastive", "supervised"]
cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
devices = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=cuda)])


def config_of(method: str, num_steps: int):
    """The method as it is, for some steps."""
    settings = {"training.steps": num_steps, "training.log_every": num_steps}
    return replaced(method_config(method), settings)


@pytest.fixture
def steps(benchmark, request) -> int:
    """How many steps are timed together; the group is named by method and device."""
    settings = request.node.callspec.params
    benchmark.group = f"training-{settings['method']}-{settings.get('device', 'cpu')}"
    num_steps = 640 if benchmark.enabled else 64
    benchmark.extra_info["num"] = num_steps
    return num_steps


@pytest.fixture(autouse=True)
def one_torch_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def value_of(trainer: Trainer, batch: Batch) -> float:
    """The loss that the trainer's own step finds for a batch."""
    if isinstance(trainer.take, CompiledStep):
        return trainer.take.gradient(batch)[0]
    (value,) = losses(trainer.learner.model, batch, trainer.config.objective).values()
    return value.item()


def time_loop(benchmark, run, prepare, rounds: int = 10) -> None:
    """Many short rounds by default, as some meet a quiet machine."""
    rounds = rounds if benchmark.enabled else 1
    benchmark.pedantic(run, setup=lambda: ((prepare(),), {}), rounds=rounds)


def batches_of(trainer: Trainer) -> Iterator[Batch]:
    """Those of the steps that it has not taken yet."""
    steps = range(trainer.step, trainer.config.training.steps)
    return stream(trainer.batches, steps, trainer.device)


def take_steps(trainer: Trainer, batches: Iterable[Batch]) -> None:
    """What ``Trainer.run`` does, without the calibration and the files that end a run."""
    trainer.learner.model.train()
    for batch in batches:
        trainer.advance(batch)


def take_all_steps(trainer: Trainer) -> None:
    take_steps(trainer, batches_of(trainer))


def time_recorded(benchmark, make: Callable[[int], Trainer], num_steps: int) -> None:
    """Times some steps on a GPU after those that record its graph, which take longer.

    Args:
        benchmark: what times them.
        make: makes a trainer with a number of steps to take.
        num_steps: that are timed together.
    """

    def prepare() -> tuple[Trainer, Iterator[Batch]]:
        trainer = make(num_steps + BLOCK_STEPS)
        batches = batches_of(trainer)
        take_steps(trainer, islice(batches, BLOCK_STEPS))
        return trainer, batches

    time_loop(benchmark, lambda started: take_steps(*started), prepare, 5)


@devices
@pytest.mark.parametrize("num_threads", [0, 1])
@pytest.mark.parametrize("method", METHODS)
def test_mlsearch(
    benchmark, tmp_path: Path, method: str, num_threads: int, device: str, steps: int
) -> None:
    if num_threads and device == "cuda":
        pytest.skip("threads are of the CPU")
    made = []

    def make(num_steps: int) -> Trainer:
        folder = tmp_path / f"run{len(made)}"
        made.append(Trainer(config_of(method, num_steps), folder, device=device))
        if isinstance(made[-1].take, CompiledStep):
            made[-1].take.num_threads = num_threads
        return made[-1]

    if device == "cuda":
        time_recorded(benchmark, make, steps)
    else:
        time_loop(benchmark, take_all_steps, lambda: make(steps))
    assert all(trainer.rows[-1]["loss"] < 5 for trainer in made)


@pytest.mark.parametrize("method", METHODS)
def test_sampling_alone(benchmark, method: str, steps: int) -> None:
    """Of the step, what drawing the batches takes; it runs beside the step."""
    batches = make_batches(config_of(method, steps))

    def draw_all() -> Block:
        for number in range(steps // BLOCK_STEPS):
            block = batches.block(number)  # lets go of the one before, as training does
        return block

    assert benchmark(draw_all).states.shape == (BLOCK_STEPS, BATCH, 1)


def plain_loss(method: str, network, inputs, offsets, between):
    """The loss of a batch of written-out states [2, N, 400]."""
    if method == "supervised":
        logits = network(torch.cat([inputs[0], inputs[1]], dim=1))
        return functional.cross_entropy(logits, offsets.clamp(max=63))
    distances = between(network(inputs[0]), network(inputs[1]))
    return functional.cross_entropy(-distances, torch.arange(BATCH, device=inputs.device))


def by_differences(x, y):
    return torch.linalg.vector_norm(x[:, None] - y[None], dim=-1)


def by_products(x, y):
    squares = x.square().sum(1)[:, None] + y.square().sum(1)[None] - 2 * x @ y.T
    return squares.clamp(min=1e-12).sqrt()


def assert_same_loss(trainer: Trainer, method: str, network, between) -> None:
    """The plain network gives a batch of ours the loss that ours gives it."""
    config = trainer.config
    batch = next(batches_of(trainer))
    walls = batch.worlds[batch.index].float().cpu().numpy()
    cells = torch.stack([batch.states, batch.goals])[..., 0].tolist()
    agent = config.model.agent
    inputs = [[encoded(w, c, agent) for w, c in zip(walls, row, strict=True)] for row in cells]
    states = torch.tensor(np.array(inputs), device=trainer.device)
    found = plain_loss(method, network, states, batch.steps.long(), between)
    assert found.item() == pytest.approx(value_of(trainer, batch), rel=1e-3, abs=1e-3)


@devices
@pytest.mark.parametrize("method", METHODS)
def test_data_loader_loop(benchmark, tmp_path: Path, method: str, device: str, steps: int) -> None:
    """The usual loop: a DataLoader, then forward, backward and AdamW as they come.

    Workers would make it slower: they take longer to send a batch than to make it.
    """
    trainer = Trainer(config_of(method, steps), tmp_path / "run", device=device)
    network = plain_copy(trainer.learner.model).to(device)
    assert_same_loss(trainer, method, network, by_differences)
    pairs = EncodedPairs(trainer.batches.trajectories, BATCH * steps, trainer.config.model.agent)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)

    def run(loader: DataLoader) -> None:
        for *_, offsets, anchors, positives in loader:
            inputs = torch.stack([anchors, positives]).to(device)
            loss = plain_loss(method, network, inputs, offsets.to(device), by_differences)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert loss < 5

    rounds = 3 if device == "cuda" else 10  # time on a GPU is dear
    time_loop(benchmark, run, lambda: DataLoader(pairs, BATCH, shuffle=True), rounds)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # within torch.compile
@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_best_plain_loop(
    benchmark, tmp_path: Path, method: str, compiled: bool, num_threads: int, steps: int
) -> None:
    """All pairs drawn beforehand, data in memory, fused AdamW, distances by products."""
    if compiled and not benchmark.enabled:
        pytest.skip("compiling takes longer than a test should")
    torch.set_num_threads(num_threads)
    trainer = Trainer(config_of(method, steps), tmp_path / "run")
    network = plain_copy(trainer.learner.model)
    assert_same_loss(trainer, method, network, by_products)
    walls, cells, offsets = drawn(trainer, steps)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=True)
    loss_of = partial(plain_loss, method, network, between=by_products)
    if compiled:
        loss_of = torch.compile(loss_of)

    def run(num: int) -> None:
        for step in range(num):
            inputs = walls[step].repeat(2, 1, 1)
            inputs.scatter_(2, cells[step][..., None], trainer.config.model.agent)
            optimizer.zero_grad()
            loss = loss_of(inputs, offsets[step])
            loss.backward()
            optimizer.step()
        assert loss < 5

    run(5)  # compiles
    time_loop(benchmark, run, lambda: steps)


def drawn(trainer: Trainer, steps: int):
    """Walls [steps, N, 400], cells [steps, 2, N] and offsets [steps, N] of our batches."""
    batches = list(batches_of(trainer))[:steps]
    walls = torch.stack([b.worlds[b.index].float() for b in batches])
    cells = torch.stack([torch.stack([b.states, b.goals])[..., 0] for b in batches])
    return walls, cells, torch.stack([b.steps.long() for b in batches])
