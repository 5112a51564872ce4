"""Random levels of Sokoban: the same as a plain version makes, solvable, and near Boxoban."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_pairs import Stream
from test_puzzles import DATA, needs_data

import mlsearch as ml
from mlsearch.domains.puzzles import sokoban_rooms
from mlsearch.domains.puzzles.sokoban_config import SokobanConfig
from mlsearch.domains.registry import domain_settings, settings_dict

HERE, UP, DOWN, LEFT, RIGHT = (0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)
PATTERNS = [[HERE], [HERE, LEFT, RIGHT], [HERE, UP, DOWN], [HERE, RIGHT, UP], [HERE, LEFT, DOWN],
            [HERE, RIGHT, DOWN, (1, 1)]]  # fmt: skip
WAYS = [UP, DOWN, LEFT, RIGHT]


def carved(stream, height, width, num_boxes):
    """The floor of a room, in the order in which it was carved."""
    inner = (height - 2) * (width - 2)
    least = max(inner * 35 // 100, 2 * num_boxes + 1)
    wanted = least + stream.below(max(inner * 65 // 100 - least, 0) + 1)
    row, column, way, floor = 1 + stream.below(height - 2), 1 + stream.below(width - 2), 0, []
    while len(floor) < wanted:
        for down, right in PATTERNS[stream.below(6)]:
            cell = (row + down, column + right)
            is_inside = cell[0] in range(1, height - 1) and cell[1] in range(1, width - 1)
            if is_inside and cell not in floor and len(floor) < wanted:
                floor.append(cell)
        if stream.below(8) == 0:
            way = stream.below(4)
        if row + WAYS[way][0] in range(1, height - 1):
            row += WAYS[way][0]
        if column + WAYS[way][1] in range(1, width - 1):
            column += WAYS[way][1]
    return floor


def moved(cell, way, by=1):
    return cell[0] + by * WAYS[way][0], cell[1] + by * WAYS[way][1]


def reach(free, player):
    found, waiting = {player}, [player]
    while waiting:
        here = waiting.pop()
        beside = {moved(here, way) for way in range(4)} & free - found
        found |= beside
        waiting += beside
    return found


def pulled(stream, floor, homes, player):
    """The best state of all walks: boxes off targets, distance, boxes, player."""
    best = (0, 0, None, None)
    for _ in range(16):
        boxes, here = list(homes), player
        for _ in range(25 * len(homes)):
            free = set(floor) - set(boxes)
            near = reach(free, here)
            pulls = [
                (k, way)
                for k, box in enumerate(boxes)
                for way in range(4)
                if moved(box, way) in near and moved(box, way, 2) in free
            ]
            if not pulls:
                break
            k, way = pulls[stream.below(len(pulls))]
            boxes[k], here = moved(boxes[k], way), moved(boxes[k], way, 2)
            off = sum(box not in homes for box in boxes)
            pairs = zip(boxes, homes, strict=True)
            distance = sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairs)
            if (off, distance) > best[:2]:
                best = (off, distance, list(boxes), here)
    return best


def made(seed, number, height, width, num_boxes):
    """A level in text."""
    stream = Stream(seed, number)
    for room in range(1000):
        floor = carved(stream, height, width, num_boxes)
        order = list(floor)
        for k in range(num_boxes + 1):
            other = k + stream.below(len(order) - k)
            order[k], order[other] = order[other], order[k]
        homes, player = order[:num_boxes], order[num_boxes]
        off, _, boxes, player = pulled(stream, floor, homes, player)
        if off == num_boxes or (off > 0 and room >= 10):
            break
    letters = np.full((height, width), "#")
    for cell in floor:
        letters[cell] = " ."[cell in homes]
    for box in boxes:
        letters[box] = "$*"[box in homes]
    letters[player] = "@+"[player in homes]
    return "\n".join("".join(row) for row in letters)


@given(st.data())
@settings(max_examples=15)
def test_levels_are_those_of_the_plain_version(data):
    height, width = data.draw(st.integers(5, 8)), data.draw(st.integers(5, 8))
    num_boxes = data.draw(st.integers(1, min(3, (height - 2) * (width - 2) // 8)))
    seed, first = data.draw(st.integers(0, 2**64 - 1)), data.draw(st.integers(0, 10**6))
    levels = ml.Sokoban.generate(2, (height, width), num_boxes, seed=seed, first=first)
    found = levels.state_text(levels.starts[1], 1)
    assert found == made(seed, first + 1, height, width, num_boxes)


def test_a_level_depends_on_its_number_alone():
    parts = 2000  # several parts of a batch for the threads
    whole = ml.Sokoban.generate(parts, seed=7, num_threads=2)
    assert whole == ml.Sokoban.generate(parts, seed=7, num_threads=1)
    assert whole[600:1400] == ml.Sokoban.generate(800, 10, seed=7, first=600)
    assert whole[:50] != ml.Sokoban.generate(50, seed=8)
    drawn = {whole.state_text(start, i) for i, start in enumerate(whole.starts)}
    assert len(drawn) == parts


@pytest.mark.parametrize(
    ("size", "num_boxes"), [((5, 5), 1), ((5, 12), 2), ((8, 8), 4), ((10, 10), 4), ((64, 64), 1)]
)
def test_levels_have_a_closed_room_and_a_solution(size, num_boxes):
    num = 40 if max(size) < 64 else 2
    levels = ml.Sokoban.generate(num, size, num_boxes, seed=3)
    assert (
        ml.Sokoban.parse("\n\n".join(map(levels.state_text, levels.starts, range(num)))) == levels
    )
    assert (levels.starts[:, :-2].sum(axis=1) == num_boxes).all()
    assert (levels.targets.sum(axis=(1, 2)) == num_boxes).all()
    share = 1 - levels.walls[:, 1:-1, 1:-1].mean(axis=(1, 2))
    assert share.min() > 0.3
    assert share.max() < 0.67
    for walls, start in zip(levels.walls, levels.starts, strict=True):
        floor = {(int(row), int(column)) for row, column in np.argwhere(walls == 0)}
        assert reach(floor, (int(start[-2]), int(start[-1]))) == floor
    problems = ml.Problems.sample(levels)
    assert (problems.optimal > 0).all()
    ml.check_domain(levels[:3])


@needs_data
def test_levels_are_like_those_of_boxoban():
    others = ml.Sokoban.load(DATA / "boxoban-unfiltered-train-000.txt")[:150]
    levels = ml.Sokoban.generate(150, seed=1)
    found, wanted = (1 - x.walls[:, 1:-1, 1:-1].mean() for x in (levels, others))
    assert found == pytest.approx(wanted, rel=0.1)
    optima = [ml.Problems.sample(x).optimal for x in (levels, others)]
    found, wanted = (float(x[x > 0].mean()) for x in optima)
    assert found == pytest.approx(wanted, rel=0.2)
    assert (levels.starts[:, :-2] & levels.targets.reshape(150, -1)).sum() == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"num": 0}, ValueError, "num: expected 1 to"),
        ({"size": 4}, ValueError, "height: expected 5 to 64, got 4"),
        ({"size": (10, 65)}, ValueError, "width: expected 5 to 64, got 65"),
        ({"size": "10"}, TypeError, r"size: expected an integer or \(height, width\), got '10'"),
        ({"size": (5, 5, 5)}, TypeError, "size: expected an integer or"),
        ({"num_boxes": 0}, ValueError, "num_boxes: expected 1 to 2\\*\\*31 - 1, got 0"),
        ({"num_boxes": 9}, ValueError, "num_boxes: expected 1 to 8 in levels of 10 x 10, got 9"),
        ({"num_boxes": 33, "size": 64}, ValueError, "expected 1 to 32 in levels of 64 x 64"),
        ({"num_boxes": 1.5}, TypeError, "num_boxes: expected an integer, got 1.5"),
        ({"seed": -1}, ValueError, "seed: expected 0 to"),
        ({"first": -1}, ValueError, "first: expected 0 to"),
        ({"num_threads": -1}, ValueError, "num_threads: expected 0 to"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        ml.Sokoban.generate(**{"num": 1, **arguments})


def test_a_level_for_which_no_room_sufficed(monkeypatch):
    monkeypatch.setattr(sokoban_rooms, "make_levels", lambda *arguments: 2)
    with pytest.raises(ValueError, match="1000 rooms did not suffice for 4 boxes in level 9; take"):
        ml.Sokoban.generate(5, first=7)


def test_settings():
    config = domain_settings("sokoban:height=8,num_boxes=2")
    assert config == SokobanConfig(height=8, num_boxes=2)
    levels = config.make(3, seed=5, first=2)
    assert levels == ml.Sokoban.generate(5, (8, 10), 2, seed=5)[2:]
    assert levels[0].settings == config == domain_settings(settings_dict(config))
    assert SokobanConfig().make(2, seed=5) == ml.Sokoban.generate(2, seed=5)
    small = ml.Sokoban.parse("###\n#@#\n#*#\n# #\n###")
    assert small.settings == SokobanConfig(height=5, width=3, num_boxes=1)
    with pytest.raises(ValueError, match="width: expected 5 to 64, got 3"):
        small.settings.make(1, 0)
    for setting in ("height=0", "width=65", "num_boxes=0"):
        with pytest.raises(ValueError, match=rf"domain\.{setting[:5]}\w*: expected 1 to"):
            domain_settings(f"sokoban:{setting}")
    with pytest.raises(
        ValueError, match=r"domain\.width: expected none beside domain\.path, got 8"
    ):
        SokobanConfig("levels.txt", width=8)
