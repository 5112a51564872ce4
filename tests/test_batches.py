"""Training batches: reproducible, on real trajectories, with the right lessons."""

import dataclasses

import numpy as np
import pytest
import reference_learning as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsearch.base.seeding import child_seed
from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.domains.maze.moves import neighbours
from mlsearch.domains.problems import sample_problems
from mlsearch.learning.batches import (
    TrajectoryBatches,
    make_batches,
    sample_trajectories,
)
from mlsearch.learning.blocks import BLOCK_STEPS, Block
from mlsearch.learning.ground_truth import BfsBatches, random_free_cells

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {
    "domain.height": 6,
    "domain.width": 7,
    "training.batch_size": 8,
    "data.num_trajectories": 20,
}
KINDS = {
    "shortest": {"data.pairs_per_trajectory": 4},
    "fresh": {"data.pairs_per_trajectory": 4, "data.fresh": True},
    "symmetry": {"data.pairs_per_trajectory": 4, "data.symmetry": True, "domain.width": 6},
    "flipped": {"data.pairs_per_trajectory": 2, "data.symmetry": True, "data.per_world": 3},
    "random walk": {"data.policy": "random_walk", "data.max_length": 15},
    "fragments": {"data.fragment_length": 3, "data.per_world": 4, "data.pairs_per_trajectory": 2},
    "stitched": {
        "data.fragment_length": 3,
        "data.per_world": 4,
        "data.num_stitched": 30,
        "data.stitched_length": 12,
    },
    "bfs": {"data.supervision": "bfs", "data.pairs_per_world": 4, "data.goals_per_world": 2},
    "fresh bfs": {
        "data.supervision": "bfs",
        "data.pairs_per_world": 8,
        "data.goals_per_world": 3,
        "data.fresh": True,
    },
}


def config_of(kind: str, seed: int = 0) -> RunConfig:
    return replaced(RunConfig(method="m"), {**SMALL, **KINDS[kind], "seed": seed})


def assert_same(first: Block, second: Block) -> None:
    for field in dataclasses.fields(Block):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def pairs_of(block: Block):
    """(walls, state, goal, steps, is_neighbour, target) of each pair."""
    share = block.states.shape[1] // block.walls.shape[1]
    for step, pair in np.ndindex(block.states.shape):
        yield (
            block.walls[step, pair // share],
            int(block.states[step, pair]),
            int(block.goals[step, pair]),
            int(block.steps[step, pair]),
            block.is_neighbour[step, pair],
            block.target[step, pair],
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_block_depends_only_on_the_config_and_its_number(kind):
    first, second = make_batches(config_of(kind)), make_batches(config_of(kind))
    second.block(1)
    second.block(5)
    assert_same(first.block(3), second.block(3))
    states = [first.block(number).states for number in (0, 1, 3)]
    assert not np.array_equal(states[0], states[1])
    assert not np.array_equal(states[1], states[2])
    assert not np.array_equal(make_batches(config_of(kind, seed=1)).block(0).states, states[0])


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_dtypes(kind):
    block = make_batches(config_of(kind)).block(0)
    shape = (BLOCK_STEPS, 8)
    assert block.walls.shape[0] == BLOCK_STEPS
    assert 8 % block.walls.shape[1] == 0
    assert block.walls.dtype == np.uint8
    for name in ("states", "goals", "steps"):
        assert (getattr(block, name).shape, getattr(block, name).dtype) == (shape, np.int32)
    assert (block.is_neighbour.shape, block.is_neighbour.dtype) == ((*shape, 4), np.bool_)
    assert (block.target.shape, block.target.dtype) == ((*shape, 4), np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_lies_on_its_maze_and_its_lesson_is_a_legal_move(kind):
    for walls, state, goal, steps, is_neighbour, target in pairs_of(
        make_batches(config_of(kind)).block(0)
    ):
        assert walls.flat[state] == 0
        assert walls.flat[goal] == 0
        after = reference.free_neighbours(walls, state)
        assert is_neighbour.tolist() == [cell is not None for cell in after]
        assert not target[~is_neighbour].any()
        assert target.sum() == pytest.approx(0 if state == goal else 1)
        assert steps >= reference.steps_to(walls, goal)[state] >= 0


@pytest.mark.parametrize("kind", ["shortest", "fresh", "symmetry", "flipped"])
def test_steps_along_shortest_paths_are_distances_and_targets_come_nearer(kind):
    for walls, state, goal, steps, _, target in pairs_of(make_batches(config_of(kind)).block(0)):
        distances = reference.steps_to(walls, goal)
        assert steps == distances[state] >= 1
        after = reference.free_neighbours(walls, state)[int(target.argmax())]
        assert distances[after] == steps - 1


@pytest.mark.parametrize("kind", ["shortest", "random walk", "fragments", "stitched"])
def test_pairs_lie_on_trajectories_and_targets_point_to_their_next_state(kind):
    source = TrajectoryBatches(config_of(kind))
    known = {
        (
            source.trajectories.domain.walls[maze].tobytes(),
            states[i],
            states[j],
            j - i,
            states[i + 1],
        )
        for maze, states in zip(
            source.trajectories.worlds.tolist(),
            (source.trajectories[n].tolist() for n in range(len(source.trajectories))),
            strict=True,
        )
        for i in range(len(states))
        for j in range(i + 1, len(states))
    }
    for walls, state, goal, steps, _, target in pairs_of(source.block(0)):
        moves = reference.free_neighbours(walls, state)
        next_states = {
            cell for *pair, cell in known if pair == [walls.tobytes(), state, goal, steps]
        }
        assert next_states
        if state == goal:
            assert not target.any()
        else:
            assert sorted(target) == [0, 0, 0, 1]
            assert moves[int(target.argmax())] in next_states


@pytest.mark.parametrize("kind", ["bfs", "fresh bfs"])
def test_bfs_supervision_is_the_ground_truth(kind):
    config = config_of(kind)
    block = make_batches(config).block(0)
    for walls, state, goal, steps, _, target in pairs_of(block):
        distances = Mazes(walls).distances([goal])[0].ravel()
        assert steps == distances[state]
        after = reference.free_neighbours(walls, state)
        nearer = [cell is not None and distances[cell] < steps for cell in after]
        np.testing.assert_allclose(target, np.array(nearer) / max(sum(nearer), 1), rtol=1e-6)
    share = config.data.pairs_per_world
    groups = block.goals.reshape(BLOCK_STEPS, -1, share)
    num_goals = config.data.goals_per_world
    np.testing.assert_array_equal(groups, groups[..., np.arange(share) % num_goals])


def symmetric_forms(walls):
    square = walls.shape[0] == walls.shape[1]
    forms = [walls, walls[::-1], walls[:, ::-1], walls[::-1, ::-1]]
    forms += [form.T for form in forms] if square else []
    return {np.ascontiguousarray(form).tobytes() for form in forms}


@pytest.mark.parametrize("kind", ["symmetry", "flipped", "shortest"])
def test_pairs_of_a_maze_share_its_symmetry(kind):
    """There is one wall map for all of them; seen often, a maze comes in every form."""
    config = config_of(kind)
    source = TrajectoryBatches(config)
    shown = {walls.tobytes() for walls in source.block(0).walls.reshape(-1, 6, config.domain.width)}
    for walls in source.trajectories.domain.walls:
        forms = symmetric_forms(walls) if config.data.symmetry else {walls.tobytes()}
        assert not config.data.symmetry or len(forms & shown) > 1
        shown -= forms
    assert shown == set()


def maps(walls):
    return {maze.tobytes() for maze in walls.reshape(-1, *walls.shape[-2:])}


@pytest.mark.parametrize("kind", ["fresh", "fresh bfs"])
def test_fresh_mazes_differ_between_blocks(kind):
    source = make_batches(config_of(kind))
    first, second = (maps(source.block(number).walls) for number in (0, 1))
    assert first & second == set()
    assert min(len(first), len(second)) > 20  # more than a fixed set of this config has


@pytest.mark.parametrize("kind", ["shortest", "bfs"])
def test_fixed_mazes_recur(kind):
    source = make_batches(config_of(kind))
    first, second = (maps(source.block(number).walls) for number in (0, 1))
    assert len(first | second) <= 20
    assert first & second


@pytest.mark.parametrize("kind", ["shortest", "fresh", "bfs", "fresh bfs"])
def test_training_shares_no_maze_with_other_parts_or_seeds(kind):
    train = maps(make_batches(config_of(kind)).block(0).walls)
    others = [
        config_of(kind).domain.make(50, seed).walls
        for seed in (0, 1, child_seed(0, "mazes"), child_seed(0, "train"))
    ]
    others += [
        sample_problems(config_of(kind).domain, 50, seed, part).domain.walls
        for part in ("validation", "test")
        for seed in (0, 1)
    ]
    others.append(make_batches(config_of(kind, seed=1)).block(0).walls)
    for walls in others:
        assert train & maps(walls) == set()


@pytest.mark.parametrize("length", [1, 3, 7])
def test_fragments_are_no_longer_than_asked(length):
    changes = {"data.fragment_length": length, "data.per_world": 4}
    config = replaced(config_of("shortest"), changes)
    pieces = sample_trajectories(config.domain, config.data, 40, seed=0)
    whole = sample_trajectories(config.domain, config_of("shortest").data, 40, seed=0)
    assert pieces.lengths.max() == length < whole.lengths.max()
    assert make_batches(config).block(0).steps.max() <= length


def test_stitched_trajectories_are_longer_than_their_fragments():
    config = config_of("stitched")
    stitched = sample_trajectories(config.domain, config.data, 20, seed=0)
    assert len(stitched) == 30
    assert 3 < stitched.lengths.max() <= 12


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(2, 6))
def test_free_neighbours(seed, height, width):
    rng = np.random.default_rng(seed)
    walls = (rng.random((3, height, width)) < 0.4).astype(np.uint8)
    mazes, cells = rng.integers(3, size=(2, 5)), rng.integers(height * width, size=(2, 5))
    found = neighbours(walls, mazes, cells.astype(np.int32)) != cells[..., None]
    assert found.shape == (2, 5, 4)
    for index in np.ndindex(2, 5):
        expected = reference.free_neighbours(walls[mazes[index]], cells[index])
        assert found[index].tolist() == [cell is not None for cell in expected]


def test_random_free_cells_are_uniform_over_the_free_cells():
    walls = np.array([[[0, 1], [1, 0]], [[1, 0], [0, 0]]], np.uint8)
    cells = random_free_cells(walls, 3000, np.random.default_rng(0))
    assert (cells.shape, cells.dtype) == ((2, 3000), np.int32)
    for maze, free in enumerate(([0, 3], [1, 2, 3])):
        found, counts = np.unique(cells[maze], return_counts=True)
        assert found.tolist() == free
        assert np.abs(counts - 3000 / len(free)).max() < 150


@pytest.mark.parametrize("kind", KINDS)
def test_batches_on_a_device_are_the_block_step_by_step(kind):
    block = make_batches(config_of(kind)).block(0)
    steps = block.to(torch.device("cpu"))
    assert len(steps) == BLOCK_STEPS
    share = 8 // block.walls.shape[1]
    for number in (0, BLOCK_STEPS - 1):
        batch = steps[number]
        assert batch.mazes.tolist() == [pair // share for pair in range(8)]
        for name in ("walls", "states", "goals", "steps", "is_neighbour", "target"):
            np.testing.assert_array_equal(getattr(batch, name), getattr(block, name)[number])
        assert batch.states.dtype == batch.goals.dtype == torch.int64
        for pair in range(8):
            state = int(batch.states[pair])
            moves = reference.free_neighbours(block.walls[number, pair // share], state)
            expected = [state if cell is None else cell for cell in moves]
            assert batch.neighbours[pair].tolist() == expected


def test_mazes_are_those_of_the_config():
    config = MazeConfig(height=5, width=9, generator="prim", loops=0.5)
    expected = Mazes.generate(3, (5, 9), generator="prim", loops=0.5, seed=4)
    assert config.make(3, seed=4) == expected


def test_supervision_by_trajectories_computes_no_distances(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("ground truth was asked for")

    source = TrajectoryBatches(config_of("shortest"))
    monkeypatch.setattr(Mazes, "distances", refuse)
    source.block(0)
    with pytest.raises(AssertionError, match="ground truth"):
        BfsBatches(config_of("bfs")).block(0)
