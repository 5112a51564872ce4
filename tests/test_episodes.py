"""Recorded episodes as trajectories, without Minari: objects, dictionaries, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest

import mlsearch as ml
from mlsearch.domains.maze.mazes import Mazes

WALLS = np.array([[0, 0, 1], [1, 0, 0]], np.uint8)
PATH = [[0, 0], [0, 1], [0, 1], [1, 1], [1, 2]]  # one step against a wall


def observed(path=PATH, walls=WALLS):
    maps = np.repeat(walls[None], len(path), axis=0)
    rows, columns = np.transpose(path)
    maps[np.arange(len(path)), rows, columns] = 2
    goals = np.repeat([path[-1]], len(path), axis=0)
    return {"observation": maps, "achieved_goal": np.array(path), "desired_goal": goals}


@pytest.mark.parametrize("form", [lambda seen: {"observations": seen}, None])
def test_episodes_of_both_forms(form):
    form = form or (lambda seen: SimpleNamespace(observations=seen))
    other = np.zeros((2, 3), np.uint8)
    episodes = [observed(), observed([[0, 2], [1, 2]], other), observed(PATH[::-1])]
    found = ml.Trajectories.from_minari(map(form, episodes), {"source": "a test"})
    assert found.domain == Mazes(np.stack([WALLS, other]))
    assert found.worlds.tolist() == [0, 1, 0]
    assert [walk.tolist() for walk in found] == [[0, 1, 4, 5], [2, 5], [5, 4, 1, 0]]
    assert found.provenance == {"source": "a test"}


def changed(**parts):
    return [{"observations": observed()}, {"observations": observed() | parts}]


MOVED = np.stack([WALLS, *[WALLS[::-1]] * 4])


@pytest.mark.parametrize(
    ("episodes", "message"),
    [
        ("maze/one-v0", "expected a dataset of Minari or episodes, got str"),
        ({"observations": observed()}, "expected a dataset of Minari or episodes, got dict"),
        (3, "expected a dataset of Minari or episodes, got int"),
        ([3], "episode 0: expected one with observations, got int"),
        ([], "episodes: expected at least one, got none"),
        ([{"observations": np.zeros((3, 4))}], "episode 0: expected observations with 'observ"),
        ([{"observations": {"observation": MOVED}}], r"got \['observation'\]"),
        (changed(observation=np.zeros((5, 4))), "episode 1: observation: .*float64.*PointMaze"),
        (changed(achieved_goal=np.zeros((5, 2))), "episode 1: achieved_goal: .*float64.*PointMaze"),
        (changed(achieved_goal=np.array(PATH[1:])), "episode 1: achieved_goal: expected 5 rows"),
        (changed(achieved_goal=np.array(PATH) + 1), "within .2, 3., .* from 1 to 3"),
        (changed(achieved_goal=np.array(PATH) - 1), "from -1 to 1"),
        (changed(achieved_goal=np.array(PATH)[[0, 1, 4, 3, 4]]), "trajectory 1"),
        (changed(observation=MOVED), "episode 1: observation: expected the same walls"),
        (changed(achieved_goal=np.zeros((0, 2), int)), "episode 1: expected observations, got no"),
        ([*changed(), {"observations": observed(PATH[:2], WALLS[:1])}], "episode 2: .*episode 0"),
    ],
)
def test_what_is_refused(episodes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ml.Trajectories.from_minari(episodes)
