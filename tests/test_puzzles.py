"""Puzzles: compiled moves and walks against plain Python, counts of states, bad input, text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import reference_puzzles as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from test_interrupt import assert_stops

import mlsearch as ml
from mlsearch import _core
from mlsearch.base.settings import from_dict, to_dict
from mlsearch.base.streams import Streams
from mlsearch.domains.puzzles import text
from mlsearch.domains.puzzles.baselines import misplaced
from mlsearch.domains.puzzles.shuffles import are_odd, shuffled
from mlsearch.domains.registry import DOMAINS, domain_settings, settings_dict
from mlsearch.domains.scrambles import RandomWalks, walked
from mlsearch.search.asked import AskedSearcher

DATA = Path(__file__).parents[2] / "shared" / "data" / "puzzles"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the test problems in {DATA}")

THREE = ml.Permutation([[1, 0, 2], [0, 2, 1]], goal=[0, 1, 2], names=["a", "b"])
STUCK = ml.Sokoban.parse("######\n#@#$.#\n######\n\n#######\n#  @  #\n#.$ $.#\n#     #\n#######\n")
ONE_WORLD = [
    ml.Cube(2),
    ml.Cube(2, turns="half"),
    ml.Cube(3),
    ml.Cube(3, turns="half"),
    ml.Tiles(3),
    ml.Tiles(4, blank="first"),
    ml.Tiles(5),
    ml.Tiles(6),
    ml.LightsOut(2),
    ml.LightsOut(5),
    ml.LightsOut(7),
    ml.LightsOut(11),
    ml.TopSpin(),
    ml.TopSpin(7, turntable=3),
    ml.Pancake(9),
    ml.Pancake(30),
    THREE,
    ml.Permutation([[1, 2, 0, 3]], goal=[0, 1, 1, 2]),
]
ALL = [*ONE_WORLD, STUCK]
every = pytest.mark.parametrize("domain", ALL, ids=lambda domain: repr(domain)[:40])
puzzles = pytest.mark.parametrize("domain", ONE_WORLD, ids=lambda domain: repr(domain)[:40])
seeds = st.integers(0, 2**64 - 1)


def states_of(domain, num, seed=0, length=30):
    """States on walks, and their worlds."""
    worlds = (np.arange(num) % len(domain)).astype(np.int32)
    return walked(domain, worlds, np.arange(num), seed, length, keeps_all=False)[0], worlds


# Every puzzle ------------------------------------------------------------------------------------


@every
def test_puzzles_keep_the_contract(domain):
    ml.check_domain(domain)


@every
@pytest.mark.parametrize("backtracks", [False, True])
@given(seed=seeds, first=st.integers(0, 2**40), length=st.integers(0, 40))
@settings(max_examples=8)
def test_compiled_walks_are_those_of_python(domain, backtracks, seed, first, length):
    worlds, items = (np.arange(9) % len(domain)).astype(np.int32), first + np.arange(9)
    walks = RandomWalks(domain, worlds, items, seed, backtracks)
    expected, going = [walks.states.copy()], np.arange(9)
    for _ in range(length):
        going = walks.step(going)
        expected.append(walks.states.copy())
    options = {"backtracks": backtracks}
    states, lengths = walked(domain, worlds, items, seed, length, **options)
    np.testing.assert_array_equal(states, np.stack(expected, axis=1))
    np.testing.assert_array_equal(lengths, walks.lengths)
    assert lengths.dtype == np.int32
    assert states.dtype == np.uint8
    for threads in (1, 3):
        ends, again = walked(
            domain, worlds, items, seed, length, **options, keeps_all=False, num_threads=threads
        )
        np.testing.assert_array_equal(ends, states[:, -1])
        np.testing.assert_array_equal(again, lengths)


@every
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"search": False},
        {"weight": 1.0},
        {"weight": 2.0, "expansions_per_round": 5},
        {"max_generated": 50},
        {"beam_width": 7},
        {"beam_width": 20, "max_generated": 90},
    ],
    ids=str,
)
def test_compiled_searches_are_those_that_ask(domain, options):
    """Compared to the search of a domain in Python, which the tests of search compare."""
    problems = ml.Problems.sample(domain, num=6 * len(domain), scramble=6, seed=9)
    plain = AskedSearcher(problems.domain)
    given = {"weight": None, "search": True, "expansions_per_round": 1, **options}
    given |= {"max_expansions": 60, "max_bytes": 2**30, "num_threads": 2}
    callback = domain.baselines[domain.yardstick](problems.domain, problems.goals, 0)
    expected = plain.search(problems.starts, problems.goals, callback, 4, given)
    found = ml.solve(problems, heuristic=domain.yardstick, max_expansions=60, **options)
    names = ("status", "expansions", "generated", "cost", "path_begin", "path_states")
    for name, values in zip(names, expected, strict=False):
        if name not in ("path_begin", "path_states"):
            np.testing.assert_array_equal(getattr(found, name), values, err_msg=name)
    for i in range(len(problems)):
        if expected[3][i] >= 0:
            path = expected[5][expected[4][i] :][: expected[3][i] + 1]
            np.testing.assert_array_equal(found.path(i), path)


@every
def test_the_number_of_threads_changes_nothing(domain):
    states, worlds = states_of(domain, 3000)
    one = domain.compiled.neighbours(states, worlds, 1)
    np.testing.assert_array_equal(domain.compiled.neighbours(states, worlds, 3), one)
    np.testing.assert_array_equal(domain.neighbours(states, worlds), one)


@every
def test_states_on_walks_are_legal_and_have_a_text_form(domain):
    states, worlds = states_of(domain, 12)
    domain.check_states("states", states, worlds)
    for state, world in zip(states, worlds, strict=True):
        np.testing.assert_array_equal(
            domain.read_state(domain.state_text(state, world), world), state
        )


@every
def test_baselines_are_0_at_the_goal_and_lower_bounds_of_a_scramble(domain):
    problems = ml.Problems.sample(domain, num=4 * len(domain), scramble=5, seed=3)
    numbers = np.arange(len(problems), dtype=np.int32)
    assert domain.yardstick in domain.baselines
    for baseline in domain.baselines.values():
        estimate = baseline(problems.domain, problems.goals, 0)
        assert (estimate(numbers, problems.goals) == 0).all()
        answer = estimate(numbers, problems.starts)
        assert answer.dtype == np.float32
        assert (answer <= 5).all()
        assert (estimate(numbers[::-1], problems.starts[::-1]) == answer[::-1]).all()


@every
def test_moves_have_names(domain):
    names = domain.move_names
    assert len(names) == len(set(names)) == domain.num_moves
    moves = list(range(domain.num_moves)) * 2
    start = domain.origins(np.zeros(1, np.int32), np.zeros(1, np.uint64))[0]
    read = domain.read_moves(domain.moves_text(moves))
    np.testing.assert_array_equal(
        text.follow(domain, start, read), text.follow(domain, start, moves)
    )
    assert text.parsed_moves(domain, " ".join(names[k] for k in moves)) == moves
    with pytest.raises(ValueError, match="unknown move 'nowhere' at place 1"):
        domain.read_moves(f"{names[0]} nowhere")


@every
def test_pictures_are_drawn(domain):
    figure, axes = plt.subplots()
    domain.draw(domain.origins(np.zeros(1, np.int32), np.zeros(1, np.uint64))[0], axes)
    assert axes.patches
    figure.canvas.draw()
    plt.close(figure)


@puzzles
def test_puzzles_are_their_own_settings(domain):
    assert domain.make(5, seed=3) is domain
    assert domain[np.zeros(4, np.int32)] is domain
    plain = json.loads(json.dumps(settings_dict(domain)))
    again = domain_settings(plain)
    assert again == domain
    assert hash(again) == hash(domain)
    assert from_dict(type(domain), to_dict(domain)) == domain
    assert eval(repr(domain), vars(ml) | {n: getattr(ml, n) for n in ml.__all__}) == domain


@every
def test_bad_arguments_of_compiled_code(domain):
    states, worlds = states_of(domain, 4)
    compiled = domain.compiled
    with pytest.raises(ValueError, match="worlds: expected 0 to"):
        compiled.neighbours(states, worlds + len(domain))
    with pytest.raises(ValueError, match="states: expected a uint8 array"):
        compiled.neighbours(states[:, 1:], worlds)
    with pytest.raises(TypeError, match="got dtype int64"):
        compiled.neighbours(states.astype(np.int64), worlds)
    with pytest.raises(ValueError, match="length: expected 0 to"):
        compiled.walk(states, worlds, np.arange(4), 0, -1, False, False)
    junk = np.random.default_rng(0).integers(256, size=states.shape, dtype=np.uint8)
    assert compiled.neighbours(junk, worlds).shape == (4, domain.num_moves, states.shape[1])


@pytest.mark.parametrize("num_threads", [1, 2])
def test_compiled_code_stops(num_threads):
    cube, one = ml.Cube(3), np.zeros(1, np.int32)
    options = {"keeps_all": False, "num_threads": num_threads}
    assert_stops(lambda: walked(cube, one, np.zeros(1, np.int64), 0, 10**9, **options))
    many = np.zeros(10**6, np.int32)
    assert_stops(lambda: walked(cube, many, np.arange(10**6), 0, 1000, **options))
    lights = ml.LightsOut(11)
    states, worlds = np.zeros((50_000, 121), np.uint8), np.zeros(50_000, np.int32)
    assert_stops(lambda: lights.compiled.neighbours(states, worlds, num_threads))


def test_names_with_a_size():
    assert domain_settings("cube2") == ml.Cube(2)
    assert domain_settings({"name": "cube3", "turns": "half"}) == ml.Cube(3, "half")
    assert domain_settings("tiles5") == ml.Tiles(5)
    assert domain_settings("lights_out7") == ml.LightsOut(7)
    assert domain_settings("pancake") == ml.Pancake()
    for domain in ONE_WORLD[:-2]:
        assert type(domain_settings(domain.name)) is type(domain)
    assert {"cube", "tiles", "lights_out", "sokoban", "topspin", "permutation"} <= set(DOMAINS)
    with pytest.raises(ValueError, match="size: expected 2 or 3, got 4"):
        domain_settings("cube4")
    with pytest.raises(ValueError, match="did you mean 'cube'"):
        domain_settings("cubes3")
    with pytest.raises(ValueError, match="expected none beside the name 'cube3'"):
        domain_settings({"name": "cube3", "size": 2})


# Problems ----------------------------------------------------------------------------------------


def test_uniform_problems():
    for domain in [
        ml.Cube(2),
        ml.Cube(3),
        ml.Tiles(4),
        ml.LightsOut(5),
        ml.Pancake(7),
        ml.TopSpin(),
    ]:
        problems = ml.Problems.sample(domain, num=300, scramble="uniform", seed=4)
        assert len(np.unique(problems.starts, axis=0)) > 280
        assert (problems.goals == domain.goal_state).all()
        fewer = ml.Problems.sample(domain, num=20, scramble="uniform", seed=4)
        np.testing.assert_array_equal(fewer.starts, problems.starts[:20])
    with pytest.raises(ValueError, match="domain 'sokoban' cannot draw uniform states"):
        ml.Problems.sample(STUCK, scramble="uniform")
    with pytest.raises(ValueError, match="a number of moves or 'uniform', got 'unifrom'"):
        ml.Problems.sample(ml.Cube(3), scramble="unifrom")


@pytest.mark.parametrize(
    ("domain", "total"), [(ml.Pancake(4), 24), (ml.LightsOut(2), 16), (ml.LightsOut(3), 512)]
)
def test_uniform_states_are_uniform(domain, total):
    num = 200 * total
    draws = Streams(1, np.arange(num)).bits(np.arange(num))
    rows = domain.uniform_states(np.zeros(num, np.int32), draws)
    counts = np.unique(rows, axis=0, return_counts=True)[1]
    assert len(counts) == total
    assert ((counts - 200) ** 2 / 200).sum() < total + 6 * np.sqrt(2 * total)


@given(seed=seeds, size=st.integers(1, 30))
@settings(max_examples=20)
def test_shuffles(seed, size):
    rows = shuffled(Streams(seed, np.arange(20)), 20, size)
    assert (np.sort(rows, axis=1) == np.arange(size)).all()
    alone = shuffled(Streams(seed, np.arange(7, 8)), 1, size)
    np.testing.assert_array_equal(alone[0], rows[7])
    for row, is_odd in zip(rows, are_odd(rows), strict=True):
        matrix = np.eye(size)[row]
        assert is_odd == (np.linalg.det(matrix) < 0)


# Tiles -------------------------------------------------------------------------------------------


@given(st.data(), st.integers(3, 6), st.sampled_from(["first", "last"]))
@settings(max_examples=30)
def test_tiles_move_as_the_rules_say(data, side, blank):
    domain = ml.Tiles(side, blank)
    state = data.draw(st.permutations(range(side**2)))
    found = domain.neighbours(np.array([state], np.uint8), np.zeros(1, np.int32))[0]
    assert found.tolist() == reference.tiles_neighbours(state, side)


def test_the_8_puzzle_has_half_of_all_boards():
    found = reference.layers(ml.Tiles(3), 40)
    assert sum(map(len, found)) == 181_440
    assert len([layer for layer in found if layer]) - 1 == 31
    assert len(found[31]) == 2
    every = np.frombuffer(b"".join(b"".join(layer) for layer in found), np.uint8).reshape(-1, 9)
    ml.Tiles(3).check_states("states", every, np.zeros(len(every), np.int32))
    goals = ml.Tiles(3).goal_state[np.newaxis]
    depth = np.repeat(np.arange(len(found)), list(map(len, found)))
    problem = np.zeros(len(every), np.int32)
    bounds = [f(ml.Tiles(3), goals, 0)(problem, every) for f in ml.Tiles.baselines.values()]
    assert (bounds[0] <= bounds[1]).all()
    assert (bounds[1] <= depth).all()
    assert ((bounds[1] - depth) % 2 == 0).all()


@given(st.data(), st.integers(3, 6))
@settings(max_examples=60)
def test_linear_conflict_is_that_of_all_choices(data, side):
    state, goal = (data.draw(st.permutations(range(side**2))) for _ in range(2))
    estimate = ml.Tiles.baselines["linear_conflict"](ml.Tiles(side), np.array([goal], np.uint8), 0)
    answer = estimate(np.zeros(1, np.int32), np.array([state], np.uint8))
    assert answer == reference.linear_conflict(state, goal, side)


def test_boards_that_are_none_are_refused():
    domain = ml.Tiles(4)
    swapped = [*range(1, 14), 15, 14, 0]
    with pytest.raises(
        ValueError, match=r"starts: problem 1: two tiles are swapped \(odd parity\)"
    ):
        ml.Problems(domain, [domain.goal_state, swapped], domain.goal_state[None].repeat(2, 0))
    with pytest.raises(ValueError, match="expected tile 3 1 times, got 2"):
        ml.Problems(domain, [*range(1, 15), 3, 0], domain.goal_state)
    with pytest.raises(ValueError, match="expected tile"):
        ml.Problems(domain, [*range(1, 15), 16, 0], domain.goal_state)
    for size in (2, 7):
        with pytest.raises(ValueError, match="size: expected 3 to 6"):
            ml.Tiles(size)
    with pytest.raises(ValueError, match="did you mean 'first'"):
        ml.Tiles(4, "frist")
    with pytest.raises(ValueError, match="expected 16 numbers, got 3"):
        domain.read_state("1 2 3")
    with pytest.raises(ValueError, match="numbers from 0 to 255, got 'x'"):
        domain.read_state("1 2 x")


@needs_data
def test_known_15_puzzles():
    domain = ml.Tiles(4)
    scrambles = json.loads((DATA / "deepcubea-puzzle15.json").read_text())
    assert_shortest(domain, scrambles, depth=12)
    assert np.mean([len(words.split()) for words in scrambles]) == pytest.approx(52, abs=0.5)
    korf = json.loads((DATA / "korf-puzzle15-first-50.json").read_text())
    first = ml.Tiles(4, blank="first")
    states = np.array([one["tiles"] for one in korf], np.uint8)
    problems = ml.Problems(first, states, np.tile(first.goal_state, (50, 1)))
    estimate = first.baselines["linear_conflict"](first, problems.goals, 0)
    optimal = np.array([one["optimal"] for one in korf])
    away = optimal - estimate(np.arange(50, dtype=np.int32), states)
    assert (away >= 0).all()
    assert (away % 2 == 0).all()


def assert_shortest(domain, scrambles, depth):
    """Scrambles that are shortest solutions read backwards: so are their beginnings."""
    found = reference.layers(domain, depth)
    for words in scrambles:
        moves = domain.read_moves(words)
        path = text.follow(domain, domain.goal_state, moves)
        domain.check_states("states", path, np.zeros(len(path), np.int32))
        assert len({state.tobytes() for state in path}) == len(moves) + 1
        assert path[depth].tobytes() in found[depth]


# Lights Out --------------------------------------------------------------------------------------


@given(st.data(), st.integers(2, 11))
@settings(max_examples=30)
def test_lights_switch_as_the_rules_say(data, side):
    state = data.draw(st.lists(st.integers(0, 1), min_size=side**2, max_size=side**2))
    found = ml.LightsOut(side).neighbours(np.array([state], np.uint8), np.zeros(1, np.int32))[0]
    assert found.tolist() == reference.lights_neighbours(state, side)


def test_ranks_of_lights_out():
    """Sloane's A159257: how many presses are quiet."""
    quiet = [len(ml.LightsOut(n).quiet) for n in range(2, 12)]
    assert quiet == [0, 0, 4, 2, 0, 0, 0, 8, 0, 6]
    for size in (4, 5, 9, 11):
        domain = ml.LightsOut(size)
        assert (domain.quiet.astype(int) @ domain.switches % 2 == 0).all()
        assert len(np.unique(domain.quiet, axis=0)) == len(domain.quiet)


def test_every_board_is_legal_if_and_only_if_presses_reach_it():
    domain = ml.LightsOut(3)
    assert sum(map(len, reference.layers(domain, 9))) == 2**9
    fours = reference.layers(ml.LightsOut(4), 16)
    assert sum(map(len, fours)) == 2**12
    known = set().union(*fours)
    rows = np.random.default_rng(0).integers(2, size=(300, 16), dtype=np.uint8)
    for row in rows:
        if row.tobytes() in known:
            ml.LightsOut(4).check_states("states", row[None], np.zeros(1, np.int32))
            continue
        with pytest.raises(ValueError, match=r"no presses put out these lights \(2\*\*12 boards"):
            ml.LightsOut(4).check_states("states", row[None], np.zeros(1, np.int32))


def test_bad_lights():
    five = ml.LightsOut(5)
    corner = np.zeros(25, np.uint8)
    corner[0] = 1
    with pytest.raises(ValueError, match=r"problem 0: no presses put out .* \(2\*\*23"):
        ml.Problems(five, corner, five.goal_state)
    with pytest.raises(ValueError, match="expected lights 0 and 1"):
        ml.Problems(five, corner * 2, five.goal_state)
    for size in (1, 12):
        with pytest.raises(ValueError, match="size: expected 2 to 11"):
            ml.LightsOut(size)


@needs_data
def test_known_lights():
    domain = ml.LightsOut(7)
    for words in json.loads((DATA / "deepcubea-lightsout7.json").read_text()):
        moves = domain.read_moves(words)
        assert len(set(moves)) == len(moves)  # 7 x 7 has one solution, which is then optimal
        end = text.follow(domain, domain.goal_state, moves)[-1]
        presses = np.isin(np.arange(49), moves)
        np.testing.assert_array_equal(end, presses @ domain.switches % 2)


# Rows of numbers, and tables of your own ---------------------------------------------------------


@given(st.permutations(range(1, 8)))
@settings(max_examples=20)
def test_pancakes_and_top_spin(stack):
    found = ml.Pancake(7).neighbours(np.array([stack], np.uint8), np.zeros(1, np.int32))[0]
    assert found.tolist() == [stack[:k][::-1] + stack[k:] for k in range(2, 8)]
    ring = ml.TopSpin(7, 4).neighbours(np.array([stack], np.uint8), np.zeros(1, np.int32))[0]
    flipped = stack[:4][::-1] + stack[4:]
    assert ring.tolist() == [stack[1:] + stack[:1], stack[-1:] + stack[:-1], flipped]


def test_pancake_numbers():
    """Sloane's A058986: 5 moves sort any 5 pancakes, 7 any 6; gap is a lower bound of them."""
    for size, most in ((5, 5), (6, 7)):
        domain = ml.Pancake(size)
        found = [layer for layer in reference.layers(domain, 20) if layer]
        assert len(found) - 1 == most
        for depth, layer in enumerate(found):
            rows = np.frombuffer(b"".join(layer), np.uint8).reshape(-1, size)
            estimate = domain.baselines["gap"](domain, domain.goal_state[None], 0)
            assert (estimate(np.zeros(len(rows), np.int32), rows) <= depth).all()


@given(st.integers(0, 2**32), st.integers(1, 100), st.integers(1, 6))
@settings(max_examples=60)
def test_permutations_move_as_their_table_says(seed, size, num):
    """Up to 64 bytes they are shuffled by registers where the processor can."""
    random = np.random.default_rng(seed)
    moves = [random.permutation(size).tolist() for _ in range(num)]
    goal = random.integers(256, size=size).tolist()
    domain = ml.Permutation(moves, goal)
    found = domain.neighbours(domain.goal_state[None], np.zeros(1, np.int32))[0]
    assert found.tolist() == [[goal[i] for i in move] for move in moves]
    inverses = [np.argsort(move).tolist() for move in moves]
    assert domain.is_reversible == all(move in moves for move in inverses)
    if domain.most_changed:
        estimate = misplaced(domain, domain.goal_state[None], 0)
        assert (estimate(np.zeros(num, np.int32), found) <= 1).all()


@pytest.mark.parametrize(
    ("moves", "goal", "message"),
    [
        ([], [0], "moves: expected at least one"),
        ([[0, 1], [0, 1, 2]], [0, 1], "moves: move 1: expected 2 positions, as many as in"),
        ([[0, 1, 2]], [0, 1], "moves: move 0: expected 2 positions"),
        ([[0, 0]], [0, 1], r"moves: move 0: expected each of 0 to 1 once, got \[0, 0\]"),
        ([[0, 2]], [0, 1], "moves: move 0: expected each of 0 to 1 once"),
        ([[0, 1]], [0, 256], "goal: expected a row of integers 0 to 255"),
        ([[0, 1]], [[0, 1]], "goal: expected a row of integers 0 to 255"),
        ([[0, 1]], [], "goal: expected"),
    ],
)
def test_tables_that_are_no_permutations(moves, goal, message):
    with pytest.raises((ValueError, TypeError), match=message):
        ml.Permutation(moves, goal)


def test_bad_permutations():
    with pytest.raises(ValueError, match="names: expected 2 different names"):
        replace(THREE, names=["a", "a"])
    with pytest.raises(TypeError, match="goal: expected integers, got dtype float64"):
        ml.Permutation([[0, 1]], [0.5, 1.0])
    with pytest.raises(ValueError, match="starts: problem 0: expected value 1 1 times, got 0"):
        ml.Problems(THREE, [0, 2, 2], [0, 1, 2])
    with pytest.raises(ValueError, match="turntable: expected 2 to 6, got 7"):
        ml.TopSpin(6, 7)
    with pytest.raises(ValueError, match="size: expected 2 to 255, got 256"):
        ml.Pancake(256)
    with pytest.raises(ValueError, match="moves: expected 0 to 1, got 2"):
        _core.permutation(np.array([[0, 2]], np.int32))
