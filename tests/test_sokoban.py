"""Sokoban: moves by the rules, levels in text, matchings, and levels that are none."""

from __future__ import annotations

import itertools
from collections import deque

import numpy as np
import pytest
import reference_puzzles as reference
from hypothesis import given, settings
from hypothesis import strategies as st
from test_contract import PlainStream
from test_puzzles import DATA, needs_data

import mlsearch as ml
from mlsearch import _core
from mlsearch.data.walks import Walks
from mlsearch.domains.puzzles.compiled import CompiledPuzzle
from mlsearch.domains.puzzles.matching import push_distances
from mlsearch.domains.puzzles.pulls import solved
from mlsearch.domains.puzzles.sokoban_config import SokobanConfig
from mlsearch.domains.scrambles import walked
from mlsearch.models.views import Sizes

SMALL = """\
; 0
#######
#  .  #
# $@$ #
#  .  #
#######

; 1
 #####
##   ####
# $ *  #
#  +  #
#######
"""


@st.composite
def levels(draw):
    """A level of some boxes in a room with walls in it."""
    height, width = draw(st.integers(3, 6)), draw(st.integers(3, 6))
    cells = list(itertools.product(range(height), range(width)))
    order = draw(st.permutations(cells))
    num = draw(st.integers(1, min(3, (len(cells) - 1) // 3)))
    letters = dict.fromkeys(cells, " ")
    letters |= dict.fromkeys(order[1 : 1 + num], "$")
    targets = set(draw(st.permutations(order[: 1 + 2 * num]))[:num])
    letters |= dict.fromkeys(order[1 + 2 * num :][: draw(st.integers(0, len(cells) // 3))], "#")
    letters[order[0]] = "@"
    for cell in targets:
        letters[cell] = {" ": ".", "$": "*", "@": "+"}[letters[cell]]
    rows = ["".join(letters[r, c] for c in range(width)) for r in range(height)]
    return "\n".join(["#" * (width + 2), *(f"#{row}#" for row in rows), "#" * (width + 2)])


def walked_levels(texts, seed):
    """Levels, and twelve states that walks on them come to: levels, their numbers, states."""
    domain = ml.Sokoban.parse("\n\n".join(texts))
    worlds = (np.arange(12) % len(domain)).astype(np.int32)
    states, _ = walked(domain, worlds, np.arange(12), seed, 20, keeps_all=False)
    return domain, worlds, states


@given(st.lists(levels(), min_size=1, max_size=3), st.integers(0, 2**64 - 1))
@settings(max_examples=60)
def test_moves_are_those_of_the_rules(texts, seed):
    domain, worlds, states = walked_levels(texts, seed)
    domain.check_states("states", states, worlds)
    found = domain.neighbours(states, worlds)
    for state, world, rows in zip(states, worlds, found, strict=True):
        expected = reference.sokoban_neighbours(state.tolist(), domain.walls[world].tolist())
        assert rows.tolist() == expected


@given(st.lists(levels(), min_size=1, max_size=3), st.integers(0, 2**64 - 1))
@settings(max_examples=60)
def test_pulls_undo_pushes(texts, seed):
    domain, worlds, states = walked_levels(texts, seed)
    found = CompiledPuzzle(_core.sokoban_pulls(domain.walls)).neighbours(states, worlds)
    for state, world, rows in zip(states, worlds, found, strict=True):
        walls = domain.walls[world].tolist()
        assert rows.tolist() == reference.sokoban_pulls(state.tolist(), walls)
        for row in rows[(rows != state).any(axis=1)].tolist():
            assert state.tolist() in reference.sokoban_neighbours(row, walls)


@given(st.lists(levels(), min_size=1, max_size=3), st.integers(0, 2**64 - 1), st.integers(0, 40))
@settings(max_examples=60)
def test_walks_go_from_pull_to_pull(texts, seed, length):
    domain = ml.Sokoban.parse("\n\n".join(texts))
    worlds, items = (np.arange(9) % len(domain)).astype(np.int32), np.arange(9) * 7
    origins = domain.starts[worlds]
    puzzle = CompiledPuzzle(_core.sokoban_pulls(domain.walls))
    states, lengths = puzzle.walk(origins, worlds, items, seed, length)
    for i, world in enumerate(worlds):
        stream = PlainStream(seed, int(items[i]))
        stream.bits()  # as walks whose origin is drawn
        walls = domain.walls[world].tolist()
        expected = reference.pull_walk(stream, origins[i].tolist(), walls, length)
        assert states[i, : lengths[i] + 1].tolist() == expected


@given(st.lists(levels(), min_size=1, max_size=3), st.integers(0, 2**64 - 1), st.integers(1, 30))
@settings(max_examples=40)
def test_walks_by_pulling_solve_their_level(texts, seed, length):
    domain = ml.Sokoban.parse("\n\n".join(texts))
    made = ml.Trajectories.sample(domain, per_world=4, max_length=length, seed=seed)  # checks moves
    assert made.lengths.max() <= length
    ends = made.states[made.offsets[1:] - 1]
    np.testing.assert_array_equal(
        ends[:, :-2], domain.targets.reshape(len(domain), -1)[made.worlds]
    )
    domain.check_states("states", made.states, np.repeat(made.worlds, made.lengths + 1))
    ml.Trajectories(domain, made.worlds, made.states, made.offsets)
    walks = Walks(like=domain, per_world=4, seed=seed, max_length=length)
    rows = [walks.part(domain, 0, first, 1)[1] for first in range(4 * len(domain))]
    np.testing.assert_array_equal(np.concatenate(rows), made.states)


def test_players_of_solved_levels_are_uniform():
    domain = ml.Sokoban.parse(SMALL)
    draws = np.random.default_rng(0).integers(2**64, size=8000, dtype=np.uint64)
    rows = solved(domain.walls, domain.targets, np.zeros(8000, np.int32), draws)
    counts = np.unique(rows, axis=0, return_counts=True)[1]
    assert len(counts) == 13  # floors of level 0 that are no targets
    assert ((counts - 8000 / 13) ** 2 / (8000 / 13)).sum() < 39.1  # p = 1e-4, 12 degrees


@given(levels())
@settings(max_examples=40)
def test_levels_are_read_as_they_are_written(level):
    domain = ml.Sokoban.parse(level)
    assert len(domain) == 1
    assert domain.state_text(domain.starts[0]) == level
    ml.check_domain(domain)
    domain.check_states("goals", domain.goals, np.zeros(1, np.int32))
    np.testing.assert_array_equal(domain.goals[:, :-2], domain.targets.reshape(1, -1))


def test_what_a_level_is():
    domain = ml.Sokoban.parse(SMALL)
    assert repr(domain) == "Sokoban(2 of 5 x 9)"
    assert domain.walls[0, :, 7:].all()
    assert domain.starts[:, -2:].tolist() == [[2, 3], [3, 3]]
    assert domain.targets.sum(axis=(1, 2)).tolist() == [2, 2]
    problems = ml.Problems.sample(domain)
    np.testing.assert_array_equal(problems.starts, domain.starts)
    np.testing.assert_array_equal(problems.goals, domain.goals)
    assert domain.states.goal_mask.sum() == 45
    assert domain[1] == domain[[1]] == domain[1:] != domain[0]
    with pytest.raises(IndexError, match="at least one level"):
        domain[[]]


def test_files(tmp_path):
    domain = ml.Sokoban.parse(SMALL)
    path = tmp_path / "levels.txt"
    domain.save(path)
    assert ml.Sokoban.load(path) == domain
    config = SokobanConfig(str(path))
    assert config.make(6, seed=3)[2:] == config.make(4, seed=3, first=2)
    path.write_text("#####\n#@ $#\n#####\n")
    with pytest.raises(
        ml.MazeFormatError, match=r"levels.txt: level 0 at line 1: expected as many"
    ):
        ml.Sokoban.load(path)


def test_trajectories_on_levels_are_kept_in_folders(tmp_path):
    path = tmp_path / "levels.txt"
    ml.Sokoban.parse(SMALL).save(path)
    for domain in (ml.Sokoban.load(path), ml.Sokoban.parse(SMALL)):
        made = ml.Trajectories.sample(domain, per_world=5, max_length=8)
        folder = tmp_path / f"walks{len(domain.path)}"
        made.save(folder)
        again = ml.Trajectories.load(folder)
        assert again.domain == domain
        assert again.domain.path == domain.path
        np.testing.assert_array_equal(again.states, made.states)


# Features ----------------------------------------------------------------------------------------


@given(st.lists(levels(), min_size=1, max_size=4), st.integers(0, 2**64 - 1))
@settings(max_examples=60)
def test_features_are_cells_of_planes(texts, seed):
    domain, _, states = walked_levels(texts, seed)
    height, width = domain.shape
    num_cells, most = height * width, max(text.count("$") + text.count("*") for text in texts)
    assert domain.board_shape == (4, height, width)
    assert domain.num_features == 4 * num_cells + 1
    found, common = domain.features(states), domain.world_features()
    assert (found.dtype, common.dtype) == (np.int32, np.uint8)
    for state, active in zip(states.tolist(), found.tolist(), strict=True):
        boxes = [cell for cell in range(num_cells) if state[cell]]
        nothing = [4 * num_cells] * (most - len(boxes))
        assert active == [*boxes, *nothing, num_cells + state[-2] * width + state[-1]]
    for row, walls, targets in zip(common, domain.walls, domain.targets, strict=True):
        planes = [[0] * num_cells] * 2 + [part.reshape(-1).tolist() for part in (walls, targets)]
        assert row.tolist() == [*itertools.chain(*planes), 0]


def test_a_selection_of_levels_keeps_the_number_of_features():
    levels = ml.Sokoban.parse(f"{SMALL}\n####\n#@ #\n#* #\n####")
    few = levels[2:]
    assert few.starts[0, :-2].sum() == 1
    for domain in (few, few[0], few.with_starts(few.starts), few.settings.restored(few.arrays())):
        assert domain == few
        assert domain.max_boxes == 2
        assert domain.features(domain.starts).tolist() == [[19, 180, 45 + 10]]
        assert Sizes.of(domain) == Sizes.of(levels) == Sizes(181, 3, num_planes=4)
    old = {name: array for name, array in few.arrays().items() if name != "max_boxes"}
    assert SokobanConfig().restored(old).max_boxes == 1


def test_damaged_arrays_of_levels():
    good = ml.Sokoban.parse(SMALL).arrays()
    starts, targets = good["starts"].copy(), good["targets"].copy()
    starts[0, -1], targets[0, 0, 0] = 0, 1
    bad = [
        ({"walls": good["walls"]}, "expected walls, targets, starts and max_boxes, got walls"),
        ({**good, "walls": good["walls"] * 2}, "walls: expected numbers up to 1, got 2"),
        ({**good, "walls": good["walls"].astype(np.int64)}, "walls: expected uint8"),
        ({**good, "targets": good["targets"][:, 1:]}, "targets: expected uint8"),
        ({**good, "starts": good["starts"][:, 1:]}, "starts: expected uint8"),
        ({**good, "starts": starts}, "starts: problem 0: the player is in a wall"),
        ({**good, "targets": targets}, "targets: problem 0: expected as many boxes"),
        ({**good, "max_boxes": good["max_boxes"] - 1}, "the same number from 2 to 4096 for each"),
        ({**good, "max_boxes": good["max_boxes"][:1]}, r"max_boxes: .* got int32 of shape \[1\]"),
        ({**good, "max_boxes": np.array([2, 3], np.int32)}, "max_boxes: expected int32"),
    ]
    for arrays, message in bad:
        with pytest.raises(ValueError, match=message):
            SokobanConfig().restored(arrays)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a level of Sokoban, got none"),
        ("; only a title", "expected a level of Sokoban, got none"),
        ("#####\n# $.#\n#####", r"level 0 at line 1: expected one player \(@ or \+\), got none"),
        ("#####\n#@$+#\n#####", "expected one player .* got 2"),
        ("; 7\n######\n#@$$.#\n######", "level 0 at line 2: .* got 2 boxes and 1 targets"),
        ("#####\n#@..#\n#####", "at least one, got 0 boxes and 2 targets"),
        ("#####\n#@ .#\n#####", "got 0 boxes and 1 targets"),
        ("#####\n#@$. \n#####", "got an open border at row 1, column 4"),
        ("#####\n#@$.\n#####", "got an open border at row 1, column 4"),
        ("###\n#@$.#\n#####", "got an open border at row 0, column 3"),
        ("#####\n#@$.#\n# ###", "got an open border at row 2, column 1"),
        ("#####\n#@$x#\n#####", "row 1: unknown letter 'x'"),
        ("#" * 65, "expected sides up to 64, got 1 x 65"),
    ],
)
def test_levels_that_are_none(text, message):
    with pytest.raises(ValueError, match=message):
        ml.Sokoban.parse(text)


def test_states_that_are_none():
    domain = ml.Sokoban.parse("#######\n#  .  #\n# $@$ #\n#  .  #\n#######\n")
    start = domain.starts[0]
    assert np.flatnonzero(start[:-2]).tolist() == [16, 18]
    cases = [
        ({16: 2}, "expected 0 or 1 for each cell"),
        ({15: 1}, "expected as many boxes as the level has"),
        ({16: 0, 0: 1}, "a box is in a wall"),
        ({35: 9}, "expected a player in 5 rows, 7 columns"),
        ({36: 0}, "the player is in a wall"),
        ({36: 2}, "the player is on a box"),
    ]
    for changes, message in cases:
        state = start.copy()
        state[list(changes)] = list(changes.values())
        with pytest.raises(ValueError, match=f"^starts: problem 0: {message}"):
            ml.Problems(domain, state, domain.goals)
    with pytest.raises(ValueError, match="walls and targets of level 0, got others"):
        domain.read_state("#######\n# @.  #\n# $ $ #\n# .   #\n#######")


# Matchings ---------------------------------------------------------------------------------------


def pushes_alone(walls, target):
    """By pulling a box from the target: cells to pushes."""
    height, width = walls.shape
    grid = walls.tolist()
    found, queue = {target: 0}, deque([target])
    while queue:
        row, column = here = queue.popleft()
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            to, player = (row + down, column + right), (row + 2 * down, column + 2 * right)
            free = not reference.is_wall(grid, to) and not reference.is_wall(grid, player)
            if free and to not in found:
                found[to] = found[here] + 1
                queue.append(to)
    return [found.get(divmod(i, width), -1) for i in range(height * width)]


@given(st.lists(levels(), min_size=1, max_size=3))
@settings(max_examples=60)
def test_matching_is_the_best_of_all(texts):
    domain = ml.Sokoban.parse("\n\n".join(texts))
    num, lost = len(domain), 4 * domain.num_cells**2
    estimate = domain.baselines["matching"](domain, domain.goals, 0)
    answer = estimate(np.arange(num, dtype=np.int32), domain.starts)
    for i in range(num):
        targets, boxes = np.flatnonzero(domain.goals[i, :-2]), np.flatnonzero(domain.starts[i, :-2])
        tables = push_distances(np.repeat(domain.walls[i : i + 1], len(targets), axis=0), targets)
        places = [divmod(int(t), domain.shape[1]) for t in targets]
        assert tables.tolist() == [pushes_alone(domain.walls[i], place) for place in places]
        costs = [
            [tables[t, box] for t, box in enumerate(order)]
            for order in itertools.permutations(boxes)
        ]
        best = min((sum(c) for c in costs if min(c) >= 0), default=lost)
        assert answer[i] == best


@given(levels())
@settings(max_examples=25)
def test_matching_is_a_lower_bound_of_the_moves(level):
    domain = ml.Sokoban.parse(level)
    estimate = domain.baselines["matching"](domain, domain.goals, 0)
    start = estimate(np.zeros(1, np.int32), domain.starts)[0]
    for depth, layer in enumerate(reference.layers(domain, 12, domain.starts[0])):
        rows = np.frombuffer(b"".join(layer), np.uint8).reshape(-1, domain.num_cells + 2)
        if len(rows) and (rows[:, :-2] == domain.goals[0, :-2]).all(axis=1).any():
            assert start <= depth
            return


@needs_data
def test_boxoban():
    for name, num in [
        ("boxoban-unfiltered-test-first-500", 500),
        ("boxoban-unfiltered-train-000", 1000),
        ("boxoban-medium-valid-first-200", 200),
    ]:
        domain = ml.Sokoban.load(DATA / f"{name}.txt")
        assert (len(domain), domain.shape) == (num, (10, 10))
        assert (domain.targets.sum(axis=(1, 2)) == 4).all()
        problems = ml.Problems.sample(domain)
        estimate = domain.baselines["matching"](domain, problems.goals, 0)
        pushes = estimate(problems.worlds, problems.starts)
        assert (pushes > 0).all()
        assert (pushes < 100).all()  # every level can be solved
        states, lengths = walked(domain, problems.worlds, np.arange(num), 0, 200, keeps_all=False)
        domain.check_states("states", states, problems.worlds)
        assert (lengths == 200).all()
