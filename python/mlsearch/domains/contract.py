"""What a domain is: read this first."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

NO_STATE = -1


@runtime_checkable
class Domain(Protocol):
    """A puzzle or any other graph: states are integers from 0 to 2**63 - 1, moves cost 1.

    Example:
        >>> class Ring:
        ...     def neighbours(self, states):
        ...         return np.stack([(states + 1) % 10, (states - 1) % 10], axis=1)
        >>> mlsearch.solve(Ring(), [0, 3], 5, lambda problem, state: abs(state - 5.0)).cost
        array([5, 2], dtype=int32)
    """

    def neighbours(self, states: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where moves lead from M states, asked once a round for all problems together.

        Args:
            states: int64 [M], M >= 1; the same one may be there more than once.

        Returns:
            int64 [M, K], in the order that breaks ties, -1 for a move that is not possible. K
            may be another one in each call.
        """
        ...


@runtime_checkable
class EncodedDomain(Domain, Protocol):
    """A domain with what a network sees of its states."""

    def encode(self, states: NDArray[np.int64]) -> NDArray[np.float32]:
        """The features of M states: int64 [M] to float32 [M, F]."""
        ...
