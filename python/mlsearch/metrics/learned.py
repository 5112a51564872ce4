"""Learned metrics as heuristics: load one, ask for distances, hand it to a search."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from mlsearch.base.errors import CheckpointError
from mlsearch.base.protocols import offers
from mlsearch.config import RunConfig
from mlsearch.domains.contract import Domain, Enumerable, Mapped, Rows
from mlsearch.domains.extras import require
from mlsearch.domains.maze.mazes import domain_of
from mlsearch.domains.rows import checked_states
from mlsearch.metrics.readings import Readings
from mlsearch.metrics.seen import SeenDomain
from mlsearch.metrics.shipped import run_folder
from mlsearch.models import DistanceModel, Sizes
from mlsearch.models.torch_state import checked_device, settled
from mlsearch.models.trunk import BesideTrunks
from mlsearch.runs import checkpoint
from mlsearch.search.heuristics import Table

# Pairs in one call: as many as a CPU's cache holds where each of them runs a network, and more
# where one look at a world serves all its states, or where there is a GPU to fill.
FEW_PAIRS, MANY_PAIRS = 2048, 65536
NUMBERS_OF_PAIR = 16  # of embeddings; a field that a survey gives has one for each state


class LearnedMetric:
    """A trained model on plain NumPy arrays: predicted numbers of steps between states.

    What it read of a single world is kept for the next call, see
    :class:`~mlsearch.metrics.readings.Readings`. So many problems on one map cost one reading, also
    if they are solved in parts.

    Args:
        model: the network; it is put into evaluation mode on ``device``.
        config: the run that trained it.
        device: "cpu" or "cuda".

    Raises:
        ValueError: there is no such device.

    Examples:
        >>> metric = mlsearch.load("runs/contrastive")
        >>> metric.distance(mazes, starts, goals)
        >>> mlsearch.solve(mazes, starts, goals, metric).expansions.mean()
    """

    def __init__(self, model: DistanceModel, config: RunConfig, device: str = "cpu") -> None:
        self.device = checked_device(device)
        self.model = model.to(self.device).eval()
        self.config = config
        runs_often = self.device.type == "cpu" and not model.is_lookup
        self.pairs_at_once = FEW_PAIRS if runs_often else MANY_PAIRS
        self.readings = Readings(self.model)

    def __repr__(self) -> str:
        parameters = sum(p.numel() for p in self.model.parameters())
        return f"LearnedMetric(method={self.config.method!r}, parameters={parameters})"

    @classmethod
    @settled(learns=True)
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
        checked_device(device)
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

    @settled()
    def distance(
        self, domain: Domain | ArrayLike, states: ArrayLike, goals: ArrayLike
    ) -> NDArray[np.float32]:
        """Predicted distances.

        Args:
            domain: one world for all pairs, or N worlds, one for each; or the walls of mazes,
                [H, W] or [N, H, W].
            states: ``[N, *S]``, or a single state ``[*S]``; in mazes cells [N] or pairs
                (row, column), [N, 2].
            goals: as ``states``.

        Returns:
            float32 [N], in steps.

        Raises:
            TypeError: the domain lacks what the model sees, or states are no integers.
            ValueError: shapes do not match, one is no state of its world, or the model was made
                for another size of domain.
        """
        of, seen = self._seen(domain)
        first = checked_states("states", states, of)
        last = checked_states("goals", goals, of)
        if len(first) != len(last):
            raise ValueError(f"goals: expected {len(first)}, one for each state, got {len(last)}")
        result = np.empty(len(last), np.float32)
        with BesideTrunks(self.model):
            for part, worlds, index in seen.parts(len(last)):
                context = self.readings.read(worlds)
                features = self.model.goal_features(context, index, seen.states(last[part]))
                steps = self.model.steps(context, index, seen.states(first[part]), features)
                result[part] = steps.float().cpu().numpy()
        return result

    @settled()
    def table(self, domain: Domain | ArrayLike, goals: ArrayLike) -> NDArray[np.float32]:
        """Predicted distances of all states to goals.

        Args:
            domain: as of ``distance``; one whose states can be enumerated.
            goals: ``[N, *S]``, or a single state.

        Returns:
            float32 [N, num_states], in steps; where every state is a place on the map,
            [N, H, W]. On walls the values mean nothing.

        Raises:
            TypeError, ValueError: as of ``distance``; also a domain without tables.
        """
        of, seen = self._seen(domain)
        require(of, Enumerable, "table")
        last = checked_states("goals", goals, of)
        every = seen.states(of.all_states())
        result = np.empty((len(last), of.num_states), np.float32)
        with BesideTrunks(self.model):
            for part, worlds, index in seen.parts(len(last), self._numbers_of_field(seen)):
                steps = self._fields(worlds, index, seen.states(last[part]), every)
                result[part] = steps.float().cpu().numpy()
        shape = seen.sizes.map_shape
        is_map = shape is not None and shape[0] * shape[1] == of.num_states
        return result.reshape(len(last), *shape) if shape and is_map else result

    def _numbers_of_field(self, seen: SeenDomain) -> int:
        """How many numbers a table of one goal takes to make, in pairs of embeddings."""
        num: int = seen.domain.num_states
        has_survey = len(seen.domain) == 1 and self.readings.survey(next(seen.worlds())) is not None
        return -(-num // NUMBERS_OF_PAIR) if has_survey else num

    def _fields(
        self, worlds: torch.Tensor, index: torch.Tensor, goals: torch.Tensor, every: torch.Tensor
    ) -> torch.Tensor:
        """Predicted distances from states ``[M, *V]`` to goals ``[N, *V]``, [N, M]."""
        if (survey := self.readings.survey(worlds)) is not None:
            found = self.model.towards(survey, goals.view(len(worlds), -1))
            return found.flatten(0, 1)[:, every]
        context = self.readings.read(worlds)
        features = self.model.goal_features(context, index, goals)
        return self.model.steps(context, index[:, None], every[None], features[:, None])

    def heatmap(self, domain: Domain | ArrayLike, goals: ArrayLike) -> NDArray[np.float32]:
        """What to look at: ``table`` on the map, float32 [N, H, W], NaN where no state is.

        Raises:
            TypeError, ValueError: as of ``table``; also a domain without maps.
        """
        of = domain_of("domain", domain)
        require(of, Mapped, "heatmap")
        values = self.table(of, goals)
        walls = of.maps()
        field = np.full((len(values), *walls.shape[1:]), np.nan, np.float32)
        field.reshape(len(values), -1)[:, of.places(of.all_states())] = values.reshape(
            len(values), -1
        )
        field[np.broadcast_to(walls != 0, field.shape)] = np.nan
        return field

    def heuristic(self, domain: Domain, goals: ArrayLike) -> Table | StateHeuristic:
        """What a search asks for predictions: a table, or a function of (problem, state).

        A table where the model makes one in a single look at the world, otherwise a
        function that runs the network on just the states that the search meets.
        """
        of, seen = self._seen(domain)
        if self.model.is_lookup and offers(of, Enumerable):
            return self.table(of, goals)
        last = checked_states("goals", goals, of)
        return StateHeuristic(self.model, self.readings, seen, last)

    def _seen(self, domain: Domain | ArrayLike) -> tuple[Any, SeenDomain]:
        """A domain, and how the model sees it.

        Raises:
            TypeError: the domain lacks what the model sees.
            ValueError: the model was made for another size of domain.
        """
        of = domain_of("domain", domain)
        self.model.view.check(of, self.config.model.encoder)
        sizes = Sizes.of(of)
        if self.model.sizes is not None:
            self.model.sizes.check(sizes)
        return of, SeenDomain(of, sizes, self.model.view, self.device, self.pairs_at_once)


class StateHeuristic:
    """Predictions for the states a search meets, one network call for all of them.

    What depends on the world or the goal alone is computed once, here.

    Args:
        model: the network.
        readings: of it.
        seen: the domain as it sees it.
        goals: ``[N, *S]``.
    """

    @settled()
    def __init__(
        self, model: DistanceModel, readings: Readings, seen: SeenDomain, goals: Rows
    ) -> None:
        self.model, self.seen = model, seen
        self.beside = BesideTrunks(model)
        self.context = torch.cat([readings.read(worlds) for worlds in seen.worlds()])
        self.worlds = torch.arange(len(goals), device=seen.device) % len(self.context)
        states, size = seen.states(goals), seen.pairs_at_once
        parts = zip(self.worlds.split(size), states.split(size), strict=True)
        self.features = torch.cat(
            [model.goal_features(self.context, world, goal) for world, goal in parts]
        )

    @settled()
    def __call__(self, problem: NDArray[np.int32], state: Rows) -> NDArray[np.float32]:
        """Predicted steps to the goals of problems: int32 [M], ``[M, *S]`` to float32 [M]."""
        size = self.seen.pairs_at_once
        with self.beside:
            problems = torch.tensor(problem, dtype=torch.int64, device=self.seen.device)
            states = self.seen.states(state)
            steps = [
                self.model.steps(self.context, self.worlds[p], s, self.features[p])
                for p, s in zip(problems.split(size), states.split(size), strict=True)
            ]
            return torch.cat(steps).float().cpu().numpy()


def load(run: str | os.PathLike[str] | None = None, device: str = "cpu") -> LearnedMetric:
    """The metric of a run folder, or one that comes with the package.

    Args:
        run: a run folder, or the name of a shipped metric, such as "cube3" or "tiles4". A name
            wins over a folder of that name in the working directory, which "./cube3" or
            ``Path("cube3")`` means. None for the shipped metric of mazes.
        device: "cpu" or "cuda".

    Raises:
        CheckpointError: the folder is not a run, or is damaged.
        ValueError: a bare name is neither a shipped metric nor a folder.
    """
    return LearnedMetric.from_pretrained(run_folder(run), device)
