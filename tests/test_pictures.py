"""How states look, as data, and the figures made of it."""

from pathlib import Path

import numpy as np
import pytest

import mlsearch as ml
from mlsearch.domains.one_way.mazes import OneWayMazes
from mlsearch.domains.pictures import Look, Picture, Shape, draw, drawing_of, grid, looks_of
from mlsearch.domains.puzzles.line_puzzles import Pancake
from mlsearch.domains.puzzles.stickers import FACES

ROOT = Path(__file__).parents[1]

DOMAINS = [
    ml.Cube(2),
    ml.Cube(3, turns="half"),
    ml.Tiles(3),
    ml.LightsOut(3),
    ml.Sokoban.generate(2, size=(7, 8), num_boxes=2, seed=1),
    OneWayMazes.generate(2, size=6, seed=1),
    Pancake(7),
    ml.Permutation([[1, 0, 2], [0, 2, 1]], goal=[0, 200, 5]),
]


def walked(domain, length=9):
    """States of a random walk in the last world, ``[length, *S]``."""
    world = np.array([len(domain) - 1], np.int32)
    rng, states = np.random.default_rng(0), [domain.origins(world, np.zeros(1, np.uint64))]
    for _ in range(length - 1):
        states.append(
            domain.neighbours(states[-1].copy(), world)[:, rng.integers(domain.num_moves)]
        )
    return np.concatenate(states), np.repeat(world, length)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda d: d.name)
def test_every_state_has_a_look_for_each_cell_and_different_states_look_different(domain):
    states, worlds = walked(domain)
    looks = looks_of(domain, states, worlds)
    assert looks.shape == (len(states), len(domain.picture.places))
    assert looks.max() < len(domain.picture.looks)
    of_state = {state.tobytes(): look.tobytes() for state, look in zip(states, looks, strict=True)}
    assert len(set(of_state.values())) == len(of_state) > 1


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda d: d.name)
def test_looks_differ_in_more_than_their_colours(domain):
    """Those of a cell that look the same in grey differ in letters or in forms."""

    def grey(colour):
        parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        return round(np.dot(parts, [0.2126, 0.7152, 0.0722]) / 64)

    seen = [
        (tuple((s.form, s.side, grey(s.colour)) for s in look.shapes), look.letters)
        for look in domain.picture.looks
    ]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda d: d.name)
def test_a_state_is_drawn_with_all_its_shapes_and_letters(domain):
    states, worlds = walked(domain)
    axes = pytest.importorskip("matplotlib.figure").Figure().subplots()
    drawing_of(domain)(states[-1], axes, int(worlds[-1]))
    looks = [domain.picture.looks[k] for k in looks_of(domain, states[-1:], worlds[-1:])[0]]
    assert len(axes.patches) == sum(len(look.shapes) for look in looks)
    assert [t.get_text() for t in axes.texts] == [look.letters for look in looks if look.letters]


def test_a_level_looks_as_its_text_says():
    level = ml.Sokoban.parse("######\n#@ $.#\n#.*$ #\n######")
    letters = " $@.*+#"
    looks = looks_of(level, level.starts, np.zeros(1, np.int32))[0].reshape(level.shape)
    assert ["".join(letters[k] for k in row) for row in looks] == [
        "######",
        "#@ $.#",
        "#.*$ #",
        "######",
    ]
    on_target = level.starts.copy()
    on_target[0, -2:] = (2, 1)
    assert letters[looks_of(level, on_target, np.zeros(1, np.int32)).reshape(4, 6)[2, 1]] == "+"


@pytest.mark.parametrize("turns", ["quarter", "half"])
@pytest.mark.parametrize("size", [2, 3])
def test_what_a_move_turns_in_space_is_what_it_permutes(size, turns):
    """Each sticker, turned about the axis, comes to the place that the table says."""
    cube = ml.Cube(size, turns)
    frames, middles = cube.picture.solid.frames, cube.picture.solid.frames[:, 0]
    for row, (degrees, axis, cut, cells) in zip(cube.table, cube.picture.solid.turns, strict=True):
        x, y, z = axis
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        angle = -np.deg2rad(degrees)  # clockwise
        turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
        moved = middles @ turn.T
        assert (middles[cells] @ axis > cut).all()
        others = np.setdiff1d(np.arange(len(row)), cells)
        assert (middles[others] @ axis < cut + 1e-9).all()
        assert (row[others] == others).all()
        for place in cells:
            np.testing.assert_allclose(moved[row[place]], middles[place], atol=1e-9)
    outward = np.cross(frames[:, 1], -frames[:, 2])
    assert ((outward * middles).sum(axis=1) == size).all()


def test_stickers_say_their_face():
    assert "".join(look.letters for look in ml.Cube(3).picture.looks) == FACES


def test_the_picture_of_the_page_is_that_of_the_eight_puzzle():
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    code = page.partition("### A picture\n")[2].partition("```python\n")[2].partition("```")[0]
    kind = type("EightPuzzle", (), {"states": ml.States(np.uint8, (9,))})
    exec(code, {"EightPuzzle": kind})
    axes = pytest.importorskip("matplotlib.figure").Figure().subplots()
    draw(kind(), [1, 2, 3, 4, 0, 5, 6, 7, 8], axes)
    assert [text.get_text() for text in axes.texts] == list("12345678")


def test_a_domain_of_your_own_is_drawn_by_its_picture():
    class Lamps:
        states, num_moves = ml.States(np.uint8, (2, 2)), 1
        picture = Picture(grid(2, 2), [Look((Shape("disc", c),)) for c in ("#000000", "#ffffff")])

    axes = pytest.importorskip("matplotlib.figure").Figure().subplots()
    draw(Lamps(), [[0, 1], [1, 1]], axes)
    assert [patch.get_facecolor()[0] for patch in axes.patches] == [0, 1, 1, 1]
    assert [patch.get_center() for patch in axes.patches][1] == (1.5, 0.5)
    assert drawing_of(object()) is None


@pytest.mark.parametrize(("domain", "shape"), [(ml.Cube(2), (6.5, 8.75)), (ml.Tiles(3), (3, 3))])
def test_the_states_of_a_path_fill_their_figure(domain, shape):
    plots = pytest.importorskip("mlsearch.plots")
    problem = ml.Problems.sample(domain, num=1, scramble=5, seed=0)
    figure = plots.states_of_path(problem, ml.solve(problem, heuristic="zero"), "zero")
    figure.draw_without_rendering()
    panels = [axes.get_position() for axes in figure.axes if axes.patches]
    width, height = figure.get_size_inches()
    assert np.ptp([place.x0 for place in panels]) + panels[0].width > 0.93
    for place in panels:
        ratio = (place.height * height) / (place.width * width)
        assert ratio == pytest.approx((shape[0] + 0.2) / (shape[1] + 0.2), rel=0.05)
    gaps = len({round(place.y0, 3) for place in panels}) * (0.25 + 0.12) + 0.4
    rows = {round(place.y0, 3): place.height * height for place in panels}
    assert height - sum(rows.values()) < gaps + 0.1
