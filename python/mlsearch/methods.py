"""The one table that says what a method is, and the terms a loss is made of.

A method is a ``RunConfig``: which data, which model, which objective, which optimizer.
To add one, put a config of your own into ``METHODS``; to add a new kind of loss, put a
function into ``TERMS`` and name it in ``ObjectiveConfig.terms``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from mlsearch import objectives
from mlsearch.batches import Batch
from mlsearch.config import (
    DataConfig,
    ModelConfig,
    ObjectiveConfig,
    RunConfig,
    TrainingConfig,
)
from mlsearch.distances import cross
from mlsearch.distributed import gather
from mlsearch.models import BroNetClassifier, DistanceModel, EmbeddingMetric
from mlsearch.plugins import find


class Outputs:
    """What a model says of a batch; each part is computed when first asked for.

    Args:
        model: any ``DistanceModel``.
        batch: the pairs.
    """

    def __init__(self, model: DistanceModel, batch: Batch) -> None:
        self.model = model
        self.batch = batch
        self.context = model.read(batch.walls, batch.maze_goals)

    @cached_property
    def _both_embeddings(self) -> tuple[Tensor, Tensor]:
        """Of all states and all goals, by one pass of the encoder: half the calls."""
        batch = self.batch
        both = self._metric("contrastive").embeddings(
            self.context, batch.mazes.repeat(2), torch.cat([batch.states, batch.goals])
        )
        states, goals = both.split(len(batch.mazes))
        return states, goals

    @cached_property
    def goal_features(self) -> Tensor:
        """Of each pair's goal: float [N, F]."""
        if isinstance(self.model, EmbeddingMetric):
            return self._both_embeddings[1]
        return self.model.goal_features(self.context, self.batch.mazes, self.batch.goals)

    @cached_property
    def state_embeddings(self) -> Tensor:
        """Of each pair's state: float [N, D]. Only metrics have them."""
        return self._both_embeddings[0]

    @cached_property
    def steps(self) -> Tensor:
        """Predicted steps of each pair: float [N]."""
        if isinstance(self.model, EmbeddingMetric):
            return self.model.scaled(self.model.between(self.state_embeddings, self.goal_features))
        return self.model.steps(
            self.context, self.batch.mazes, self.batch.states, self.goal_features
        )

    @cached_property
    def neighbour_steps(self) -> Tensor:
        """Predicted steps to the goal from each neighbour of the state: float [N, 4]."""
        return self.model.steps(
            self.context,
            self.batch.mazes[:, None],
            self.batch.neighbours,
            self.goal_features[:, None],
        )

    @cached_property
    def cross_distances(self) -> Tensor:
        """Unscaled distance from every state to every goal of the batch: float [N, N].

        Where several processes share a batch, it is the whole batch, in each of them.
        """
        between = self._metric("contrastive").between
        states, goals = gather(self.state_embeddings), gather(self.goal_features)
        return cross(between, states, goals)

    @cached_property
    def logits(self) -> Tensor:
        """Scores of the distance classes: float [N, num_classes]. Only classifiers have them."""
        if not isinstance(self.model, BroNetClassifier):
            raise ValueError("objective.terms: 'classification' needs encoder 'bronet_classifier'")
        return self.model.logits(self.batch.states, self.goal_features)

    def _metric(self, term: str) -> EmbeddingMetric:
        if not isinstance(self.model, EmbeddingMetric):
            raise ValueError(f"objective.terms: {term!r} needs a model with embeddings")
        return self.model


Term = Callable[[Outputs, ObjectiveConfig], Tensor]


def _contrastive(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    return objectives.info_nce(outputs.cross_distances, config.temperature, config.direction)


def _distance(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    return objectives.distance_regression(outputs.steps, outputs.batch.steps)


def _descent(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    batch = outputs.batch
    return objectives.local_descent(
        outputs.neighbour_steps, batch.is_neighbour, batch.target, config.sharpness
    )


def _classification(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    return objectives.classification(outputs.logits, outputs.batch.steps)


TERMS: dict[str, Term] = {
    "contrastive": _contrastive,
    "distance": _distance,
    "descent": _descent,
    "classification": _classification,
}
"""Terms by name. Add to it to make a loss of your own known to configs."""


def term(name: str) -> Term:
    """A term of the objective by its name.

    Raises:
        ValueError: there is no such term; the message names the closest one.
    """
    return find(TERMS, name, "term", "objective.terms")


def losses(model: DistanceModel, batch: Batch, config: ObjectiveConfig) -> dict[str, Tensor]:
    """The value of each term of the objective, not yet weighted.

    Raises:
        ValueError: a term is unknown, or the model cannot answer what it asks.
    """
    outputs = Outputs(model, batch)
    return {name: term(name)(outputs, config) for name in config.terms}


METHODS: dict[str, RunConfig] = {
    config.method: config
    for config in (
        # The three of the reproduced report.
        RunConfig(
            method="supervised",
            data=DataConfig(offsets="uniform", pairs_per_trajectory=8, symmetry=True),
            model=ModelConfig(encoder="bronet_classifier", agent=20.0),
            objective=ObjectiveConfig(terms={"classification": 1.0}),
        ),
        RunConfig(method="contrastive"),
        RunConfig(method="stitching", data=DataConfig(per_maze=8, fragment_length=16)),
        # Contrastive with in-trajectory negatives, "repeated trajectories" (Ziarko et al. 2025,
        # "Contrastive Representations for Temporal Reasoning", arXiv 2508.13113).
        RunConfig(method="crtr", data=DataConfig(pairs_per_trajectory=8, symmetry=True)),
        # Ours, from the same data.
        RunConfig(
            method="hybrid",
            data=DataConfig(offsets="uniform", pairs_per_trajectory=8, symmetry=True),
            model=ModelConfig(encoder="bronet_window", agent=3.0),
            objective=ObjectiveConfig(terms={"distance": 1.0, "contrastive": 0.1}),
            training=TrainingConfig(steps=100_000, learning_rate=1e-3, schedule="cosine"),
        ),
        RunConfig(
            method="landmark_wave",
            data=DataConfig(pairs_per_trajectory=16, offsets="uniform", symmetry=True),
            model=ModelConfig(encoder="landmark_wave", distance="max", hidden=16),
            objective=ObjectiveConfig(terms={"distance": 0.3, "descent": 1.0}),
            training=TrainingConfig(
                steps=1000,
                batch_size=256,
                learning_rate=2e-2,
                schedule="one_cycle",
                clip=1.0,
                log_every=25,
                evaluate_every=250,
            ),
        ),
    )
}
"""Methods by name. Add to it to make one of your own known to the command line."""


def method_config(name: str) -> RunConfig:
    """The config of a method by its name.

    Raises:
        ValueError: there is no such method; the message names the closest one.
    """
    return find(METHODS, name, "method")
