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


def same_walks(first, second):
    return (
        first.domain == second.domain
        and np.array_equal(first.worlds, second.worlds)
        and np.array_equal(first.states, second.states)
        and np.array_equal(first.offsets, second.offsets)
    )


def test_round_trip():
    data = Trajectories.sample(Mazes.generate(4, (5, 6), seed=1), 3, seed=2, min_length=1)
    dataset = minari.load_dataset(to_minari(data, "maze/round-v0").id)
    found = Trajectories.from_minari(dataset)
    assert same_walks(found, data)
    assert found.provenance == {"minari": "maze/round-v0"}
    assert same_walks(Trajectories.from_minari(dataset.iterate_episodes()), data)
    some = Trajectories.from_minari(dataset.filter_episodes(lambda episode: episode.id % 3 == 0))
    assert [walk.tolist() for walk in some] == [data[i].tolist() for i in (0, 3, 6, 9)]


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


def test_command_of_the_way_in(tmp_path):
    data = Trajectories.sample(Mazes.generate(5, (5, 6)), min_length=1)
    data.save(tmp_path / "data")
    call = CliRunner().invoke
    call(main, ["export", str(tmp_path / "data"), "--minari", "maze/one-v0"])
    result = call(main, ["import", "maze/one-v0", str(tmp_path / "new" / "back")])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("5 trajectories with ")
    assert same_walks(Trajectories.load(tmp_path / "new" / "back"), data)
    again = call(main, ["import", "maze/one-v0", str(tmp_path / "data")])
    assert (again.exit_code, "exists already" in again.output) == (1, True)
    none = call(main, ["import", "maze/none-v0", str(tmp_path / "none")])
    assert (none.exit_code, none.output.count("\n")) == (1, 1)
    assert "maze/none-v0" in none.output
    settings = ["model.hidden=8", "data.num_trajectories=5", "training.num_validation=3"]
    command = ["train", "--data", str(tmp_path / "new" / "back"), "--out", str(tmp_path / "run")]
    command += ["--steps", "2", "--batch-size", "4", "--quiet"]
    trained = call(main, [*command, *(f"--set={setting}" for setting in settings)])
    assert trained.exit_code == 0, trained.output
