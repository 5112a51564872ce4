"""What a run reads of its batches, and blocks of that made from plain states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlsearch.config import ObjectiveConfig, RunConfig
from mlsearch.domains.contract import Domain, Rows
from mlsearch.domains.rows import checked_neighbours, is_goal, same
from mlsearch.learning.blocks import Block, Moves
from mlsearch.learning.terms import term
from mlsearch.models import DistanceModel, View
from mlsearch.runs.checkpoint import model_outline


@dataclass(frozen=True)
class Reads:
    """What a model and an objective read of a batch.

    Args:
        view: how the model sees the domain.
        moves: whether a term of the objective reads neighbours and targets.
        who: what messages call the model.
    """

    view: View
    moves: bool
    who: str = "the encoder"

    @classmethod
    def of(cls, config: RunConfig, model: DistanceModel | None = None) -> Reads:
        """Those of a run, and of its model where that is made already.

        Raises:
            TypeError, ValueError: the model or a term of the objective cannot be made.
        """
        view = (model or model_outline(config)).view
        return cls(view, any_reads_moves(config.objective), config.model.encoder)

    def block(
        self,
        domain: Domain,
        states: Rows,
        goals: Rows,
        steps: NDArray[np.int32],
        after: Rows,
        goals_per_world: int | None = None,
    ) -> Block:
        """A block in which the right move of each pair is the one that was made.

        Args:
            domain: S * B worlds, those of one step after those of another, or a single world
                for all of them.
            states: ``[S, N, *S']``, where S' is the shape of a state; pair n lies in world
                n // (N / B) of its step.
            goals: ``[S, N, *S']``, of the same pairs.
            steps: integers [S, N], the known numbers of steps from state to goal.
            after: ``[S, N, *S']``, the state that the walk went to next.
            goals_per_world: G; None if every pair may have a goal of its own.

        Raises:
            TypeError: the domain lacks what the model sees.
        """
        found = self._neighbours(domain, states)
        moves = None
        if found is not None:
            spec = domain.states
            is_move = ~same(found, states[:, :, None], spec)
            is_right = same(found, after[:, :, None], spec) & is_move
            is_right &= ~is_goal(states, goals, spec)[..., None]  # a walk may come back to it
            moves = self.moves_of(domain, states, goals, found, is_move, is_right)
        return self.block_with(domain, states, goals, steps, moves, goals_per_world)

    def block_with(
        self,
        domain: Domain,
        states: Rows,
        goals: Rows,
        steps: NDArray[np.int32],
        moves: Moves | None,
        goals_per_world: int | None = None,
    ) -> Block:
        """A block with given moves, as of ``moves_of``; the rest as of ``block``."""
        self.view.check(domain, self.who)
        num_steps, num_pairs = states.shape[:2]
        worlds = self.view.worlds(domain)
        if len(worlds) == 1:
            worlds = np.broadcast_to(worlds, (num_steps, *worlds.shape[1:]))
        worlds = worlds.reshape(num_steps, -1, *worlds.shape[1:])
        return Block(
            worlds,
            self.view.states(domain, states),
            self.view.states(domain, goals),
            np.asarray(steps),
            num_pairs // worlds.shape[1] if goals_per_world is None else goals_per_world,
            moves,
        )

    def moves_of(
        self,
        domain: Domain,
        states: Rows,
        goals: Rows,
        neighbours: Rows,
        is_move: NDArray[np.bool_],
        is_right: NDArray[np.bool_],
    ) -> Moves:
        """Moves of which all right ones are equally probable.

        Args:
            domain, states, goals: as of ``block``.
            neighbours: ``[S, N, K, *S']``.
            is_move: bool [S, N, K], which moves are not blocked.
            is_right: bool [S, N, K], which of them the model should learn to choose.
        """
        target = is_right / np.maximum(is_right.sum(-1, keepdims=True), 1)
        seen = self.view.states(domain, neighbours)
        spec = domain.states
        return Moves(
            seen,
            is_move,
            target.astype(np.float32),
            is_goal(neighbours, goals[:, :, None], spec),
            is_goal(states, goals, spec),
        )

    def _neighbours(self, domain: Domain, states: Rows) -> Rows | None:
        """Where the moves lead, ``[S, N, K, *S']``, if a term reads that."""
        return neighbours_of(domain, states) if self.moves else None


def neighbours_of(domain: Domain, states: Rows) -> Rows:
    """Where the moves from the states of a block lead: ``[S, N, *S']`` to ``[S, N, K, *S']``."""
    num = states.shape[0] * states.shape[1]
    worlds = (np.arange(num) // (num // len(domain))).astype(np.int32)
    found = checked_neighbours(domain, states.reshape(num, *domain.states.shape), worlds)
    return found.reshape(*states.shape[:2], *found.shape[1:])


def any_reads_moves(objective: ObjectiveConfig) -> bool:
    """Whether a term of an objective reads the moves of a batch.

    Raises:
        ValueError: a term is unknown.
    """
    return any(getattr(term(name), "reads_moves", False) for name in objective.terms)


def any_reads_slow(objective: ObjectiveConfig) -> bool:
    """Whether a term of an objective reads the slow copy of the model.

    Raises:
        ValueError: a term is unknown.
    """
    return any(getattr(term(name), "reads_slow", False) for name in objective.terms)
