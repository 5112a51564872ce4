"""What a model read of single worlds, kept for the next time that one of them is shown."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mlsearch.models import DistanceModel

MAX_BYTES = 2**28
"""Of all readings that a metric keeps; the oldest go first, and larger ones are not kept."""


class Readings:
    """A model's ``read`` and ``survey``, which look at a world that they know only once.

    Kept are readings of one world at a time, such as a map with many problems on it, of models that
    do all their work then (``is_lookup``). Worlds are recognised by their content, and the weights
    are compared too, so a reading is never used for another map or after more training.

    Args:
        model: whose readings they are.
    """

    def __init__(self, model: DistanceModel) -> None:
        self._model = model
        self._kept: list[_Reading] = []

    def read(self, worlds: Tensor) -> Tensor:
        """``model.read(worlds)``: uint8 [B, ...] to float [B, ...]."""
        found = self._looked(self._model.read, worlds)
        assert found is not None
        return found

    def survey(self, worlds: Tensor) -> Tensor | None:
        """``model.survey(worlds)``: uint8 [B, ...] to float [B, ...] or None."""
        return self._looked(self._model.survey, worlds)

    def _looked(self, look: Callable[[Tensor], Tensor | None], worlds: Tensor) -> Tensor | None:
        if len(worlds) != 1 or not self._model.is_lookup:
            return look(worlds)
        weights = [weight.detach() for weight in self._model.parameters()]
        for reading in self._kept:
            if reading.is_of(look.__name__, worlds, weights):
                return reading.found
        made = _Reading(look.__name__, worlds, [weight.clone() for weight in weights], look(worlds))
        self._kept = self._newest([made, *self._kept])
        return made.found

    def _newest(self, readings: list[_Reading]) -> list[_Reading]:
        """As many of them, from the first on, as there is room for."""
        room, kept = MAX_BYTES, []
        for reading in readings:
            room -= reading.num_bytes
            if room >= 0:
                kept.append(reading)
        return kept


class _Reading:
    def __init__(
        self, name: str, worlds: Tensor, weights: list[Tensor], found: Tensor | None
    ) -> None:
        self.name, self.worlds, self.weights, self.found = name, worlds, weights, found

    def is_of(self, name: str, worlds: Tensor, weights: list[Tensor]) -> bool:
        return (
            self.name == name
            and torch.equal(self.worlds, worlds)
            and all(map(torch.equal, self.weights, weights))
        )

    @property
    def num_bytes(self) -> int:
        tensors = [self.worlds, *self.weights, *([] if self.found is None else [self.found])]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
