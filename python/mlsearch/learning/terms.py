"""The terms that a loss is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from mlsearch.base.plugins import find
from mlsearch.config import ObjectiveConfig
from mlsearch.learning import objectives
from mlsearch.learning.blocks import Batch, Moves
from mlsearch.learning.distributed import gather
from mlsearch.models import BroNetClassifier, DistanceModel, EmbeddingMetric
from mlsearch.models.distances import cross


class Outputs:
    """What a model says of a batch; each part is computed when first asked for.

    Args:
        model: any ``DistanceModel``.
        batch: the pairs.
        slow: the same model with averaged weights, for terms that are marked by ``reads_slow``.
    """

    def __init__(
        self, model: DistanceModel, batch: Batch, slow: DistanceModel | None = None
    ) -> None:
        self.model = model
        self.batch = batch
        self._slow = slow

    @cached_property
    def context(self) -> Tensor:
        """What the model reads of the worlds: float [B, ...]."""
        return self.model.read(self.batch.worlds, self.batch.world_goals)

    @cached_property
    def _both_embeddings(self) -> tuple[Tensor, Tensor]:
        """Of all states and all goals, by one pass of the encoder: half the calls."""
        batch = self.batch
        both = self._metric("contrastive").embeddings(
            self.context, batch.index.repeat(2), torch.cat([batch.states, batch.goals])
        )
        states, goals = both.split(len(batch.index))
        return states, goals

    @cached_property
    def goal_features(self) -> Tensor:
        """Of each pair's goal: float [N, F]."""
        if isinstance(self.model, EmbeddingMetric):
            return self._both_embeddings[1]
        return self.model.goal_features(self.context, self.batch.index, self.batch.goals)

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
            self.context, self.batch.index, self.batch.states, self.goal_features
        )

    @property
    def moves(self) -> Moves:
        """The moves from each state, for terms that are marked by ``reads_moves``.

        Raises:
            ValueError: the batch has none.
        """
        if self.batch.moves is None:
            raise ValueError(
                "objective.terms: a term reads the moves of a batch that has none; mark the term "
                "with mlsearch.learning.terms.reads_moves, and make blocks of your own by Reads"
            )
        return self.batch.moves

    @cached_property
    def neighbour_steps(self) -> Tensor:
        """Predicted steps to the goal from each neighbour of the state: float [N, K]."""
        return self.model.steps(
            self.context,
            self.batch.index[:, None],
            self.moves.neighbours,
            self.goal_features[:, None],
        )

    @cached_property
    def slow_neighbour_steps(self) -> Tensor:
        """``neighbour_steps`` by the slow copy, without gradient: float [N, K].

        Raises:
            ValueError: the run keeps no averaged weights.
        """
        if self._slow is None:
            raise ValueError(
                "objective.terms: a term reads the slow copy of the model, the averaged weights; "
                "mark it with mlsearch.learning.terms.reads_slow and set training.weight_average"
            )
        with torch.no_grad():
            return Outputs(self._slow, self.batch).neighbour_steps

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
        return self.model.outputs(self.batch.states, self.goal_features)

    def _metric(self, term: str) -> EmbeddingMetric:
        if not isinstance(self.model, EmbeddingMetric):
            raise ValueError(f"objective.terms: {term!r} needs a model with embeddings")
        return self.model


Term = Callable[[Outputs, ObjectiveConfig], Tensor]


def reads_moves(term: Term) -> Term:
    """Marks a term that reads ``Outputs.moves`` or ``Outputs.neighbour_steps``.

    Neighbours and targets are made only for runs with such a term.
    """
    term.reads_moves = True  # type: ignore[attr-defined]
    return term


def reads_slow(term: Term) -> Term:
    """Marks a term that reads ``Outputs.slow_neighbour_steps``, and so the moves too.

    Runs with such a term need ``training.weight_average``, the slow copy.
    """
    term.reads_slow = True  # type: ignore[attr-defined]
    return reads_moves(term)


def reads_negatives(term: Term) -> Term:
    """Marks a term that tells the pairs of a batch apart, and so learns nothing from one pair.

    A run with such a term is refused where all pairs of a batch have the same goal.
    """
    term.reads_negatives = True  # type: ignore[attr-defined]
    return term


@reads_negatives
def _contrastive(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    return objectives.info_nce(outputs.cross_distances, config.temperature, config.direction)


def _distance(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    return objectives.distance_regression(outputs.steps, outputs.batch.steps)


def _walk_length(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    return objectives.squared_error(outputs.steps, outputs.batch.steps)


@reads_slow
def _bellman(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    return objectives.squared_error(outputs.steps, bellman_target(outputs))


def bellman_target(outputs: Outputs) -> Tensor:
    """What the term "bellman" asks of each pair: float [N], see ``objectives.bellman_target``."""
    moves = outputs.moves
    return objectives.bellman_target(
        outputs.slow_neighbour_steps, moves.is_move, moves.to_goal, moves.at_goal
    )


@reads_moves
def _descent(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    moves = outputs.moves
    return objectives.local_descent(
        outputs.neighbour_steps, moves.is_move, moves.target, config.sharpness
    )


def _classification(outputs: Outputs, config: ObjectiveConfig) -> Tensor:
    return objectives.classification(outputs.logits, outputs.batch.steps)


TERMS: dict[str, Term] = {
    "contrastive": _contrastive,
    "distance": _distance,
    "walk_length": _walk_length,
    "bellman": _bellman,
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


def losses(
    model: DistanceModel,
    batch: Batch,
    config: ObjectiveConfig,
    slow: DistanceModel | None = None,
) -> dict[str, Tensor]:
    """The value of each term of the objective, not yet weighted.

    Args:
        model, batch, slow: as of ``Outputs``.
        config: the objective.

    Raises:
        ValueError: a term is unknown, or the model cannot answer what it asks.
    """
    outputs = Outputs(model, batch, slow)
    return {name: term(name)(outputs, config) for name in config.terms}
