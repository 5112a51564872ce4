"""How networks see a domain: by the active features of its states, on boards or not, or by maps.

Only NumPy arrays are handled here; what a network sees becomes tensors in batches and metrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.checks import answered
from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Boarded, Learnable, Mapped, Rows
from mlsearch.domains.extras import require
from mlsearch.domains.features import features_of, world_features_of
from mlsearch.domains.rows import checked_rows


class View:
    """What a network sees of a domain.

    Attributes:
        protocol: what the domain needs for it.
    """

    protocol: type

    def check(self, domain: Any, who: str) -> None:
        """Raises TypeError if the domain lacks what ``who`` sees; the message says what."""
        require(domain, self.protocol, who)

    def worlds(self, domain: Any) -> NDArray[np.uint8]:
        """What all states of a world have in common: uint8 ``[B, ...]``."""
        raise NotImplementedError

    def states(self, domain: Any, rows: Rows) -> NDArray[np.int32]:
        """States, ``[..., *S]``, as integers ``[..., *V]``, where V is the shape of the view."""
        raise NotImplementedError


class _Features(View):
    protocol = Learnable

    def worlds(self, domain: Learnable) -> NDArray[np.uint8]:
        return world_features_of(domain)

    def states(self, domain: Learnable, rows: Rows) -> NDArray[np.int32]:
        lead, flat = _flat(domain, rows)
        found = features_of(domain, flat)
        return found.reshape(*lead, found.shape[-1])


class _Boards(_Features):
    protocol = Boarded

    def worlds(self, domain: Boarded) -> NDArray[np.uint8]:  # type: ignore[override]
        planes, height, width = domain.board_shape
        shown = super().worlds(domain)[:, : planes * height * width]
        return np.ascontiguousarray(shown).reshape(-1, planes, height, width)


class _Maps(View):
    protocol = Mapped

    def worlds(self, domain: Mapped) -> NDArray[np.uint8]:
        return np.ascontiguousarray(domain.maps(), np.uint8)

    def states(self, domain: Mapped, rows: Rows) -> NDArray[np.int32]:
        lead, flat = _flat(domain, rows)
        return np.asarray(domain.places(flat), np.int32).reshape(lead)


FEATURES = _Features()
"""Worlds are uint8 ``[B, F]``, 1 for their features; states are int32 ``[..., A]``, their active
features."""

BOARDS = _Boards()
"""The same states; worlds are uint8 ``[B, P, H, W]``, 1 for their features on P planes."""

MAPS = _Maps()
"""Worlds are uint8 ``[B, H, W]``, 1 on walls; states are int32 ``[...]``, row * W + column."""


def _flat(domain: Any, rows: Rows) -> tuple[tuple[int, ...], Rows]:
    shape = domain.states.shape
    lead = rows.shape[: rows.ndim - len(shape)]
    return lead, rows.reshape(-1, *shape)


@dataclass(frozen=True)
class Sizes:
    """The sizes of a domain that networks are made for.

    Attributes:
        num_features: F.
        num_active: A, the features of a state.
        map_shape: (H, W); None for a domain without maps.
        num_planes: P; None for a domain without boards.
    """

    num_features: int
    num_active: int
    map_shape: tuple[int, int] | None = None
    num_planes: int | None = None

    @classmethod
    def of(cls, domain: Any) -> Sizes:
        """Those of a domain.

        Raises:
            TypeError: the domain is not learnable.
            DomainError: its features have another form than its contract says.
        """
        require(domain, Learnable, "a network")
        first = answered("origins", domain.origins(np.zeros(1, np.int32), np.zeros(1, np.uint64)))
        num_active = features_of(domain, checked_rows("origins", first, domain.states, 1)).shape[1]
        maps = domain.maps().shape if offers(domain, Mapped) else None
        planes = int(domain.board_shape[0]) if offers(domain, Boarded) else None
        shape = (maps[1], maps[2]) if maps else None
        return cls(int(domain.num_features), num_active, shape, planes)

    def __str__(self) -> str:
        if self.map_shape:
            return "maps of {} x {}".format(*self.map_shape)
        return f"{self.num_features} features, {self.num_active} of them active"

    def check(self, found: Sizes, name: str = "domain") -> None:
        """Raises ValueError unless the sizes found are these; ``name`` begins the message."""
        if found != self:
            raise ValueError(f"{name}: this model was made for {self._beside(found)}")

    def _beside(self, found: Sizes) -> str:
        if self.map_shape and found.map_shape and self.map_shape != found.map_shape:
            return "{}, got {} x {}".format(self, *found.map_shape)
        if (self.map_shape is None) != (found.map_shape is None):
            return f"{self}, got {found}"
        if self.num_features != found.num_features:
            return f"{self.num_features} features, got {found.num_features}"
        return f"{self.num_active} active features, got {found.num_active}"
