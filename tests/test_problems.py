"""Problems on any domain, and domains by name."""

from dataclasses import dataclass

import numpy as np
import pytest
from small_domains import OneWay, Slide

import mlsearch as ml
from mlsearch.base.settings import from_dict, replaced, to_dict
from mlsearch.config import RunConfig, upgraded
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.domains.registry import DOMAINS, domain_settings, is_registered, settings_dict


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setitem(DOMAINS, "slide", Slide)
    monkeypatch.setitem(DOMAINS, "oneway", OneWay)


def solvable_in(domain, problems, most):
    """Whether each goal is met within so many moves of its start, by breadth-first search."""
    found = []
    for start, goal, world in zip(problems.starts, problems.goals, problems.worlds, strict=True):
        layer = {start.tobytes(): start}
        met = goal.tobytes() in layer
        for _ in range(most):
            rows = np.stack(list(layer.values()))
            near = domain.neighbours(rows, np.full(len(rows), world, np.int32))
            layer |= {row.tobytes(): row for row in near.reshape(-1, *domain.states.shape)}
            met |= goal.tobytes() in layer
        found.append(met)
    return found


@pytest.mark.parametrize("domain", [Slide(), OneWay()], ids=repr)
@pytest.mark.parametrize("scramble", [0, 1, 5])
def test_scrambles_lead_to_the_goal_in_as_many_moves_or_fewer(domain, scramble):
    problems = ml.Problems.sample(domain, num=6, scramble=scramble, seed=3)
    assert len(problems) == 6
    assert all(solvable_in(problems.domain, problems, scramble))


def test_a_problem_depends_on_its_number_alone():
    few, many = (ml.Problems.sample(Slide(), num=n, scramble=30, seed=1) for n in (3, 50))
    assert np.array_equal(few.starts, many.starts[:3])
    assert len(np.unique(many.starts, axis=0)) > 30
    assert not np.array_equal(
        few.starts, ml.Problems.sample(Slide(), num=3, scramble=30, seed=2).starts
    )


def test_reversible_domains_lead_to_their_origin_and_others_away_from_it():
    slide = ml.Problems.sample(Slide(), num=2, scramble=9)
    assert (slide.goals == [1, 2, 3, 4, 5, 0]).all()
    one_way = ml.Problems.sample(OneWay(), per_world=2, scramble=3)
    assert not one_way.starts[:, :53].any()
    assert (len(one_way), one_way.worlds.tolist()) == (6, [0, 1, 2, 3, 4, 5])
    assert one_way.domain.firsts().tolist() == [0, 0, 1, 1, 2, 2]


def test_the_default_scramble_is_long():
    problems = ml.Problems.sample(Slide(), num=20)
    assert problems.optimal.mean() > 8


def test_mazes_can_be_scrambled_too():
    mazes = ml.Mazes.generate(4, size=8, seed=0)
    problems = ml.Problems.sample(mazes, scramble=3)
    assert (problems.optimal <= 3).all()
    assert problems.optimal.any()


def test_optimal_comes_from_tables_or_is_given_or_is_unknown():
    slide = Slide()
    problems = ml.Problems.sample(slide, num=10, scramble=12, seed=0)
    table = slide.distances(problems.goals[:1])[0]
    assert problems.optimal.tolist() == table[slide.index(problems.starts)].tolist()
    assert (problems.optimal <= 12).all()
    far = ml.Problems(slide, slide.all_states()[:100], slide.all_states()[:100])
    assert far.optimal.tolist() == [-1] * 100  # more goals than tables are made for
    one_way = ml.Problems.sample(OneWay(), scramble=4)
    assert one_way.optimal.tolist() == [-1] * 3
    given = ml.Problems(one_way.domain, one_way.starts, one_way.goals, optimal=[4, -1, 3])
    assert given.optimal.tolist() == [4, -1, 3]
    assert given[1:].optimal.tolist() == [-1, 3]
    assert given[1:].domain.firsts().tolist() == [1, 2]


def test_one_maze_with_many_problems_knows_its_distances():
    maze = ml.Mazes.generate(1, size=9, seed=2)
    free = np.flatnonzero(maze.walls[0].reshape(-1) == 0).astype(np.int32)
    starts, goals = free[::2], free[::-2][: len(free[::2])]
    problems = ml.Problems(maze, starts, goals)
    every = maze.all_distances()[0]
    assert problems.optimal.tolist() == every[starts, goals].tolist()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num": 4}, ValueError, "num: expected a multiple of the 3 worlds, got 4"),
        ({"num": 3, "per_world": 2}, ValueError, "num: expected per_world or num, got both"),
        ({"num": 0}, ValueError, "num: expected 1 to"),
        ({"scramble": -1}, ValueError, "scramble: expected 0 to"),
        ({"seed": -1}, ValueError, "seed: expected 0 to"),
    ],
)
def test_bad_samples(options, error, message):
    with pytest.raises(error, match=message):
        ml.Problems.sample(OneWay(), **options)


def test_bad_problems():
    slide = Slide()
    good = np.array([[1, 2, 3, 4, 5, 0]])
    with pytest.raises(ValueError, match="goals: expected 1, one for each start, got 2"):
        ml.Problems(slide, good, np.repeat(good, 2, axis=0))
    with pytest.raises(ValueError, match="optimal: expected 1 numbers of moves, or -1"):
        ml.Problems(slide, good, good, optimal=[-2])
    with pytest.raises(TypeError, match=r"^Problems.sample: expected a domain, got list"):
        ml.Problems.sample([1, 2])
    with pytest.raises(ValueError, match="domain: Slide has no name; add its dataclass"):
        ml.Problems(slide, good, good).save("x.json")


def test_domains_by_name(registered):
    assert domain_settings("maze") == MazeConfig()
    assert domain_settings({"name": "slide", "rows": 3}) == Slide(rows=3)
    assert domain_settings(Slide()) == Slide()
    assert settings_dict(Slide(rows=3)) == {"name": "slide", "rows": 3, "columns": 3}
    assert settings_dict(MazeConfig(width=5))["name"] == "maze"
    assert is_registered(Slide())
    assert is_registered(ml.Mazes.generate(1, size=4))
    problems = sample_problems("slide", 7, seed=0, part="test")
    assert (len(problems), len(problems.domain)) == (7, 1)
    assert len(sample_problems("oneway", 5, seed=0, part="test").domain) == 5


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ("slid", ValueError, "domain: unknown domain 'slid'; did you mean 'slide'?"),
        ({"name": "slide", "row": 3}, ValueError, "domain.row: unknown setting; did you mean 'r"),
        ({"name": "slide", "rows": "3"}, TypeError, "domain.rows: expected int, got '3'"),
        ({"rows": 3}, TypeError, "domain: expected a name or a mapping with a name"),
        (3, TypeError, "domain: expected a name or a mapping with a name, got 3"),
    ],
)
def test_bad_names(registered, values, error, message):
    with pytest.raises(error, match=message):
        domain_settings(values)


def test_settings_may_follow_a_name():
    assert domain_settings("tiles4:blank=first") == ml.Tiles(4, blank="first")
    assert domain_settings("cube:size=2,turns=half") == ml.Cube(2, turns="half")
    assert domain_settings("maze:loops=0.5") == MazeConfig(loops=0.5)
    with pytest.raises(ValueError, match="domain: expected SETTING=VALUE after 'tiles4:', got ''"):
        domain_settings("tiles4:")
    with pytest.raises(ValueError, match=r"domain\.blanc: unknown setting; did you mean 'blank'"):
        domain_settings("tiles4:blanc=first")


def test_a_domain_without_a_name_is_told():
    @dataclass(frozen=True)
    class Mine:
        pass

    with pytest.raises(ValueError, match=r"domain: Mine has no name; add its dataclass"):
        settings_dict(Mine())
    assert not is_registered(Slide())


def test_configs_hold_a_domain(registered):
    config = replaced(ml.METHODS["crtr"], {"domain": {"name": "slide", "columns": 4}})
    assert config.domain == Slide(columns=4)
    assert to_dict(config)["domain"] == {"name": "slide", "rows": 2, "columns": 4}
    assert from_dict(RunConfig, to_dict(config)) == config
    assert replaced(config, {"domain.rows": 3}).domain == Slide(rows=3, columns=4)
    assert replaced(config, {"domain": "slide"}).domain == Slide()
    with pytest.raises(ValueError, match=r"^domain.height: unknown setting; expected one of"):
        replaced(config, {"domain.height": 3})


def test_configs_of_format_one_are_of_mazes():
    old = {"method": "x", "mazes": {"height": 7}, "data": {"per_maze": 3, "goals_per_maze": 2}}
    config = from_dict(RunConfig, upgraded(old))
    assert config.domain == MazeConfig(height=7)
    assert (config.data.per_world, config.data.goals_per_world) == (3, 2)
