"""Training batches: reproducible, on real trajectories, with the right lessons."""

import dataclasses
import itertools

import numpy as np
import pytest
import reference_learning as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_domains import OneWay, Slide, walks

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
from mlsearch.learning.blocks import BLOCK_STEPS, Block, Moves
from mlsearch.learning.ground_truth import BfsBatches, connected, random_states
from mlsearch.learning.methods import METHODS
from mlsearch.learning.reads import Reads
from mlsearch.models import FEATURES, MAPS

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


def on_maps(kind: str, seed: int = 0):
    """The batches of a kind, as an encoder of maps sees them, with moves."""
    return make_batches(config_of(kind, seed), Reads(MAPS, moves=True))


def assert_same(first: Block, second: Block) -> None:
    for field in dataclasses.fields(Block):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, Moves):
            one, other = (dataclasses.astuple(moves) for moves in (one, other))
            assert all(map(np.array_equal, one, other))
        else:
            np.testing.assert_array_equal(one, other)


def pairs_of(block: Block):
    """(walls, state, goal, steps, is_move, target) of each pair, seen as on a map."""
    group = block.states.shape[1] // block.worlds.shape[1]
    for step, pair in np.ndindex(block.states.shape):
        yield (
            block.worlds[step, pair // group],
            int(block.states[step, pair]),
            int(block.goals[step, pair]),
            int(block.steps[step, pair]),
            block.moves.is_move[step, pair],
            block.moves.target[step, pair],
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_block_depends_only_on_the_config_and_its_number(kind):
    first, second = on_maps(kind), on_maps(kind)
    second.block(1)
    second.block(5)
    assert_same(first.block(3), second.block(3))
    states = [first.block(number).states for number in (0, 1, 3)]
    assert not np.array_equal(states[0], states[1])
    assert not np.array_equal(states[1], states[2])
    assert not np.array_equal(on_maps(kind, seed=1).block(0).states, states[0])


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_dtypes(kind):
    block = on_maps(kind).block(0)
    shape = (BLOCK_STEPS, 8)
    assert block.worlds.shape[0] == BLOCK_STEPS
    assert 8 % block.worlds.shape[1] == 0
    assert block.worlds.dtype == np.uint8
    for name in ("states", "goals", "steps"):
        assert (getattr(block, name).shape, getattr(block, name).dtype) == (shape, np.int32)
    moves = block.moves
    for part, dtype in ((moves.neighbours, "i4"), (moves.is_move, "?"), (moves.target, "f4")):
        assert (part.shape, part.dtype) == ((*shape, 4), np.dtype(dtype))


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_lies_on_its_maze_and_its_lesson_is_a_legal_move(kind):
    for walls, state, goal, steps, is_move, target in pairs_of(on_maps(kind).block(0)):
        assert walls.flat[state] == 0
        assert walls.flat[goal] == 0
        after = reference.free_neighbours(walls, state)
        assert is_move.tolist() == [cell is not None for cell in after]
        assert not target[~is_move].any()
        assert target.sum() == pytest.approx(0 if state == goal else 1)
        assert steps >= reference.steps_to(walls, goal)[state] >= 0


@pytest.mark.parametrize("kind", ["shortest", "fresh", "symmetry", "flipped"])
def test_steps_along_shortest_paths_are_distances_and_targets_come_nearer(kind):
    for walls, state, goal, steps, _, target in pairs_of(on_maps(kind).block(0)):
        distances = reference.steps_to(walls, goal)
        assert steps == distances[state] >= 1
        after = reference.free_neighbours(walls, state)[int(target.argmax())]
        assert distances[after] == steps - 1


@pytest.mark.parametrize("kind", ["shortest", "random walk", "fragments", "stitched"])
def test_pairs_lie_on_trajectories_and_targets_point_to_their_next_state(kind):
    source = TrajectoryBatches(config_of(kind), Reads(MAPS, moves=True))
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
    block = on_maps(kind).block(0)
    for walls, state, goal, steps, _, target in pairs_of(block):
        distances = Mazes(walls).distances([goal])[0].ravel()
        assert steps == distances[state]
        after = reference.free_neighbours(walls, state)
        nearer = [cell is not None and distances[cell] < steps for cell in after]
        np.testing.assert_allclose(target, np.array(nearer) / max(sum(nearer), 1), rtol=1e-6)
    group = config.data.pairs_per_world
    groups = block.goals.reshape(BLOCK_STEPS, -1, group)
    num_goals = config.data.goals_per_world
    np.testing.assert_array_equal(groups, groups[..., np.arange(group) % num_goals])


def symmetric_forms(walls):
    square = walls.shape[0] == walls.shape[1]
    forms = [walls, walls[::-1], walls[:, ::-1], walls[::-1, ::-1]]
    forms += [form.T for form in forms] if square else []
    return {np.ascontiguousarray(form).tobytes() for form in forms}


@pytest.mark.parametrize("kind", ["symmetry", "flipped", "shortest"])
def test_pairs_of_a_maze_share_its_symmetry(kind):
    """There is one wall map for all of them; seen often, a maze comes in every form."""
    config = config_of(kind)
    source = TrajectoryBatches(config, Reads(MAPS, moves=False))
    shown = {
        walls.tobytes() for walls in source.block(0).worlds.reshape(-1, 6, config.domain.width)
    }
    for walls in source.trajectories.domain.walls:
        forms = symmetric_forms(walls) if config.data.symmetry else {walls.tobytes()}
        assert not config.data.symmetry or len(forms & shown) > 1
        shown -= forms
    assert shown == set()


def maps(walls):
    return {maze.tobytes() for maze in walls.reshape(-1, *walls.shape[-2:])}


@pytest.mark.parametrize("kind", ["fresh", "fresh bfs"])
def test_fresh_mazes_differ_between_blocks(kind):
    source = on_maps(kind)
    first, second = (maps(source.block(number).worlds) for number in (0, 1))
    assert first & second == set()
    assert min(len(first), len(second)) > 20  # more than a fixed set of this config has


@pytest.mark.parametrize("kind", ["shortest", "bfs"])
def test_fixed_mazes_recur(kind):
    source = on_maps(kind)
    first, second = (maps(source.block(number).worlds) for number in (0, 1))
    assert len(first | second) <= 20
    assert first & second


@pytest.mark.parametrize("kind", ["shortest", "fresh", "bfs", "fresh bfs"])
def test_training_shares_no_maze_with_other_parts_or_seeds(kind):
    train = maps(on_maps(kind).block(0).worlds)
    others = [
        config_of(kind).domain.make(50, seed).walls
        for seed in (0, 1, child_seed(0, "mazes"), child_seed(0, "train"))
    ]
    others += [
        sample_problems(config_of(kind).domain, 50, seed, part).domain.walls
        for part in ("validation", "test")
        for seed in (0, 1)
    ]
    others.append(on_maps(kind, seed=1).block(0).worlds)
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


def test_stitched_joins_the_very_fragments_that_stitching_learns_from():
    small = {"data.num_trajectories": 40, "data.num_stitched": 200}
    whole, joined = METHODS["stitching"], METHODS["stitched"]
    only = {"data.num_stitched": 0, "method": "stitching"}
    assert replaced(joined, only) == whole  # they differ in nothing else
    pieces = TrajectoryBatches(replaced(whole, {"data.num_trajectories": 40})).trajectories
    walks = TrajectoryBatches(replaced(joined, small)).trajectories
    assert pieces.lengths.max() <= 16 < walks.lengths.max() <= 64
    assert walks.provenance["source"] == pieces.provenance
    steps = {
        (world, *pair)
        for i, world in enumerate(pieces.worlds.tolist())
        for pair in itertools.pairwise(pieces[i].tolist())
    }
    starts = {(world, pieces[i][0]) for i, world in enumerate(pieces.worlds.tolist())}
    for i, world in enumerate(walks.worlds.tolist()):
        states = walks[i].tolist()
        assert (world, states[0]) in starts
        assert {(world, *pair) for pair in itertools.pairwise(states)} <= steps
    block = make_batches(replaced(joined, small | {"training.batch_size": 64})).block(0)
    assert block.steps.max() > 16


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


def test_random_states_are_uniform_over_the_free_cells():
    walls = np.array([[[0, 1], [1, 0]], [[1, 0], [0, 0]]], np.uint8)
    cells = random_states(walls.reshape(2, 4) == 0, (2, 3000), np.random.default_rng(0))
    assert (cells.shape, cells.dtype) == ((2, 3000), np.int32)
    for maze, free in enumerate(([0, 3], [1, 2, 3])):
        found, counts = np.unique(cells[maze], return_counts=True)
        assert found.tolist() == free
        assert np.abs(counts - 3000 / len(free)).max() < 150
    [only] = random_states(walls[:1].reshape(1, 4) == 0, (1, 9), np.random.default_rng(0))
    many = random_states(walls[:1].reshape(1, 4) == 0, (5, 9), np.random.default_rng(0))
    assert np.array_equal(many[0], only)


def test_the_states_of_a_generated_maze_are_its_free_cells():
    for generator in ("percolation", "depth_first", "prim", "wilson"):
        mazes = Mazes.generate(20, (7, 9), generator=generator, seed=3)
        assert np.array_equal(connected(mazes), mazes.walls.reshape(20, -1) == 0)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_on_a_device_are_the_block_step_by_step(kind):
    block = on_maps(kind).block(0)
    steps = block.to(torch.device("cpu"))
    assert len(steps) == BLOCK_STEPS
    group = 8 // block.worlds.shape[1]
    for number in (0, BLOCK_STEPS - 1):
        batch = steps[number]
        assert batch.index.tolist() == [pair // group for pair in range(8)]
        for name in ("worlds", "states", "goals", "steps"):
            np.testing.assert_array_equal(getattr(batch, name), getattr(block, name)[number])
        for name in ("neighbours", "is_move", "target"):
            found, expected = (getattr(part.moves, name) for part in (batch, block))
            np.testing.assert_array_equal(found, expected[number])
        assert batch.states.dtype == batch.goals.dtype == batch.moves.neighbours.dtype
        assert batch.states.dtype == torch.int64
        for pair in range(8):
            state = int(batch.states[pair])
            moves = reference.free_neighbours(block.worlds[number, pair // group], state)
            expected = [state if cell is None else cell for cell in moves]
            assert batch.moves.neighbours[pair].tolist() == expected


# What a run reads ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["symmetry", "flipped", "bfs"])
def test_features_are_what_maps_show(kind):
    """The walls of a maze are the features of its world, the agent's cell is its state's."""
    maps = on_maps(kind).block(0)
    features = make_batches(config_of(kind), Reads(FEATURES, moves=True)).block(0)
    assert np.array_equal(
        features.worlds, maps.worlds.reshape(BLOCK_STEPS, -1, 6 * maps.worlds.shape[3])
    )
    for name in ("states", "goals"):
        assert np.array_equal(getattr(features, name)[..., 0], getattr(maps, name))
    assert np.array_equal(features.moves.neighbours[..., 0], maps.moves.neighbours)
    assert np.array_equal(features.moves.target, maps.moves.target)


@pytest.mark.parametrize("supervision", ["trajectories", "bfs"])
def test_moves_are_made_only_for_terms_that_read_them(monkeypatch, supervision):
    sizes = {"data.pairs_per_world": 8, "data.goals_per_world": 4}
    changes = {"data.supervision": supervision, **sizes}
    without = replaced(config_of("shortest"), changes)
    with_moves = replaced(without, {"objective.terms": {"contrastive": 1.0, "descent": 0.1}})
    assert make_batches(with_moves).block(0).moves is not None

    def refuse(*arguments):
        raise AssertionError("neighbours were asked for")

    monkeypatch.setattr(Mazes, "neighbours", refuse)
    assert make_batches(without).block(0).moves is None


def test_the_view_of_a_run_is_that_of_its_model():
    for encoder, view in (
        ("bronet", FEATURES),
        ("bronet_classifier", FEATURES),
        ("bronet_window", MAPS),
        ("landmark_wave", MAPS),
    ):
        config = replaced(RunConfig(method="m"), {"model.encoder": encoder})
        assert Reads.of(config) == Reads(view, moves=False, who=encoder)


# Domains that are no mazes -------------------------------------------------------------------


def walked_block(domain, reads, num_pairs=8, seed=0):
    """A block of a domain with one world, and its pairs as plain states."""
    states, goals, steps, after = walks(domain, BLOCK_STEPS, num_pairs, seed)
    return reads.block(domain, states, goals, steps, after), (states, goals, steps, after)


@pytest.mark.parametrize("domain", [Slide(), OneWay(1)], ids=["slide", "one_way"])
def test_a_block_of_a_domain_with_one_world(domain):
    reads = Reads(FEATURES, moves=True)
    block, (states, goals, steps, after) = walked_block(domain, reads)
    num_active = 6
    assert block.worlds.shape == (BLOCK_STEPS, 1, domain.num_features)
    assert block.states.shape == block.goals.shape == (BLOCK_STEPS, 8, num_active)
    assert block.goals_per_world == 8
    for step, pair in ((0, 0), (3, 7), (63, 2)):
        here, there = states[step, pair], goals[step, pair]
        assert np.array_equal(block.states[step, pair], domain.features(here[None])[0])
        around = domain.neighbours(here[None], np.zeros(1, np.int32))[0]
        assert np.array_equal(block.moves.neighbours[step, pair], domain.features(around))
        is_move = (around != here).any(axis=1)
        assert np.array_equal(block.moves.is_move[step, pair], is_move)
        is_right = (around == after[step, pair]).all(axis=1) & is_move & (here != there).any()
        expected = is_right / max(is_right.sum(), 1)
        np.testing.assert_allclose(block.moves.target[step, pair], expected)
    assert np.array_equal(block.steps, steps)


@pytest.mark.parametrize("domain", [Slide(), OneWay()], ids=["slide", "one_way"])
@pytest.mark.parametrize("fresh", [True, False])
def test_trajectories_of_any_domain_make_batches(domain, fresh):
    changes = {
        "data.num_trajectories": 30,
        "data.pairs_per_trajectory": 4,
        "data.fresh": fresh,
        "data.symmetry": True,  # without symmetries, this changes nothing
        "training.batch_size": 16,
    }
    config = dataclasses.replace(replaced(RunConfig(method="m"), changes), domain=domain)
    block = TrajectoryBatches(config, Reads(FEATURES, moves=True)).block(2)
    num_worlds = 1 if len(domain) == 1 else 4
    assert block.worlds.shape == (BLOCK_STEPS, num_worlds, domain.num_features)
    assert block.states.shape == (BLOCK_STEPS, 16, 6)
    assert (block.steps >= 1).all()
    is_right = block.moves.target > 0
    assert not (is_right & ~block.moves.is_move).any()
    is_same = (block.states == block.goals).all(axis=-1)
    assert np.array_equal(is_right.any(axis=-1), ~is_same)


@pytest.mark.parametrize("kind", ["many worlds", "one world"])
def test_parts_of_a_block_are_its_pairs_in_order(kind):
    if kind == "one world":
        block, _ = walked_block(Slide(), Reads(FEATURES, moves=True))
    else:
        block = on_maps("shortest").block(0)
    parts = [block.part(number, 2) for number in (0, 1)]
    for name in ("states", "goals", "steps"):
        joined = np.concatenate([getattr(part, name) for part in parts], axis=1)
        assert np.array_equal(joined, getattr(block, name))
    joined = np.concatenate([part.moves.target for part in parts], axis=1)
    assert np.array_equal(joined, block.moves.target)
    batches = [part.to(torch.device("cpu"))[5] for part in parts]
    whole = block.to(torch.device("cpu"))[5]
    seen = torch.cat([batch.worlds[batch.index] for batch in batches])
    assert torch.equal(seen, whole.worlds[whole.index])
    goals = torch.cat([batch.world_goals.flatten(0, 1) for batch in batches])
    assert torch.equal(goals, whole.world_goals.flatten(0, 1))
    assert block.part(0, 1).states.shape == block.states.shape
    with pytest.raises(ValueError, match=r"training.batch_size: .* in a batch: .* of 3 processes"):
        block.part(0, 3)


def slide_config(fresh=False):
    changes = {
        "data.supervision": "bfs",
        "data.pairs_per_world": 8,
        "data.goals_per_world": 4,
        "data.fresh": fresh,
        "training.batch_size": 16,
    }
    return dataclasses.replace(replaced(RunConfig(method="m"), changes), domain=Slide())


@pytest.mark.parametrize("fresh", [True, False])
def test_ground_truth_of_a_domain_with_one_world(fresh):
    config = slide_config(fresh)
    source = BfsBatches(config, Reads(FEATURES, moves=True))
    block, domain = source.block(3), Slide()
    assert block.worlds.shape == (BLOCK_STEPS, 1, 36)
    assert block.states.shape == (BLOCK_STEPS, 16, 6)
    states, goals = (np.asarray(part % 6, np.uint8) for part in (block.states, block.goals))
    assert np.array_equal(block.goals, block.goals[:, np.arange(16) % 4])
    for step, pair in ((0, 0), (9, 15), (63, 6)):
        table = domain.distances(goals[step, pair][None]).reshape(-1)
        known = table[domain.index(states[step, pair][None])[0]]
        assert block.steps[step, pair] == known >= 0
        around = domain.neighbours(states[step, pair][None], None)[0]
        nearer = table[domain.index(around)] < known
        np.testing.assert_allclose(block.moves.target[step, pair], nearer / max(nearer.sum(), 1))
    assert_same(source.block(3), block)
    assert not np.array_equal(source.block(4).states, block.states)


def test_what_a_domain_lacks_is_said_in_one_line():
    config = dataclasses.replace(slide_config(), domain=OneWay(1))
    with pytest.raises(TypeError, match=r"^data.supervision: bfs reads tables of all states"):
        BfsBatches(config, Reads(FEATURES, moves=False))
    message = "^landmark_wave reads maps; domain 'slide' has none .it lacks maps, places.$"
    with pytest.raises(TypeError, match=message):
        walked_block(Slide(), Reads(MAPS, moves=False, who="landmark_wave"))


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
