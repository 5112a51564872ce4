"""Exact distances in puzzles: against plain searches, known counts and public optima."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_exact import (
    breadth_first,
    cross,
    moves_of_group,
    permuted,
    pushed,
    slid,
    sokoban_distance,
    switched,
    turns_of_cube,
)
from test_interrupt import assert_stops, threads

from mlsearch import _core
from mlsearch.domains.puzzles.exact import two_sided
from mlsearch.domains.puzzles.exact.lights import Presses
from mlsearch.domains.puzzles.exact.sokoban import sokoban_distances
from mlsearch.domains.puzzles.exact.tables import StateTable
from mlsearch.domains.puzzles.exact.tiles import tile_distances
from mlsearch.domains.puzzles.exact.two_sided import two_sided_distances

PUBLIC = Path(__file__).parents[2] / "shared" / "data" / "puzzles"

EIGHT = [1, 2, 3, 4, 5, 6, 7, 8, 0]
RANKS = {2: 4, 3: 9, 4: 12, 5: 23, 6: 36, 7: 49, 8: 64, 9: 73, 10: 100, 11: 115}


def public(name: str) -> Path:
    """A file of public problems; they are no part of this project."""
    if not (PUBLIC / name).exists():
        pytest.skip(f"no {name} beside the repository, in shared/data/puzzles")
    return PUBLIC / name


def rows_of(states: list, dtype: type = np.uint8) -> np.ndarray:
    return np.array([list(state) for state in states], dtype)


@st.composite
def permutation_puzzles(draw: Callable) -> tuple[np.ndarray, np.ndarray]:
    """Moves, which need not be closed under inverses, and a goal with values more than once."""
    size = draw(st.integers(1, 6))
    moves = draw(st.lists(st.permutations(range(size)), min_size=1, max_size=3))
    goal = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    return np.array(moves), np.array(goal)


# All states in a table ------------------------------------------------------------------------


@given(permutation_puzzles(), st.randoms(use_true_random=False))
def test_table_of_permutations(puzzle, random) -> None:
    moves, goal = puzzle
    table = StateTable.of_permutations(moves, goal)
    # Permutations have finite order, so what leads to the goal is led to by it.
    states = list(breadth_first(tuple(goal), permuted(moves)))
    assert set(map(tuple, table.all_states().tolist())) == set(states)
    assert table.counts.sum() == table.num_states == len(states)
    np.testing.assert_array_equal(table.index(table.all_states()), np.arange(len(states)))
    goals = [tuple(goal), random.choice(states)]
    for found, end in zip(table.distances(rows_of(goals)), goals, strict=True):
        for state in random.sample(states, min(5, len(states))):
            wanted = breadth_first(state, permuted(moves))[end]
            assert found[table.index(rows_of([state]))] == wanted
    np.testing.assert_array_equal(table.distances(goal[np.newaxis])[0], table.depths)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 2), (1, 4)])
def test_table_of_tiles(shape: tuple[int, int]) -> None:
    goal = tuple(np.roll(np.arange(shape[0] * shape[1]), -1).tolist())
    table = StateTable.of_tiles(shape, goal)
    wanted = breadth_first(goal, slid(*shape))
    found = dict(zip(map(tuple, table.all_states().tolist()), table.depths.tolist(), strict=True))
    assert found == wanted
    other = list(wanted)[-1]
    distances = table.distances(rows_of([other]))[0]
    wanted = breadth_first(other, slid(*shape))
    np.testing.assert_array_equal(
        distances, [wanted[tuple(state)] for state in table.all_states().tolist()]
    )
    np.testing.assert_array_equal(
        table.optimal(table.all_states(), np.tile(other, (len(wanted), 1))), distances
    )


def test_counts_of_the_8_puzzle() -> None:
    table = StateTable.of_tiles((3, 3), EIGHT)
    assert table.num_states == 181_440
    assert len(table.counts) - 1 == 31


@pytest.mark.parametrize(("half", "deepest"), [(False, 14), (True, 11)])
def test_counts_of_the_small_cube(half: bool, deepest: int) -> None:
    moves, goal = turns_of_cube(2, half)
    table = StateTable.of_permutations(moves, goal)
    assert table.num_states == 3_674_160
    assert len(table.counts) - 1 == deepest
    assert table.counts[:4].tolist() == ([1, 9, 54, 321] if half else [1, 6, 27, 120])


def test_table_is_the_same_on_any_number_of_threads() -> None:
    one, three = (StateTable.of_tiles((3, 3), EIGHT, num_threads=n) for n in (1, 3))
    np.testing.assert_array_equal(one.all_states(), three.all_states())
    goals = one.all_states()[[5, 999]]
    np.testing.assert_array_equal(one.distances(goals), three.distances(goals))


def test_table_refuses_what_does_not_fit() -> None:
    moves, goal = turns_of_cube(3)
    with pytest.raises(ValueError, match="max_bytes: expected room for all states, got 10000000"):
        StateTable.of_permutations(moves, goal, max_bytes=10**7)


def test_table_refuses_other_states() -> None:
    table = StateTable.of_tiles((2, 2), [1, 2, 3, 0])
    with pytest.raises(ValueError, match=r"states: .* got \[2, 1, 3, 0\] at index 1"):
        table.index([[1, 2, 3, 0], [2, 1, 3, 0]])
    with pytest.raises(ValueError, match="states: "):
        table.distances([[0, 0, 0, 0]])
    with pytest.raises(ValueError, match=r"moves: move 1: expected each of 0 to 2 once"):
        StateTable.of_permutations([[0, 1, 2], [0, 0, 1]], [0, 1, 2])
    with pytest.raises(ValueError, match="start: expected each of 0 to 3 once"):
        StateTable.of_tiles((2, 2), [1, 1, 3, 0])


@given(st.lists(st.binary(min_size=3, max_size=3), unique=True), st.binary(min_size=3, max_size=3))
def test_row_index(rows: list[bytes], other: bytes) -> None:
    array = np.array([list(row) for row in rows], np.uint8).reshape(-1, 3)
    index = _core.RowIndex(array)
    np.testing.assert_array_equal(index.rows(), array)
    np.testing.assert_array_equal(index.find(array, 2), np.arange(len(rows)))
    wanted = rows.index(other) if other in rows else -1
    assert index.find(np.array([list(other)], np.uint8), 1) == wanted


def test_row_index_refuses_doubles() -> None:
    with pytest.raises(ValueError, match="rows: expected different ones, got row 2"):
        _core.RowIndex(np.array([[1, 2], [3, 4], [1, 2]], np.uint8))


# From both ends -------------------------------------------------------------------------------


@given(permutation_puzzles(), st.randoms(use_true_random=False), st.sampled_from([1, 20, 2**20]))
def test_two_sided(puzzle, random, max_states: int) -> None:
    moves, goal = puzzle
    states = list(breadth_first(tuple(goal), permuted(moves)))
    starts = [random.choice(states) for _ in range(8)]
    goals = [random.choice([tuple(goal), states[-1]]) for _ in starts]
    wanted = [
        breadth_first(start, permuted(moves))[end] for start, end in zip(starts, goals, strict=True)
    ]
    found = two_sided_distances(moves, rows_of(starts), rows_of(goals), max_states=max_states)
    np.testing.assert_array_equal(found, wanted)


def test_two_sided_on_the_cube() -> None:
    """Scrambles of n moves are at most n away, and what is known does not depend on the order."""
    moves, goal = turns_of_cube(3)
    rng = np.random.default_rng(0)
    starts = [goal]
    for _ in range(12):
        starts.append(starts[-1][moves[rng.integers(len(moves))]])
    starts = np.array(starts)
    limits = {"max_bytes": 2**25, "max_states": 2000}
    found = two_sided_distances(moves, starts, np.tile(goal, (13, 1)), **limits)
    backwards = two_sided_distances(moves, starts[::-1], np.tile(goal, (13, 1)), **limits)
    np.testing.assert_array_equal(found[::-1], backwards)
    known = found >= 0
    assert known[:8].all()
    assert (found[known] <= np.arange(13)[known]).all()
    assert ((found - np.arange(13))[known] % 2 == 0).all()  # each quarter turn is odd


def test_two_sided_tells_what_cannot_be_reached() -> None:
    moves = [[1, 0, 2, 3], [0, 1, 3, 2]]
    found = two_sided_distances(moves, [[1, 0, 2, 3], [2, 1, 0, 3]], [[0, 1, 2, 3]] * 2)
    assert found.tolist() == [1, -1]
    assert two_sided_distances(moves, np.zeros((0, 4), int), np.zeros((0, 4), int)).shape == (0,)


def test_two_sided_search_keeps_the_states_around_a_goal() -> None:
    moves, goal = turns_of_cube(3)
    moves = np.array(moves)
    far = np.array(goal)
    for move in [0, 2, 4, 6, 8, 10, 1, 2]:
        far = far[moves[move]]
    found = []
    two_sided._search.cache_clear()
    for end in (goal, goal, far, goal):
        found.append(two_sided_distances(moves, [far], [end], max_bytes=2**28).tolist())
    assert found == [found[0], found[0], [0], found[0]]
    assert two_sided._search.cache_info()[:2] == (1, 3)  # hits and misses
    for other in (moves[::-1], moves):  # a table in another order is the same puzzle
        assert two_sided_distances(other, [far], [goal], max_bytes=2**28).tolist() == found[0]


def test_two_sided_against_public_optima() -> None:
    """Every state on a shortest solution is as far as the rest of the solution is long."""
    words = json.loads(public("deepcubea-cube3.json").read_text())[:3]
    moves, goal = turns_of_cube(3)
    number = {"L": 0, "R": 2, "D": 4, "U": 6, "B": 8, "F": 10}
    for scramble in words:
        states = [goal]
        for letter in scramble.split()[:11]:
            # A turn of our tables goes the same way around an axis on both of its sides.
            is_back = letter.endswith("'") ^ (letter[0] in "LDB")
            states.append(states[-1][moves[number[letter[0]] + is_back]])
        found = two_sided_distances(
            moves, np.array(states), np.tile(goal, (len(states), 1)), max_bytes=2**29
        )
        np.testing.assert_array_equal(found, np.arange(len(states)))


# Tiles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 2), (3, 3), (2, 4)])
def test_tiles_against_tables(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    size = shape[0] * shape[1]
    for goal in [np.arange(size), np.roll(np.arange(size), -1), rng.permutation(size)]:
        table = StateTable.of_tiles(shape, goal)
        starts = table.all_states()[:: max(1, table.num_states // 200)]
        goals = np.tile(goal, (len(starts), 1))
        np.testing.assert_array_equal(
            tile_distances(starts, goals, shape), table.optimal(starts, goals)
        )


@pytest.mark.parametrize(("shape", "blank"), [((2, 3), 5), ((3, 3), 8), ((3, 3), 4), ((2, 4), 6)])
def test_patterns_against_plain_search(shape: tuple[int, int], blank: int) -> None:
    groups, shifts, tables = _core.TilePatterns(*shape, blank, 1).tables()
    for number, table in enumerate(tables):
        group = [t for t, g in enumerate(groups) if g == number and t != blank]
        wanted = np.full_like(table, 255)
        for places, moves in moves_of_group(group, blank, *shape).items():
            wanted[sum(place << shifts[t] for place, t in zip(places, group, strict=True))] = moves
        np.testing.assert_array_equal(table, wanted)


@settings(max_examples=20)
@given(st.permutations(range(8)), st.permutations(range(8)))
def test_tiles_tell_what_cannot_be_solved(start: list[int], goal: list[int]) -> None:
    found = tile_distances([start], [goal], (2, 4))
    wanted = breadth_first(tuple(start), slid(2, 4)).get(tuple(goal), -1)
    assert found == wanted


def test_tiles_give_up_beyond_the_budget() -> None:
    goal = np.roll(np.arange(25), -1)
    start = goal.copy()
    start[[24, 23, 18]] = start[[23, 18, 24]]  # two moves of the blank
    far = np.random.default_rng(0).permutation(25)
    found = tile_distances([start, far, far[::-1]], [goal] * 3, (5, 5), max_nodes=1000)
    assert found.tolist() == [2, -1, -1]


def test_tiles_on_any_number_of_threads() -> None:
    starts = np.array([np.random.default_rng(i).permutation(9) for i in range(30)])
    goals = np.tile(EIGHT, (30, 1))
    found = [tile_distances(starts, goals, (3, 3), num_threads=n) for n in (1, 3)]
    np.testing.assert_array_equal(*found)
    assert (found[0] == -1).any()


@pytest.mark.parametrize("cells", [range(15), [0, *range(15)]])
def test_tiles_refuse_bad_boards(cells) -> None:
    with pytest.raises(ValueError, match="starts: "):
        tile_distances([list(cells)], [range(16)], (4, 4))
    with pytest.raises(ValueError, match="shape: expected 1 to 36 cells, got 7 x 7"):
        tile_distances(np.zeros((1, 49), int), np.zeros((1, 49), int), (7, 7))


def test_tiles_against_korf() -> None:
    problems = json.loads(public("korf-puzzle15-first-50.json").read_text())
    starts = [problem["tiles"] for problem in problems]
    found = tile_distances(starts, np.tile(np.arange(16), (50, 1)), (4, 4))
    np.testing.assert_array_equal(found, [problem["optimal"] for problem in problems])


def test_tiles_against_public_optima() -> None:
    words = [text.split() for text in json.loads(public("deepcubea-puzzle15.json").read_text())]
    goal = np.roll(np.arange(16), -1)
    starts = np.array([scrambled_tiles(goal, letters) for letters in words])
    found = tile_distances(starts, np.tile(goal, (len(starts), 1)), (4, 4))
    np.testing.assert_array_equal(found, list(map(len, words)))


def scrambled_tiles(goal: np.ndarray, letters: list[str]) -> np.ndarray:
    """A letter is the direction in which a tile moves."""
    board, blank = goal.copy(), int(goal.argmin())
    for letter in letters:
        tile = blank + {"D": -4, "U": 4, "R": -1, "L": 1}[letter]
        board[blank], board[tile] = board[tile], 0
        blank = tile
    return board


# Lights Out -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", RANKS)
def test_ranks_of_lights_out(size: int) -> None:
    presses = Presses(cross(size))
    assert presses.rank == RANKS[size]
    assert presses.num_quiet == 2 ** (size**2 - RANKS[size])


@pytest.mark.parametrize("size", [2, 3, 4])
def test_lights_against_breadth_first_search(size: int) -> None:
    """All patterns of up to 4 x 4 lights, of which a sixteenth can be solved on 4 x 4."""
    depths = breadth_first((0,) * size**2, switched(cross(size)))
    patterns = np.array(list(depths), np.uint8)
    found = Presses(cross(size)).distances(patterns, np.zeros_like(patterns))
    np.testing.assert_array_equal(found, list(depths.values()))


@given(st.data())
def test_lights_of_any_table(data) -> None:
    num_presses, num_lights = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    bits = st.lists(st.integers(0, 1), min_size=num_lights, max_size=num_lights)
    switches = np.array(data.draw(st.lists(bits, min_size=num_presses, max_size=num_presses)))
    start, goal = data.draw(bits), data.draw(bits)
    wanted = breadth_first(tuple(start), switched(switches)).get(tuple(goal), -1)
    presses, is_solved = Presses(switches).solve([start], [goal])
    assert Presses(switches).distances([start], [goal]) == wanted
    assert is_solved == [wanted >= 0]
    if wanted >= 0:
        np.testing.assert_array_equal((start + presses[0] @ switches) % 2, goal)
        assert presses.sum() == wanted


def test_lights_refuse_other_numbers() -> None:
    with pytest.raises(ValueError, match="switches: expected 0 and 1"):
        Presses([[2]])
    with pytest.raises(ValueError, match=r"switches: expected at most 2\*\*20 sets"):
        Presses(np.ones((22, 1), int))
    with pytest.raises(ValueError, match="states: expected 0 and 1"):
        Presses([[1]]).distances([[2]], [[0]])


def test_lights_against_public_optima() -> None:
    words = json.loads(public("deepcubea-lightsout7.json").read_text())
    cells = [list(map(int, text.split())) for text in words]
    patterns = np.array([cross(7)[pressed].sum(axis=0) % 2 for pressed in cells])
    found = Presses(cross(7)).distances(patterns, np.zeros_like(patterns))
    np.testing.assert_array_equal(found, list(map(len, cells)))


# Sokoban --------------------------------------------------------------------------------------


@st.composite
def levels(draw: Callable) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Walls, a start and a goal of up to three boxes: where random moves lead, or anywhere."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    height, width, count = (
        draw(st.integers(2, 5)),
        draw(st.integers(3, 6)),
        draw(st.sampled_from([1, 2, 3, 0])),
    )
    walls = rng.random((height, width)) < draw(st.sampled_from([0, 0.1, 0.3]))
    walls.reshape(-1)[: count + 1] = False
    places = [divmod(int(cell), width) for cell in rng.permutation(np.flatnonzero(~walls))]
    start = (places[0], frozenset(places[1 : count + 1]))
    end = start
    if draw(st.integers(0, 3)) == 0:
        end = (places[0], frozenset(places[-count:] if count else ()))
    for _ in range(int(rng.integers(300))):
        choices = pushed(walls)(end)
        pushes = [state for state in choices if state[1] != end[1]]
        choices = pushes or choices
        end = choices[rng.integers(len(choices))] if choices else end
    rows = np.zeros((2, height * width + 2), np.uint8)
    for row, (player, boxes) in zip(rows, (start, end), strict=True):
        row[[down * width + right for down, right in boxes]] = 1
        row[-2:] = player
    return walls, rows[0], rows[1]


def plain_distance(walls: np.ndarray, start: np.ndarray, goal: np.ndarray) -> int:
    def boxes(row: np.ndarray) -> frozenset:
        return frozenset(map(tuple, np.argwhere(row[:-2].reshape(walls.shape)).tolist()))

    return sokoban_distance(walls, (tuple(start[-2:].tolist()), boxes(start)), boxes(goal))


@settings(max_examples=300)
@given(levels())
def test_sokoban_against_breadth_first_search(level) -> None:
    walls, start, goal = level
    found = sokoban_distances(walls[np.newaxis].astype(int), [start], [goal])
    assert found == plain_distance(walls, start, goal)


def read_levels(path: Path, num: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts = path.read_text().split(";")[1 : num + 1]
    maps = np.array([[list(line) for line in part.split("\n")[1:] if line] for part in parts])
    player = np.argwhere(np.isin(maps, ["@", "+"]))[:, 1:]
    boxes, targets = np.isin(maps, ["$", "*"]), np.isin(maps, [".", "*", "+"])
    rows = [np.hstack([mask.reshape(len(maps), -1), player]) for mask in (boxes, targets)]
    return (maps == "#").astype(np.uint8), *rows


def test_sokoban_against_breadth_first_search_on_public_levels() -> None:
    """With two of the four boxes, which plain search can manage."""
    walls, starts, goals = read_levels(public("boxoban-unfiltered-test-first-500.txt"), 6)
    for rows in (starts, goals):
        for row in rows:
            row[np.flatnonzero(row[:-2])[2:]] = 0
    wanted = [plain_distance(*level) for level in zip(walls, starts, goals, strict=True)]
    found = sokoban_distances(walls, starts, goals)
    np.testing.assert_array_equal(found, wanted)


def test_sokoban_solves_public_levels() -> None:
    walls, starts, goals = read_levels(public("boxoban-unfiltered-test-first-500.txt"), 50)
    one, two = (sokoban_distances(walls, starts, goals, num_threads=n) for n in (1, 2))
    assert (one >= 0).all()
    np.testing.assert_array_equal(one, two)
    few = sokoban_distances(walls, starts, goals, max_expansions=1000)
    assert (few == -1).any()
    np.testing.assert_array_equal(few[few >= 0], one[few >= 0])


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([1, 0, 0, 0, 1], "players: the player is in a wall, at index 0, cell 1"),
        ([1, 0, 0, 0, 0], "players: the player is on a box, at index 0, cell 0"),
        ([0, 1, 0, 0, 0], "boxes: one is in a wall, at index 0, cell 1"),
        ([0, 0, 1, 0, 3], "starts: expected a player in 1 rows and 3 columns"),
        ([0, 0, 1, 0], "starts: expected shape"),
    ],
)
def test_sokoban_refuses_bad_levels(start: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sokoban_distances([[[0, 1, 0]]], [start], [start])


# Ctrl-C ---------------------------------------------------------------------------------------


@threads
def test_tables_stop(num_threads: int) -> None:
    moves, goal = turns_of_cube(3)
    assert_stops(lambda: StateTable.of_permutations(moves, goal, num_threads=num_threads))


@threads
def test_two_sided_stops(num_threads: int) -> None:
    moves, goal = turns_of_cube(3)
    far = goal[moves[0]][moves[4]]
    for _ in range(6):
        far = far[moves[0]][moves[4]][moves[8]]
    assert_stops(
        lambda: two_sided_distances(
            moves, np.tile(far, (9, 1)), np.tile(goal, (9, 1)), num_threads=num_threads
        )
    )


@threads
def test_distances_over_a_graph_stop(num_threads: int) -> None:
    table = StateTable.of_tiles((3, 3), EIGHT)
    goals = np.repeat(table.all_states()[1:2], 1000, axis=0)
    table.distances(goals[:1])
    table._num_threads = num_threads
    assert_stops(lambda: table.distances(goals))


@threads
def test_making_patterns_stops(num_threads: int) -> None:
    assert_stops(lambda: _core.TilePatterns(4, 4, 15, num_threads))


@threads
def test_tiles_stop(num_threads: int) -> None:
    goal = np.arange(25)
    far = np.array([[0, *np.roll(range(1, 25), 2 * i)] for i in range(9)])
    tile_distances(far[:1], [goal], (5, 5), max_nodes=1)
    assert_stops(
        lambda: tile_distances(far, np.tile(goal, (9, 1)), (5, 5), 10**9, num_threads=num_threads)
    )


@threads
def test_sokoban_stops(num_threads: int) -> None:
    walls, rows = np.zeros((9, 12, 12), np.uint8), np.zeros((2, 9, 146), np.uint8)
    rows[0, :, 26:34], rows[1, :, 110:118] = 1, 1
    assert_stops(lambda: sokoban_distances(walls, rows[0], rows[1], num_threads=num_threads))
