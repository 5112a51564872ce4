"""What every encoder and every distance model promises.

``worlds`` below are what the view of the network shows of B worlds: uint8 ``[B, H, W]``, maps, or
uint8 ``[B, F]``, features. ``states`` are integers ``[..., *V]``: V is empty for places on maps and
``[A]`` for active features. See :mod:`mlsearch.models.views`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from mlsearch.models.views import MAPS, Sizes, View


class Encoder(ABC, nn.Module):
    """Turns states into embeddings, in two steps.

    ``read`` looks at a whole world once; ``at`` then answers for any of its states. An
    encoder of states does the part that all states of a world share in ``read``; an
    encoder of whole maps does everything there and only looks up in ``at``.

    Attributes:
        is_lookup: ``at`` is an indexing operation, so a table of all states costs nothing.
        view: what it sees of a domain.
        sizes: the only sizes of a domain that it can work with; None for any.
    """

    is_lookup: bool
    view: View = MAPS
    sizes: Sizes | None = None

    @abstractmethod
    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        """Looks at worlds.

        Args:
            worlds: uint8 [B, ...].
            goals: int64 [B, G, *V], the goals that the answers will be used for, when they are
                known beforehand, as in training. An encoder may do without.

        Returns:
            The context, float [B, ...], for ``at``.

        Raises:
            ValueError: the encoder was made for another size of world.
        """

    @abstractmethod
    def at(self, context: Tensor, worlds: Tensor, states: Tensor) -> Tensor:
        """Embeddings of states.

        Args:
            context: what ``read`` returned, [B, ...].
            worlds: int64 [...], which world of the context.
            states: int64 [..., *V], states of those worlds; the first axes broadcast with it.

        Returns:
            float [..., D].
        """

    def survey(self, worlds: Tensor) -> Tensor | None:
        """What ``towards`` needs of worlds: uint8 [B, ...] to float [B, ...].

        None, as here: the fields of single goals are made from the embeddings.
        """
        return None

    def towards(self, survey: Tensor, goals: Tensor) -> Tensor:
        """How far all places are from goals, where there is a better way than by embeddings.

        Args:
            survey: what ``survey`` returned, [B, ...].
            goals: int64 [B, G], places.

        Returns:
            float [B, G, num_places], in the units of a coordinate of an embedding.
        """
        raise NotImplementedError


class DistanceModel(ABC, nn.Module):
    """A network that predicts the number of steps from a state to a goal.

    The work is split so that nothing is done twice: ``read`` once per world,
    ``goal_features`` once per goal, ``steps`` once per state.

    Attributes:
        is_lookup: ``steps`` runs no network, so predicting a whole table is cheap.
        is_symmetric: whether it is known to predict the same in both directions.
        view, sizes: as of ``Encoder``.
    """

    is_lookup: bool
    is_symmetric: bool = False
    view: View = MAPS
    sizes: Sizes | None = None

    @abstractmethod
    def read(self, worlds: Tensor, goals: Tensor | None = None) -> Tensor:
        """The context of worlds, as of ``Encoder.read``: uint8 [B, ...] to float [B, ...]."""

    @abstractmethod
    def goal_features(self, context: Tensor, worlds: Tensor, goals: Tensor) -> Tensor:
        """What to compute once per goal: int64 [...] and [..., *V] to float [..., F]."""

    @abstractmethod
    def steps(
        self, context: Tensor, worlds: Tensor, states: Tensor, goal_features: Tensor
    ) -> Tensor:
        """Predicted distances in steps.

        Args:
            context: from ``read``.
            worlds: int64 [...].
            states: int64 [..., *V].
            goal_features: float [..., F], from ``goal_features``.

        Returns:
            float [...], never negative.
        """

    def survey(self, worlds: Tensor) -> Tensor | None:
        """What ``towards`` needs, as of ``Encoder.survey``; None: ask ``steps`` instead."""
        return None

    def towards(self, survey: Tensor, goals: Tensor) -> Tensor:
        """Predicted distances from all places to goals: [B, ...] and int64 [B, G] to steps.

        Returns:
            float [B, G, num_places].
        """
        raise NotImplementedError
