"""The Gymnasium environments: their promises, and that many at once behave as one by one."""

import numpy as np
import pytest

import mlsearch as ml

gymnasium = pytest.importorskip("gymnasium")

from gymnasium.utils.env_checker import check_env, data_equivalence  # noqa: E402
from gymnasium.vector import AutoresetMode  # noqa: E402

from mlsearch.gym import MazeEnv, MazeVectorEnv, to_trajectories  # noqa: E402

NAME = "mlsearch/Maze-v0"
CORRIDOR = np.array([[0, 0, 0, 0], [1, 1, 1, 1]], np.uint8)


def random_episode(env, random, seed=None):
    """The observations of one episode."""
    seen = [env.reset(seed=seed)[0]]
    is_over = False
    while not is_over:
        observation, _, terminated, truncated, _ = env.step(random.integers(4))
        seen.append(observation)
        is_over = terminated or truncated
    return seen


@pytest.mark.parametrize("settings", [{}, {"size": (5, 9), "generator": "wilson"}])
def test_gymnasium_finds_no_fault(settings):
    check_env(gymnasium.make(NAME, **settings, disable_env_checker=True).unwrapped)


def test_the_name_may_carry_the_module():
    env = gymnasium.make("mlsearch.gym:mlsearch/Maze-v0", max_episode_steps=3)
    assert isinstance(env.unwrapped, MazeEnv)
    assert len(random_episode(env, np.random.default_rng(0), seed=5)) <= 4


def test_observation_is_the_map_and_two_positions():
    env = MazeEnv(size=(6, 8))
    seen, info = env.reset(seed=0)
    assert info == {}
    assert seen["observation"].shape == (6, 8)
    assert np.argwhere(seen["observation"] == 2).tolist() == [seen["achieved_goal"].tolist()]
    assert seen["observation"][tuple(seen["desired_goal"])] == 0


def test_same_seed_same_mazes_and_every_episode_another():
    first, second = MazeEnv(size=8), MazeEnv(size=8)
    for seed in (3, None, None):
        assert data_equivalence(first.reset(seed=seed), second.reset(seed=seed), exact=True)
    maps = [first.reset(seed=seed)[0]["observation"].tobytes() for seed in (3, None, None, 4)]
    assert len(set(maps)) == 4


def test_moves_walls_and_the_end():
    env = MazeEnv(CORRIDOR)
    seen, _ = env.reset(seed=1)
    row, column = seen["achieved_goal"]
    assert row == 0
    for action in (0, 1):  # off the map, and into the wall
        after, reward, *ended, _ = env.step(action)
        assert (after["achieved_goal"] == (0, column)).all()
        assert (reward, *ended) == (-1.0, False, False)
    distance = int(seen["desired_goal"][1] - column)
    for left in reversed(range(abs(distance))):
        after, reward, *ended, _ = env.step(3 if distance > 0 else 2)
        assert (reward, *ended) == (-1.0 if left else 0.0, left == 0, False)
    assert (after["achieved_goal"] == seen["desired_goal"]).all()


def test_own_mazes_are_drawn_from_and_goals_can_be_reached():
    rooms = np.array([[0, 0, 1, 0], [1, 1, 1, 1], [0, 1, 0, 0]], np.uint8)
    walls = np.stack([rooms, rooms[::-1]])
    env = MazeEnv(walls)
    env.reset(seed=0)
    seen = [env.reset()[0] for _ in range(100)]
    maps = {(s["observation"] == 1).astype(np.uint8).tobytes() for s in seen}
    assert maps == {maze.tobytes() for maze in walls}
    steps = [np.abs(s["achieved_goal"] - s["desired_goal"]).sum() for s in seen]
    assert set(steps) == {1}  # within a room of two cells, never from one to another


def test_reward_of_many():
    achieved = np.array([[[0, 1], [2, 3]], [[4, 5], [6, 7]]])
    desired = np.array([[0, 1], [6, 7]])
    expected = [[0.0, -1.0], [-1.0, 0.0]]
    np.testing.assert_array_equal(MazeEnv(CORRIDOR).compute_reward(achieved, desired, {}), expected)
    assert float(MazeEnv.compute_reward([1, 2], [1, 2])) == 0.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mazes": [[0, 1], [1, 0]]}, "mazes: expected two neighbouring free cells, maze 0"),
        ({"mazes": np.full((2, 2), 0.5)}, "walls: expected bool or integers"),
        ({"mazes": ml.Mazes(CORRIDOR, "eight")}, "mazes: expected four moves of cost 1, got Mazes"),
        ({"size": 1}, "size: expected sides from 2"),
        ({"render_mode": "human"}, "render_mode: expected one of rgb_array, ansi"),
    ],
)
@pytest.mark.parametrize("kind", [MazeEnv, MazeVectorEnv])
def test_bad_settings(kind, settings, message):
    with pytest.raises((ValueError, TypeError), match=message):
        kind(**settings)


@pytest.mark.parametrize("action", [-1, 4, 1.5])
def test_bad_actions(action):
    env, envs = MazeEnv(CORRIDOR), MazeVectorEnv(2, mazes=CORRIDOR)
    env.reset()
    envs.reset()
    with pytest.raises(ValueError, match="actions: expected 1 integers from 0 to 3"):
        env.step(action)
    with pytest.raises(ValueError, match="actions: expected 2 integers from 0 to 3"):
        envs.step(np.array([0, action]))


# Pictures -------------------------------------------------------------------------------------


def test_text():
    env = gymnasium.make(NAME, mazes=CORRIDOR, render_mode="ansi")
    seen, _ = env.reset(seed=2)
    text = env.render()
    assert isinstance(text, str)
    lines = text.splitlines()
    assert lines[1] == "####"
    assert lines[0].index("A") == seen["achieved_goal"][1]
    assert lines[0].index("G") == seen["desired_goal"][1]
    assert lines[0].count(".") == 2


def test_picture():
    env = gymnasium.make(NAME, mazes=CORRIDOR, render_mode="rgb_array")
    seen, _ = env.reset(seed=2)
    picture = env.render()
    assert (picture.shape, picture.dtype) == ((32, 64, 3), np.uint8)
    blocks = picture.reshape(2, 16, 4, 16, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()
    colours = blocks[:, 0, :, 0]
    assert (colours[1] == colours[1, 0]).all()  # walls
    row, column = seen["achieved_goal"]
    assert colours[row, column].argmax() == 2  # the agent is blue
    assert len(np.unique(colours.reshape(-1, 3), axis=0)) == 4


def test_picture_of_each():
    envs = MazeVectorEnv(3, size=6, render_mode="ansi")
    envs.reset(seed=0)
    alone = MazeEnv(size=6, render_mode="ansi")
    for number, text in enumerate(envs.render()):
        alone.reset(seed=number)
        assert alone.render() == text


# Many at once ---------------------------------------------------------------------------------


def pair_of_vectors(mode, num=5, **settings):
    """Ours, and Gymnasium's loop over single environments."""
    settings = {"size": (4, 5), "max_episode_steps": 9} | settings
    ours = gymnasium.make_vec(NAME, num, autoreset_mode=mode, **settings)
    loop = gymnasium.make_vec(NAME, num, "sync", vector_kwargs={"autoreset_mode": mode}, **settings)
    return ours, loop


def same(first, second):
    """Whether nested answers are equal: dictionaries, tuples, arrays, and arrays of objects."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, np.ndarray) and first.dtype == object:
        return all(map(same, first, second))
    return np.array_equal(first, second) and np.asarray(first).dtype == np.asarray(second).dtype


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("settings", [{}, {"mazes": np.stack([CORRIDOR, CORRIDOR[::-1]])}])
def test_many_at_once_are_the_same_as_one_by_one(mode, settings):
    ours, loop = pair_of_vectors(mode, **settings)
    assert ours.observation_space == loop.observation_space
    assert ours.action_space == loop.action_space
    assert ours.metadata["autoreset_mode"] == loop.metadata["autoreset_mode"]
    random = np.random.default_rng(0)
    assert same(ours.reset(seed=7), loop.reset(seed=7))
    num_ends = np.zeros(2, int)
    for _ in range(60):
        actions = random.integers(4, size=5)
        answer = ours.step(actions)
        assert same(answer, loop.step(actions))
        assert answer[0] in ours.observation_space
        num_ends += answer[2].sum(), answer[3].sum()
        is_over = answer[2] | answer[3]
        if mode == AutoresetMode.DISABLED and is_over.any():
            assert same(*(e.reset(options={"reset_mask": is_over}) for e in (ours, loop)))
    assert (num_ends > 3).all()  # both by reaching the goal and by the time limit


def test_no_limit_of_steps():
    envs = gymnasium.make_vec(NAME, 2, max_episode_steps=-1, mazes=CORRIDOR)
    envs.reset(seed=0)
    assert not any(envs.step(np.zeros(2, int))[3].any() for _ in range(500))
    with pytest.raises(ValueError, match="max_episode_steps: expected at least 1, got 0"):
        MazeVectorEnv(2, max_episode_steps=0)


def test_reset_comes_first():
    envs = MazeVectorEnv(2)
    with pytest.raises(gymnasium.error.ResetNeeded, match="reset must be called"):
        envs.step(np.zeros(2, int))


def test_seeds_one_by_one():
    ours, loop = pair_of_vectors("NextStep")
    for seeds in ([3, 1, 4, 1, 5], [2, None, None, 7, 1], None):
        assert same(ours.reset(seed=seeds), loop.reset(seed=seeds))
    with pytest.raises(ValueError, match="seed: expected 5 of them, got 2"):
        ours.reset(seed=[1, 2])


def test_an_observation_stays_as_it_was():
    envs = MazeVectorEnv(3, mazes=CORRIDOR)
    before, _ = envs.reset(seed=0)
    kept = {name: values.copy() for name, values in before.items()}
    for _ in range(5):
        envs.step(np.array([3, 3, 3]))
    assert same(before, kept)


def test_what_is_over_must_be_reset_where_nothing_does_it():
    envs = MazeVectorEnv(2, max_episode_steps=1, autoreset_mode="Disabled")
    envs.reset(seed=0)
    envs.step(np.zeros(2, int))
    with pytest.raises(ValueError, match="environment 0: its episode is over"):
        envs.step(np.zeros(2, int))
    with pytest.raises(ValueError, match="reset_mask: expected bool"):
        envs.reset(options={"reset_mask": np.array([1, 0])})


# Where an episode starts and ends -------------------------------------------------------------

ROOMS = np.array([[0, 0, 0, 1, 0], [0, 1, 0, 1, 0], [0, 0, 0, 1, 1], [1, 1, 1, 1, 0]], np.uint8)


def ends(seen):
    return seen["achieved_goal"].tolist(), seen["desired_goal"].tolist()


@pytest.mark.parametrize("pair", [(2, 1), [2, 1], np.array([2, 1])])
def test_cells_of_the_options(pair):
    env = gymnasium.make(NAME, mazes=ROOMS)
    drawn = []
    for seed in range(30):
        start, goal = ends(env.reset(seed=seed, options={"reset_cell": pair})[0])
        drawn.append(goal)
        assert start == [2, 1]
        other, goal = ends(env.reset(options={"goal_cell": pair})[0])
        drawn.append(other)
        assert goal == [2, 1]
        both = env.reset(options={"reset_cell": pair, "goal_cell": (0, 0)})[0]
        assert ends(both) == ([2, 1], [0, 0])
        assert both["observation"][2, 1] == 2
    ring = {(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 2)}
    assert set(map(tuple, drawn)) == ring
    again = [env.reset(seed=5, options={"reset_cell": pair}) for _ in range(2)]
    assert data_equivalence(*again, exact=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"goal": (0, 0)}, "options: expected reset_cell, goal_cell.*, got 'goal'"),
        ({"goal_cell": (0, 3)}, r"goal_cell: expected a free cell, \(0, 3\) is a wall"),
        ({"reset_cell": (1, 1)}, r"reset_cell: expected a free cell, \(1, 1\) is a wall"),
        ({"goal_cell": (3, 4)}, r"goal_cell: expected a free neighbour, \(3, 4\) has none"),
        ({"goal_cell": (4, 0)}, r"goal_cell: expected row and column.* within \(4, 5\), got"),
        ({"goal_cell": (-1, 0)}, "goal_cell: expected row and column"),
        ({"goal_cell": (0.0, 0.0)}, "goal_cell: expected row and column"),
        ({"goal_cell": 3}, "goal_cell: expected row and column"),
        ({"goal_cell": [(0, 0), (1,), 2]}, "goal_cell: expected row and column"),
        ({"reset_cell": (0, 0), "goal_cell": (0, 0)}, "goal_cell: expected another cell"),
        (
            {"reset_cell": (0, 0), "goal_cell": (0, 4)},
            r"reached from reset_cell \(0, 0\), got \(0, 4\)",
        ),
    ],
)
@pytest.mark.parametrize("env", [MazeEnv(ROOMS), MazeVectorEnv(3, mazes=ROOMS)])
def test_bad_options(env, options, message):
    with pytest.raises(ValueError, match=message):
        env.reset(seed=0, options=options)


def test_cells_of_many():
    envs, loop = pair_of_vectors("NextStep", num=3, mazes=ROOMS)
    options = {"reset_cell": (0, 0)}
    assert same(envs.reset(seed=4, options=options), loop.reset(seed=4, options=options))
    starts, goals = [[0, 0], [0, 1], [1, 2]], [[2, 2], [2, 1], [0, 0]]
    seen, _ = envs.reset(options={"reset_cell": starts, "goal_cell": np.array(goals)})
    assert ends(seen) == (starts, goals)
    some = {"reset_mask": np.array([False, True, False]), "goal_cell": [[0, 3], [1, 0], [0, 3]]}
    seen, _ = envs.reset(options=some)
    assert seen["desired_goal"].tolist() == [[2, 2], [1, 0], [0, 0]]
    with pytest.raises(ValueError, match="goal_cell: expected a free cell"):
        envs.reset(options={"goal_cell": [[0, 0], [0, 1], [0, 3]]})
    assert ends(envs.unwrapped._observations()) == ends(seen)
    with pytest.raises(ValueError, match=r"reset_cell: expected row and column, \[2\] or \[3, 2\]"):
        envs.reset(options={"reset_cell": [[0, 0], [0, 1]]})


# Trajectories ---------------------------------------------------------------------------------


def test_episodes_become_trajectories():
    mazes = ml.Mazes.generate(3, size=5, seed=0)
    env = gymnasium.make(NAME, mazes=mazes, max_episode_steps=30)
    random = np.random.default_rng(1)
    episodes = [random_episode(env, random, seed) for seed in range(20)]
    found = to_trajectories(episodes, {"policy": "random actions"})
    assert len(found) == 20
    assert len(found.domain) == 3  # shared by the episodes on them
    assert found.provenance == {"policy": "random actions"}
    assert len(ml.PairSampler(found, batch_size=8).sample(0, 1).position[0]) == 8
    for number, episode in enumerate(episodes):
        walls = found.domain.walls[found.worlds[number]]
        np.testing.assert_array_equal(walls, episode[0]["observation"] == 1)
        cells = [int(row * 5 + column) for row, column in (s["achieved_goal"] for s in episode)]
        moved = [b for a, b in zip([-1, *cells], cells, strict=False) if a != b]
        assert found[number].tolist() == moved


@pytest.mark.parametrize(
    ("episodes", "message"),
    [([], "at least one, got none"), ([[]], "episode 0: expected observations, got none")],
)
def test_no_episode(episodes, message):
    with pytest.raises(ValueError, match=message):
        to_trajectories(episodes)
