"""Learned metrics as heuristics: load one, ask for distances, hand it to a search."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.errors import CheckpointError
from mlsearch.config import RunConfig
from mlsearch.domains.maze.cells import checked_cells
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.models import DistanceModel
from mlsearch.runs import checkpoint
from mlsearch.search.heuristics import Callback, Table

# Pairs in one call: as many as a CPU's cache holds where each of them runs a network, and more
# where one look at a maze serves all its cells, or where there is a GPU to fill.
FEW_PAIRS, MANY_PAIRS = 2048, 65536
SHIPPED = Path(__file__).parents[1] / "shipped"


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
        runs_often = self.device.type == "cpu" and not model.is_lookup
        self.pairs_at_once = FEW_PAIRS if runs_often else MANY_PAIRS

    def __repr__(self) -> str:
        parameters = sum(p.numel() for p in self.model.parameters())
        return f"LearnedMetric(method={self.config.method!r}, parameters={parameters})"

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str], device: str = "cpu") -> LearnedMetric:
        """The metric in a folder with ``config.json`` and ``model.safetensors``.

        Such are run folders and what ``save_pretrained`` writes.

        Args:
            folder: the folder.
            device: "cpu" or "cuda".

        Raises:
            CheckpointError: a file is missing or damaged, of another format version, or the
                weights have other names, shapes or dtypes than the config says.
        """
        return cls(*checkpoint.load_model(Path(folder)), device)

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Writes ``config.json`` and ``model.safetensors`` to a folder, made when missing.

        Files of these names are replaced, but not in the folder of a run that can be resumed.

        Raises:
            CheckpointError: the folder holds such a run.
            OSError: the folder cannot be written.
        """
        target = Path(folder)
        if (target / "training_state").exists():
            raise CheckpointError(f"{target}: holds a run that can be resumed; name another folder")
        target.mkdir(parents=True, exist_ok=True)
        checkpoint.save_model(target, self.model)
        checkpoint.write_config(target, self.config)

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
        grid = as_mazes(mazes)
        first, last = free_cells("states", states, grid), free_cells("goals", goals, grid)
        if len(first) != len(last):
            raise ValueError(f"goals: expected {len(first)}, one for each state, got {len(last)}")
        result = np.empty(len(last), np.float32)
        for part in self._parts(len(last), grid.num_cells):
            context, index = self._read(grid, part)
            features = self.model.goal_features(context, index, self._cells(last[part]))
            steps = self.model.steps(context, index, self._cells(first[part]), features)
            result[part] = steps.float().cpu().numpy()
        return result

    @torch.inference_mode()
    def table(self, mazes: Mazes | ArrayLike, goals: ArrayLike) -> NDArray[np.float32]:
        """Predicted distances of all cells to goals.

        Args:
            mazes: N mazes, or one for all goals; ``Mazes`` or an array [N, H, W] or [H, W].
            goals: int [N], free cells.

        Returns:
            float32 [N, H, W], in steps; on walls the values mean nothing.

        Raises:
            ValueError: as of ``distance``.
        """
        grid = as_mazes(mazes)
        last = free_cells("goals", goals, grid)
        result = np.empty((len(last), grid.num_cells), np.float32)
        cells = torch.arange(grid.num_cells, device=self.device)
        for part in self._parts(len(last), grid.num_cells):
            context, index = self._read(grid, part)
            features = self.model.goal_features(context, index, self._cells(last[part]))
            steps = self.model.steps(context, index[:, None], cells[None], features[:, None])
            result[part] = steps.float().cpu().numpy()
        return result.reshape(len(last), *grid.shape)

    def heatmap(self, mazes: Mazes | ArrayLike, goals: ArrayLike) -> NDArray[np.float32]:
        """As ``table``, with NaN on walls: what to look at."""
        grid = as_mazes(mazes)
        field = self.table(grid, goals)
        field[np.broadcast_to(grid.walls != 0, field.shape)] = np.nan
        return field

    def heuristic(self, mazes: Mazes, goals: NDArray[np.int32]) -> Table | Callback:
        """What a search asks for predictions: a table, or a function of (problem, state).

        A table where the model makes one in a single look at the maze, otherwise a
        function that runs the network on just the states that the search meets.
        """
        if self.model.is_lookup:
            return self.table(mazes, goals)
        return StateHeuristic(self, mazes, free_cells("goals", goals, mazes))

    def _parts(self, number: int, cells: int) -> Iterator[slice]:
        size = max(1, self.pairs_at_once // cells)
        for first in range(0, number, size):
            yield slice(first, min(first + size, number))

    def _read(self, mazes: Mazes, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
        """The context of a part's mazes, and the maze of each of its items in that context."""
        walls = mazes.walls if len(mazes) == 1 else mazes.walls[part]
        index = torch.arange(part.stop - part.start, device=self.device) % len(walls)
        return self.model.read(torch.tensor(walls, device=self.device)), index

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
        self.mazes = torch.arange(len(goals), device=metric.device) % len(mazes)
        cells, size = metric._cells(goals), metric.pairs_at_once
        self.features = torch.cat(
            [
                metric.model.goal_features(self.context, i, c)
                for i, c in zip(self.mazes.split(size), cells.split(size), strict=True)
            ]
        )

    @torch.inference_mode()
    def __call__(self, problem: NDArray[np.int32], state: NDArray[np.int32]) -> NDArray[np.float32]:
        """Predicted steps to the goals of problems: int32 [M], int32 [M] to float32 [M]."""
        metric, size = self.metric, self.metric.pairs_at_once
        problems, states = metric._cells(problem), metric._cells(state)
        steps = [
            metric.model.steps(self.context, self.mazes[p], s, self.features[p])
            for p, s in zip(problems.split(size), states.split(size), strict=True)
        ]
        return torch.cat(steps).float().cpu().numpy()


def as_mazes(mazes: Mazes | ArrayLike) -> Mazes:
    """``mazes`` itself, or the mazes of an array of walls."""
    return mazes if isinstance(mazes, Mazes) else Mazes(mazes)


def free_cells(name: str, cells: ArrayLike, mazes: Mazes) -> NDArray[np.int32]:
    """``cells`` as int32 [N], free cells of N mazes or of one.

    Raises:
        TypeError: they are not integers.
        ValueError: their number does not fit, or one is a wall or not on the map.
    """
    checked = checked_cells(name, cells, mazes)
    flat = mazes.walls.reshape(len(mazes), -1)
    walls = np.flatnonzero(flat[np.arange(len(checked)) % len(mazes), checked])
    if len(walls) > 0:
        first = int(walls[0])
        raise ValueError(f"{name}: cell {checked[first]} of problem {first} is a wall")
    return checked


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
    return LearnedMetric.from_pretrained(folder, device)
