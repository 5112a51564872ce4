"""Trajectories as datasets of Minari: what is read is what the environment gives."""

import gymnasium
import numpy as np
import pytest
from click.testing import CliRunner

from mlsearch.cli import main
from mlsearch.data.trajectories import Trajectories
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.gym import to_minari, to_trajectories

minari = pytest.importorskip("minari", reason="needs Minari")


@pytest.fixture(autouse=True)
def own_datasets(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))


def replayed(episode):
    """The environment's own answers to the actions of an episode."""
    seen = episode.observations
    walls = np.where(seen["observation"][0] == 1, 1, 0)
    env = gymnasium.make("mlsearch/Maze-v0", mazes=walls).unwrapped
    env.reset(seed=0)
    env._agent, env._goal = seen["achieved_goal"][0], seen["desired_goal"][0]
    return [env._observation(), *(env.step(action) for action in episode.actions)]


@pytest.mark.parametrize("policy", ["shortest", "noisy", "random_walk"])
def test_episodes_are_those_of_the_environment(policy):
    mazes = Mazes.generate(5, (5, 6), seed=1)
    data = Trajectories.sample(mazes, 4, policy, seed=2, epsilon=0.4, max_length=12)
    dataset = to_minari(data, "maze/test-v0")
    kept = [walk for walk in data if walk[0] != walk[-1]]
    assert dataset.total_episodes == len(kept) > 0
    for episode, walk in zip(dataset.iterate_episodes(), kept, strict=True):
        first, *steps = replayed(episode)
        observations = [first, *(step[0] for step in steps)]
        for name, values in episode.observations.items():
            np.testing.assert_array_equal(values, [seen[name] for seen in observations])
        np.testing.assert_array_equal(episode.rewards, [step[1] for step in steps])
        np.testing.assert_array_equal(episode.terminations, [step[2] for step in steps])
        assert episode.terminations.tolist() == [False] * (len(steps) - 1) + [True]
        assert not episode.truncations.any()
        row, column = episode.observations["desired_goal"][0]
        assert row * 6 + column == walk[-1]


def test_the_way_back():
    data = Trajectories.sample(Mazes.generate(5, (5, 6), seed=1), seed=2, min_length=1)
    dataset = minari.load_dataset(to_minari(data, "maze/back-v0").id)
    episodes = [
        [
            dict(zip(e.observations, step, strict=True))
            for step in zip(*e.observations.values(), strict=True)
        ]
        for e in dataset.iterate_episodes()
    ]
    assert np.array_equal(to_trajectories(episodes).states, data.states)
    assert dataset.env_spec.id == "mlsearch/Maze-v0"


def test_trajectories_without_a_step():
    data = Trajectories(Mazes(np.zeros((3, 3), int)), [0], [4], [0, 1])
    with pytest.raises(ValueError, match="expected at least one with a step, got none"):
        to_minari(data, "maze/none-v0")


def test_command(tmp_path):
    Trajectories.sample(Mazes.generate(5, (5, 6)), min_length=1).save(tmp_path / "data")
    command = ["export", str(tmp_path / "data"), "--minari", "maze/one-v0"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("5 episodes with ")
    assert minari.load_dataset("maze/one-v0").total_episodes == 5
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 2
    assert "maze/one-v0" in again.output
