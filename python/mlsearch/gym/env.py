"""One maze as a Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike

from mlsearch.domains.maze.mazes import Generator, Mazes
from mlsearch.gym.drawing import RENDER_MODES, checked_mode, drawn
from mlsearch.gym.options import ends_in
from mlsearch.gym.problems import (
    AGENT,
    Observation,
    ProblemSource,
    checked_actions,
    compute_reward,
    observation_space,
    positions,
)

MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))


class MazeEnv(gymnasium.Env[Observation, np.int64]):
    """A walk from a random start to a random goal, on another maze in every episode.

    Actions are 0 up, 1 down, 2 left, 3 right; a move into a wall leaves the agent where it
    is. The observation is a dictionary: ``observation``, uint8 [H, W], the map (0 free, 1
    wall, 2 the agent); ``achieved_goal`` and ``desired_goal``, int32 [2], row and column of
    the agent and of the goal. The reward is 0 for reaching the goal, which ends the episode,
    and -1 for every other step. The goal can always be reached and is never the start.

    Args:
        mazes: ``Mazes`` or an array [B, H, W] or [H, W], of which each episode draws one;
            None to make a new one for each episode, as the next four say.
        size: as of ``Mazes.generate``.
        generator: as of ``Mazes.generate``.
        wall_probability: as of ``Mazes.generate``.
        loops: as of ``Mazes.generate``.
        render_mode: "rgb_array" (uint8 [16 H, 16 W, 3]), "ansi" (a string: ``#`` walls,
            ``A`` the agent, ``G`` the goal) or None.

    Raises:
        TypeError: an argument is of the wrong type.
        ValueError: an argument is out of range, or a maze has no two neighbouring free cells.
    """

    metadata = {"render_modes": RENDER_MODES, "render_fps": 10}  # noqa: RUF012

    def __init__(
        self,
        mazes: Mazes | ArrayLike | None = None,
        size: int | tuple[int, int] = 20,
        generator: Generator = "percolation",
        wall_probability: float = 0.35,
        loops: float = 0.0,
        render_mode: str | None = None,
    ) -> None:
        self._source = ProblemSource(mazes, size, generator, wall_probability, loops)
        self.render_mode = checked_mode(render_mode)
        self.observation_space = observation_space(self._source.shape)
        self.action_space = spaces.Discrete(4)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts an episode; the same ``seed`` gives the same mazes, starts and goals.

        Args:
            seed: None goes on with the stream that is there.
            options: ``reset_cell`` and ``goal_cell`` may be in it, integers [2], row and column of
                the start and of the goal; one that is not given is drawn.

        Raises:
            ValueError: there are other options, a cell is a wall of the drawn maze or has no free
                neighbour, or the goal is the start or cannot be reached from it.
        """
        [ends] = ends_in(options, self._source.shape)
        super().reset(seed=seed)
        self._walls, start, goal = self._source.draw(self.np_random, ends)
        self._agent, self._goal = positions([start, goal], self._source.shape)
        return self._observation(), {}

    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Makes a move.

        Raises:
            ValueError: the action is none of 0 to 3.
        """
        move = MOVES[checked_actions([action], 1)[0]]
        target = self._agent + np.array(move, np.int32)
        if self._is_free(*target.tolist()):
            self._agent = target
        reward = self.compute_reward(self._agent, self._goal)
        return self._observation(), float(reward), bool(reward == 0), False, {}

    compute_reward = staticmethod(compute_reward)

    def render(self) -> Any:
        """The maze as ``render_mode`` says; None without one."""
        return drawn(self.render_mode, self._walls, self._agent, self._goal)

    def _is_free(self, row: int, column: int) -> bool:
        height, width = self._source.shape
        is_inside = 0 <= row < height and 0 <= column < width
        return is_inside and self._walls[row, column] == 0

    def _observation(self) -> Observation:
        seen = self._walls.copy()
        seen[tuple(self._agent)] = AGENT
        return {
            "observation": seen,
            "achieved_goal": self._agent.copy(),
            "desired_goal": self._goal.copy(),
        }
