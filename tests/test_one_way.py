"""Mazes with one-way doors: exact, directed, and a domain like any other."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_contract import PlainStream

import mlsearch as ml
from mlsearch.base.seeding import child_seed
from mlsearch.data.walks import Walks
from mlsearch.domains.one_way import tables, walks
from mlsearch.domains.one_way.config import OneWayConfig
from mlsearch.domains.registry import domain_settings

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ml.OneWayMazes.parse(">v\n^<")  # the way back is three steps
STEPS = {0: (-1, 0), 1: (1, 0), 2: (0, -1), 3: (0, 1)}


def plain_neighbours(codes, cell):
    """Where up, down, left and right lead, from the letter of the rules."""
    row, column = divmod(cell, len(codes))
    found = []
    for move, (down, right) in STEPS.items():
        r, c = row + down, column + right
        is_inside = 0 <= r < len(codes) and 0 <= c < len(codes)
        is_open = is_inside and codes[r][c] != 1 and codes[row][column] in (0, move + 2)
        found.append(r * len(codes) + c if is_open else cell)
    return found


def plain_distance(codes, start, goal):
    """Breadth-first search along the moves."""
    steps, queue = {start: 0}, deque([start])
    while queue:
        here = queue.popleft()
        for after in plain_neighbours(codes, here):
            if after not in steps:
                steps[after] = steps[here] + 1
                queue.append(after)
    return steps.get(goal, -1)


def mazes_of(num, side):
    """Any codes, with a free cell in each maze."""

    def opened(codes):
        codes[:, 0, 0] = np.where((codes == 1).all(axis=(1, 2)), 0, codes[:, 0, 0])
        return ml.OneWayMazes(codes)

    return arrays(np.uint8, (num, side, side), elements=st.integers(0, 5)).map(opened)


@given(st.integers(2, 5).flatmap(lambda side: mazes_of(3, side)), st.data())
def test_moves_and_distances_agree_with_plain_python(mazes, data):
    cells = mazes.all_states()
    free = [np.flatnonzero(codes.reshape(-1) != 1).tolist() for codes in mazes.codes]
    goals = np.array([data.draw(st.sampled_from(of)) for of in free], np.int32)
    found = mazes.distances(goals)
    for world, codes in enumerate(mazes.codes.tolist()):
        here = np.array(free[world], np.int32)
        moves = mazes.neighbours(here, np.full(len(here), world, np.int32))
        assert moves.tolist() == [plain_neighbours(codes, cell) for cell in free[world]]
        wanted = [plain_distance(codes, cell, goals[world]) for cell in free[world]]
        assert found[world, here].tolist() == wanted
        assert (np.delete(found[world], here) == -1).all()
    worlds = np.arange(3, dtype=np.int32)
    starts = np.array([of[-1] for of in free], np.int32)
    assert mazes.optimal(starts, goals, worlds).tolist() == found[worlds, starts].tolist()
    assert cells.tolist() == list(range(mazes.num_states))


@given(st.integers(2, 4).flatmap(lambda side: mazes_of(2, side)))
@settings(max_examples=25)
def test_any_such_mazes_keep_the_contract(mazes):
    ml.check_domain(mazes, num=12)


def test_a_ring_is_longer_one_way():
    assert RING.distances(np.array([0])).tolist() == [[0, 3, 1, 2]]
    assert RING.optimal(np.array([1, 0]), np.array([0, 1]), np.zeros(2, np.int32)).tolist() == [
        3,
        1,
    ]


@pytest.mark.parametrize("at_once", [1, 7])
def test_parts_make_no_difference(monkeypatch, at_once):
    mazes = ml.OneWayMazes.generate(5, size=6, seed=3)
    trajectories = ml.Trajectories.sample(mazes, per_world=4, policy="noisy", seed=1)
    problems = ml.Problems.sample(mazes, per_world=4)
    for module in (tables, walks, ml.domains.one_way.mazes):
        monkeypatch.setattr(module, "AT_ONCE", at_once)
    again = ml.Trajectories.sample(mazes, per_world=4, policy="noisy", seed=1)
    assert np.array_equal(again.states, trajectories.states)
    other = ml.Problems.sample(mazes, per_world=4)
    assert np.array_equal(other.starts, problems.starts)
    assert np.array_equal(other.optimal, problems.optimal)


# Generation ----------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 2**64 - 1),
    size=st.integers(2, 9),
    walls=st.sampled_from([0.0, 0.2, 0.35]),
    arrows=st.sampled_from([0.0, 0.3, 1.0]),
)
@settings(max_examples=25)
def test_generated_mazes_agree_with_plain_streams(seed, size, walls, arrows):
    mazes = ml.OneWayMazes.generate(3, size, walls, arrows, seed)
    plain = ml.Mazes.generate(3, size, wall_probability=walls, seed=child_seed(seed, "walls"))
    assert np.array_equal(mazes.codes == 1, plain.walls)
    own = child_seed(seed, "arrows")
    for world, codes in enumerate(mazes.codes.reshape(3, -1).tolist()):
        is_wall = plain.walls[world].reshape(-1)
        for cell in np.flatnonzero(is_wall == 0).tolist():
            stream = PlainStream(own, world * size**2 + cell)
            is_arrow = (stream.bits() >> 11) / 2**53 < arrows
            around = plain_neighbours(plain.walls[world].tolist(), cell)
            beside = [move for move, after in enumerate(around) if after != cell]
            wanted = 2 + beside[stream.below(len(beside))] if is_arrow else 0
            assert codes[cell] == wanted
    part = ml.OneWayMazes.generate(1, size, walls, arrows, seed, first=2)
    assert part == mazes[2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ml.OneWayMazes([[0.0, 1.0]]), "cells: expected integers, got dtype float64"),
        (
            lambda: ml.OneWayMazes([[0, 1]]),
            r"cells: expected shape \[B, H, H\] .*, got \[1, 1, 2\]",
        ),
        (lambda: ml.OneWayMazes([[0, 6], [0, 0]]), r"cells: expected 0 to 5, got 6 at \[0, 0, 1\]"),
        (lambda: ml.OneWayMazes([[0]]), "cells: expected a side from 2 to 1024, got 1"),
        (
            lambda: ml.OneWayMazes([[1, 1], [1, 1]]),
            "expected a free cell in each maze, got none in 0",
        ),
        (lambda: ml.OneWayMazes.parse("..\n.x"), r"line 2: expected \.#\^v<>, got 'x'"),
        (lambda: ml.OneWayMazes.parse("..\n."), "line 2: expected 2 letters, got 1"),
        (
            lambda: ml.OneWayMazes.generate(1, arrow_probability=2),
            "arrow_probability: expected 0 to 1",
        ),
        (lambda: OneWayConfig(size=1), "domain.size: expected"),
        (lambda: OneWayConfig(arrow_probability=1.5), "domain.arrow_probability: expected"),
        (lambda: ml.Problems(RING, [4], [0]), "starts: problem 0: cell 4 is outside 0 .. 3"),
        (
            lambda: ml.Problems(ml.OneWayMazes.parse("#.\n.."), [1], [0]),
            "goals: problem 0: cell 0 is a wall",
        ),
        (
            lambda: ml.Trajectories.sample(RING, min_length=4),
            "maze 0: found no start and goal that are 4 to 4 steps apart in 1000 draws",
        ),
    ],
)
def test_bad_input_is_one_clear_line(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_few_different_mazes_are_drawn_again_and_again():
    config = OneWayConfig(size=5, num_different=3)
    three = OneWayConfig(size=5).make(3, seed=0)
    mazes = config.make(60, seed=7)
    which = [(three.codes == codes).all(axis=(1, 2)).nonzero()[0].tolist() for codes in mazes.codes]
    assert sorted({number for (number,) in which}) == [0, 1, 2]
    assert config.make(5, seed=7, first=10) == mazes[10:15]
    assert config.make(60, seed=8) != mazes


def test_text_is_read_as_it_is_written():
    mazes = ml.OneWayMazes.generate(2, size=7, wall_probability=0.3, seed=1)
    assert ml.OneWayMazes.parse(mazes.text(1)) == mazes[1]
    with pytest.raises(IndexError, match="at least one maze"):
        mazes[[]]


# Problems and walks --------------------------------------------------------------------------

MAZES = ml.OneWayMazes.generate(40, size=8, seed=2)


def test_problems_have_a_way():
    problems = ml.Problems.sample(MAZES, per_world=5, seed=4)
    assert (problems.optimal >= 0).all()
    result = ml.solve(problems, heuristic="perfect", search=False)
    assert result.solved.all()
    assert np.array_equal(result.cost, problems.optimal)
    single = ml.Problems.sample(MAZES[:1], per_world=100, seed=4)  # more than 64 goals
    assert (single.optimal >= 0).all()


def test_random_states_are_free_and_far_apart():
    states = MAZES.random_states(50, seed=1)
    assert states.shape == (40, 50)
    MAZES.check_states("states", states.reshape(-1), np.repeat(np.arange(40, dtype=np.int32), 50))
    assert len(np.unique(states[0])) > 20


def test_walks_of_the_policies():
    found = {
        policy: ml.Trajectories.sample(
            MAZES, per_world=6, policy=policy, seed=1, epsilon=0.5, min_length=3, max_length=12
        )
        for policy in ("shortest", "noisy")
    }
    for policy, walk in found.items():  # the constructor checks every move
        ml.Trajectories(walk.domain, walk.worlds, walk.states, walk.offsets)
        starts, ends = walk.states[walk.offsets[:-1]], walk.states[walk.offsets[1:] - 1]
        optimal = MAZES.optimal(starts, ends, walk.worlds)
        assert (walk.lengths <= 12).all()
        assert (walk.lengths >= optimal).all()
        assert (walk.lengths == optimal).all() == (policy == "shortest")
    assert found["shortest"].lengths.min() >= 3
    same = ml.Trajectories.sample(
        MAZES, per_world=6, policy="noisy", seed=1, epsilon=0, min_length=3, max_length=12
    )
    assert np.array_equal(same.states, found["shortest"].states)


def test_shortest_walks_take_every_shortest_way_alike():
    square = ml.OneWayMazes(np.zeros((1, 2, 2), int))
    walk = ml.Trajectories.sample(square, per_world=4000, seed=1, min_length=2)
    middle = walk.states[1::3]
    starts = walk.states[::3]
    rate = np.mean(middle == np.where(np.isin(starts, (0, 3)), 1, 0))
    assert rate == pytest.approx(0.5, abs=0.04)


def test_a_noisy_walk_into_a_trap_ends():
    trap = ml.OneWayMazes.parse("..>\n###\n###")  # nothing leaves the arrow at the border
    walk = ml.Trajectories.sample(trap, per_world=300, policy="noisy", epsilon=1.0, seed=1)
    ends = walk.states[walk.offsets[1:] - 1]
    assert (walk.lengths <= trap.walk_length).all()
    assert (ends == 2).any()


def test_walks_are_made_in_parts():
    whole = Walks(like=MAZES, per_world=2, seed=5)
    _, states, offsets = whole.part(MAZES, 0, 0, 80)
    _, part, _ = whole.part(MAZES[10:], 10, 30, 20)
    assert np.array_equal(part, states[offsets[30] : offsets[50]])


# Symmetries, files, pictures -------------------------------------------------------------------


@given(st.integers(0, 2**32), st.integers(2, 6))
@settings(max_examples=25)
def test_forms_have_the_same_moves(seed, size):
    mazes = ml.OneWayMazes.generate(8, size, seed=seed)
    forms = mazes.symmetries
    numbers = np.arange(8, dtype=np.uint8)
    turned = forms.of_worlds(mazes, numbers)
    worlds = np.arange(8, dtype=np.int32)
    cells = ml.Problems.sample(mazes, seed=seed).starts
    after = mazes.neighbours(cells, worlds)
    mapped = turned.neighbours(forms.of_states(cells, numbers), worlds)
    expected = forms.of_states(after, numbers[:, None])
    assert np.array_equal(np.sort(mapped, axis=1), np.sort(expected, axis=1))
    assert turned[0] == mazes[0]


def test_folders_and_settings_make_the_same_mazes(tmp_path):
    assert domain_settings("one_way20") == OneWayConfig(size=20)
    trajectories = ml.Trajectories.sample(MAZES, seed=1)
    trajectories.save(tmp_path / "data")
    assert ml.Trajectories.load(tmp_path / "data").domain == MAZES
    with pytest.raises(ValueError, match="codes: expected mazes of side 12, got 8"):
        OneWayConfig().restored(MAZES.arrays())
    with pytest.raises(ValueError, match="expected the array codes of mazes, got walls"):
        OneWayConfig().restored({"walls": MAZES.codes})


def test_a_state_is_drawn():
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.subplots()
    MAZES.draw(MAZES.origins(np.zeros(1, np.int32), np.zeros(1, np.uint64))[0], axes)
    kinds = [type(patch).__name__ for patch in axes.patches]
    assert [kinds.count("Circle"), kinds.count("Rectangle")] == [1, MAZES.size**2]
    assert sum(len(text.get_text()) for text in axes.texts) == (MAZES.codes[0] > 1).sum()
