"""Many mazes as one Gymnasium environment, all stepped at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.utils.seeding import np_random
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import ArrayLike, NDArray

from mlsearch.domains.maze.mazes import Generator, Mazes
from mlsearch.gym.drawing import RENDER_MODES, checked_mode, drawn
from mlsearch.gym.options import ANYWHERE, Ends, ends_in
from mlsearch.gym.problems import (
    AGENT,
    Observation,
    ProblemSource,
    checked_actions,
    compute_reward,
    observation_space,
    positions,
)

Seeds = int | Sequence[int | None] | None


class MazeVectorEnv(VectorEnv[Observation, NDArray[np.int64], NDArray[Any]]):
    """``num_envs`` environments as of ``MazeEnv``, stepped together by array operations.

    It behaves as a ``SyncVectorEnv`` of them, to the last number: environment i of
    ``reset(seed=s)`` is seeded with ``s + i``. An observation is not changed by later steps.
    Arguments that are not listed here are those of ``MazeEnv``.

    Args:
        num_envs: number of environments N, at least 1.
        max_episode_steps: an episode is truncated after so many steps; None or -1 for never.
        autoreset_mode: of ``gymnasium.vector.AutoresetMode``: when an episode is over, the
            next one starts with the next step ("NextStep"), within the same ("SameStep",
            ``info["final_obs"]`` has the last observation), or by ``reset`` with
            ``options={"reset_mask": ...}`` alone ("Disabled").

    Raises:
        TypeError, ValueError: as of ``MazeEnv``.
    """

    def __init__(
        self,
        num_envs: int = 1,
        max_episode_steps: int | None = None,
        mazes: Mazes | ArrayLike | None = None,
        size: int | tuple[int, int] = 20,
        generator: Generator = "percolation",
        wall_probability: float = 0.35,
        loops: float = 0.0,
        render_mode: str | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
    ) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs: expected at least 1, got {num_envs}")
        self._source = ProblemSource(mazes, size, generator, wall_probability, loops)
        self.num_envs = num_envs
        self.render_mode = checked_mode(render_mode)
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {"render_modes": RENDER_MODES, "autoreset_mode": self.autoreset_mode}
        self.single_observation_space = observation_space(self._source.shape)
        self.single_action_space = spaces.Discrete(4)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._max_steps = _step_limit(max_episode_steps)
        self._set_up()

    def _set_up(self) -> None:
        """Maps have a border of walls, so that no move leaves them; places are flat in them."""
        height, width = self._source.shape
        self._width = width + 2
        self._moves = np.array([-self._width, self._width, -1, 1])
        self._maps = np.ones((self.num_envs, height + 2, width + 2), np.uint8)
        self._flat_maps = self._maps.reshape(self.num_envs, -1)
        self._all = np.arange(self.num_envs)
        self._agents, self._goals, self._num_steps = np.zeros((3, self.num_envs), np.int64)
        self._is_started, self._is_over = np.zeros((2, self.num_envs), np.bool_)
        self._random = [np_random()[0] for _ in self._all]

    def reset(
        self, *, seed: Seeds = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts episodes in all environments, or in those of ``options["reset_mask"]``.

        Args:
            seed: s for the seeds s, s + 1, ...; or one for each environment; None goes on
                with the streams that are there.
            options: ``reset_mask``, bool [N], may be in it, and ``reset_cell`` and ``goal_cell``
                as of ``MazeEnv``, integers [2] for all environments or [N, 2]. Episodes that start
                by themselves have none.

        Raises:
            ValueError: the seeds, the mask or the cells are not as many as the environments, or
                as of ``MazeEnv``; no episode starts then.
        """
        seeds = self._seeds(seed)
        chosen = self._chosen(options)
        ends = ends_in(options, self._source.shape, self.num_envs, "reset_mask")
        for env in chosen:
            if seeds[env] is not None:
                self._random[env] = np_random(seeds[env])[0]
        self._restart(chosen, ends)
        return self._observations(), {}

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[Observation, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Makes a move in each environment whose episode is not over.

        Args:
            actions: integers [N].

        Raises:
            ValueError: an action is none of 0 to 3, or an episode is over and is not started
                again by itself.
            ResetNeeded: an environment has not been reset yet.
        """
        if not self._is_started.all():
            raise ResetNeeded("step: reset must be called before it")
        was_over = np.flatnonzero(self._is_over)
        if self.autoreset_mode == AutoresetMode.DISABLED and len(was_over) > 0:
            raise ValueError(f"environment {was_over[0]}: its episode is over, it must be reset")
        self._move(checked_actions(actions, self.num_envs))
        self._num_steps += 1
        terminated = self._agents == self._goals
        truncated = self._num_steps >= self._max_steps
        rewards = np.where(terminated, 0.0, -1.0)
        terminated[was_over], truncated[was_over], rewards[was_over] = False, False, 0.0
        self._restart(was_over)
        self._is_over = terminated | truncated
        info = self._start_next() if self.autoreset_mode == AutoresetMode.SAME_STEP else {}
        return self._observations(), rewards, terminated, truncated, info

    compute_reward = staticmethod(compute_reward)

    def render(self) -> tuple[Any, ...]:
        """The mazes as ``render_mode`` says, one for each environment."""
        seen = self._observations()
        walls = (seen["observation"] == 1).astype(np.uint8)
        pairs = zip(walls, seen["achieved_goal"], seen["desired_goal"], strict=True)
        return tuple(drawn(self.render_mode, *parts) for parts in pairs)

    def _move(self, actions: NDArray[np.int64]) -> None:
        targets = self._agents + self._moves[actions]
        targets = np.where(self._flat_maps[self._all, targets] == 1, self._agents, targets)
        self._flat_maps[self._all, self._agents] = 0
        self._flat_maps[self._all, targets] = AGENT
        self._agents = targets

    def _start_next(self) -> dict[str, Any]:
        """Restarts what is over; the last observations, in the form that Gymnasium gives them."""
        info: dict[str, Any] = {}
        over = np.flatnonzero(self._is_over)
        if len(over) > 0:
            last = self._observations()
            for env in over:
                final = {name: values[env] for name, values in last.items()}
                info = self._add_info(info, {"final_obs": final, "final_info": {}}, int(env))
            self._restart(over)
        return info

    def _restart(self, envs: NDArray[np.intp], given: Sequence[Ends] | None = None) -> None:
        problems = [
            self._source.draw(self._random[env], given[env] if given else ANYWHERE) for env in envs
        ]
        for env, (walls, *ends) in zip(envs, problems, strict=True):
            self._maps[env, 1:-1, 1:-1] = walls
            (row, goal_row), (column, goal_column) = positions(ends, self._source.shape).T + 1
            self._agents[env] = row * self._width + column
            self._goals[env] = goal_row * self._width + goal_column
        self._flat_maps[envs, self._agents[envs]] = AGENT
        self._num_steps[envs] = 0
        self._is_started[envs] = True
        self._is_over[envs] = False

    def _observations(self) -> Observation:
        return {
            "observation": self._maps[:, 1:-1, 1:-1].copy(),
            "achieved_goal": self._positions(self._agents),
            "desired_goal": self._positions(self._goals),
        }

    def _positions(self, places: NDArray[np.int64]) -> NDArray[np.int32]:
        return positions(places, (0, self._width)) - np.int32(1)

    def _seeds(self, seed: Seeds) -> Sequence[int | None]:
        if isinstance(seed, Sequence):
            if len(seed) != self.num_envs:
                raise ValueError(f"seed: expected {self.num_envs} of them, got {len(seed)}")
            return seed
        return [None if seed is None else seed + env for env in range(self.num_envs)]

    def _chosen(self, options: dict[str, Any] | None) -> NDArray[np.intp]:
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return self._all
        if np.shape(mask) != (self.num_envs,) or np.asarray(mask).dtype != np.bool_:
            raise ValueError(f"reset_mask: expected bool [{self.num_envs}], got {mask!r}")
        return np.flatnonzero(mask)


def _step_limit(max_episode_steps: int | None) -> float:
    if max_episode_steps is None or max_episode_steps == -1:  # as gymnasium.make has it
        return np.inf
    if max_episode_steps < 1:
        raise ValueError(f"max_episode_steps: expected at least 1, got {max_episode_steps}")
    return max_episode_steps
