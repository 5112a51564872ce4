"""Learned metrics as heuristics: load one, ask for distances, hand it to a search."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from mlsearch import checkpoint
from mlsearch.config import RunConfig
from mlsearch.errors import CheckpointError
from mlsearch.mazes import Mazes, Problems
from mlsearch.models import DistanceModel
from mlsearch.predictions import Callback, Table

PAIRS_AT_ONCE = 8192
SHIPPED = Path(__file__).parent / "shipped"


class LearnedMetric:
    """A trained model on plain NumPy arrays: predicted numbers of steps between cells.

    Args:
        model: the network; it is put into evaluation mode on ``device``.
        config: the run that trained it.
        device: "cpu" or "cuda".

    Example:
        >>> metric = mlsearch.load("runs/contrastive")
        >>> metric.distance(mazes, starts, goals)
        >>> mlsearch.solve(mazes, starts, goals, metric).expansions.mean()
    """

    def __init__(self, model: DistanceModel, config: RunConfig, device: str = "cpu") -> None:
        self.model = model.to(device).eval()
        self.config = config
        self.device = torch.device(device)

    def __repr__(self) -> str:
        parameters = sum(p.numel() for p in self.model.parameters())
        return f"LearnedMetric(method={self.config.method!r}, parameters={parameters})"

    @torch.inference_mode()
    def distance(
        self, mazes: Mazes | ArrayLike, states: ArrayLike, goals: ArrayLike
    ) -> NDArray[np.float32]:
        """Predicted distances.

        Args:
            mazes: N mazes, or one for all pairs; ``Mazes`` or an array [N, H, W] or [H, W].
            states: int [N], free cells.
            goals: int [N], free cells.

        Returns:
            float32 [N], in steps.

        Raises:
            ValueError: sizes do not match, a cell is a wall or not on the map, or the model
                was made for another size of maze.
        """
        problems = self._problems(mazes, states, goals)
        result = np.empty(len(problems), np.float32)
        for part in self._parts(len(problems), problems.mazes.num_cells):
            context, index = self._read(problems.mazes, part)
            features = self.model.goal_features(context, index, self._cells(problems.goals[part]))
            steps = self.model.steps(context, index, self._cells(problems.starts[part]), features)
            result[part] = steps.float().cpu().numpy()
        return result

    @torch.inference_mode()
    def table(self, mazes: Mazes | ArrayLike, goals: ArrayLike) -> NDArray[np.float32]:
        """Predicted distances of all cells to one goal on each maze.

        Args:
            mazes: B mazes; ``Mazes`` or an array [B, H, W] or [H, W].
            goals: int [B], free cells.

        Returns:
            float32 [B, H, W], in steps; on walls the values mean nothing.

        Raises:
            ValueError: as of ``distance``.
        """
        problems = self._problems(mazes, goals, goals)
        mazes, goals = problems.mazes, problems.goals
        result = np.empty((len(mazes), mazes.num_cells), np.float32)
        cells = torch.arange(mazes.num_cells, device=self.device)
        for part in self._parts(len(mazes), mazes.num_cells):
            context, index = self._read(mazes, part)
            features = self.model.goal_features(context, index, self._cells(goals[part]))
            steps = self.model.steps(context, index[:, None], cells[None], features[:, None])
            result[part] = steps.float().cpu().numpy()
        return result.reshape(len(mazes), *mazes.shape)

    def heatmap(self, mazes: Mazes | ArrayLike, goals: ArrayLike) -> NDArray[np.float32]:
        """As ``table``, with NaN on walls: what to look at."""
        mazes = as_mazes(mazes)
        field = self.table(mazes, goals)
        field[mazes.walls != 0] = np.nan
        return field

    def heuristic(self, mazes: Mazes, goals: NDArray[np.int32]) -> Table | Callback:
        """What a search asks for predictions: a table, or a function of (problem, state).

        A table where the model makes one in a single look at the maze, otherwise a
        function that runs the network on just the states that the search meets.
        """
        if self.model.is_lookup:
            return self.table(mazes, goals)
        problems = self._problems(mazes, goals, goals)
        return StateHeuristic(self, problems.mazes, problems.goals)

    def _problems(self, mazes: Mazes | ArrayLike, states: ArrayLike, goals: ArrayLike) -> Problems:
        mazes = as_mazes(mazes)
        number = np.size(goals)
        if len(mazes) == 1 and number > 1:
            mazes = mazes[np.zeros(number, np.int64)]
        return Problems(mazes, np.atleast_1d(states), np.atleast_1d(goals))

    def _parts(self, number: int, cells: int) -> Iterator[slice]:
        size = max(1, PAIRS_AT_ONCE * 8 // cells)
        for first in range(0, number, size):
            yield slice(first, first + size)

    def _read(self, mazes: Mazes, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
        walls = torch.tensor(mazes.walls[part], device=self.device)
        return self.model.read(walls), torch.arange(len(walls), device=self.device)

    def _cells(self, cells: NDArray[np.int32]) -> torch.Tensor:
        return torch.tensor(cells, dtype=torch.int64, device=self.device)


class StateHeuristic:
    """Predictions for the states a search meets, one network call for all of them.

    What depends on the maze or the goal alone is computed once, here.
    """

    @torch.inference_mode()
    def __init__(self, metric: LearnedMetric, mazes: Mazes, goals: NDArray[np.int32]) -> None:
        self.metric = metric
        parts = [
            metric._read(mazes, part)[0] for part in metric._parts(len(mazes), mazes.num_cells)
        ]
        self.context = torch.cat(parts)
        index = torch.arange(len(mazes), device=metric.device)
        cells = metric._cells(goals)
        self.features = torch.cat(
            [
                metric.model.goal_features(self.context, i, c)
                for i, c in zip(index.split(PAIRS_AT_ONCE), cells.split(PAIRS_AT_ONCE), strict=True)
            ]
        )

    @torch.inference_mode()
    def __call__(self, problem: NDArray[np.int32], state: NDArray[np.int32]) -> NDArray[np.float32]:
        """Predicted steps to the goals of problems: int32 [M], int32 [M] to float32 [M]."""
        metric = self.metric
        problems, states = metric._cells(problem), metric._cells(state)
        steps = [
            metric.model.steps(self.context, p, s, self.features[p])
            for p, s in zip(problems.split(PAIRS_AT_ONCE), states.split(PAIRS_AT_ONCE), strict=True)
        ]
        return torch.cat(steps).float().cpu().numpy()


def as_mazes(mazes: Mazes | ArrayLike) -> Mazes:
    """``mazes`` itself, or the mazes of an array of walls."""
    return mazes if isinstance(mazes, Mazes) else Mazes(mazes)


def load(run: str | os.PathLike[str] | None = None, device: str = "cpu") -> LearnedMetric:
    """The metric of a run folder, or the one shipped with the package.

    Args:
        run: a run folder; None for the shipped metric.
        device: "cpu" or "cuda".

    Raises:
        CheckpointError: the folder is not a run, or is damaged.
    """
    folder = SHIPPED if run is None else Path(run)
    if run is None and not folder.exists():
        raise CheckpointError("this version ships no trained metric; name a run folder")
    model, config = checkpoint.load_model(folder)
    return LearnedMetric(model, config, device)
