"""Networks: encoders of states and of whole maps, and the models that predict distances."""

from __future__ import annotations

from collections.abc import Callable

from mlsearch.base.plugins import find
from mlsearch.config import ModelConfig
from mlsearch.models.base import DistanceModel, Encoder
from mlsearch.models.board import BoardRegressor
from mlsearch.models.bronet import BroNet
from mlsearch.models.classifier import BroNetClassifier
from mlsearch.models.distances import DISTANCES
from mlsearch.models.landmark_wave import LandmarkWave
from mlsearch.models.metric import EmbeddingMetric
from mlsearch.models.recurrent_conv import RecurrentConv
from mlsearch.models.regressor import BroNetRegressor
from mlsearch.models.views import BOARDS, FEATURES, MAPS, Sizes, View
from mlsearch.models.window import WindowBroNet

__all__ = [
    "BOARDS",
    "DISTANCES",
    "ENCODERS",
    "FEATURES",
    "MAPS",
    "PAIR_MODELS",
    "BoardRegressor",
    "BroNet",
    "BroNetClassifier",
    "BroNetRegressor",
    "DistanceModel",
    "EmbeddingMetric",
    "Encoder",
    "LandmarkWave",
    "RecurrentConv",
    "Sizes",
    "View",
    "WindowBroNet",
    "build_model",
]


def _bronet(config: ModelConfig, sizes: Sizes) -> Encoder:
    return BroNet(sizes, config.hidden, config.num_blocks, config.embedding, config.agent)


def _window_bronet(config: ModelConfig, sizes: Sizes) -> Encoder:
    return WindowBroNet(
        sizes, config.hidden, config.num_blocks, config.embedding, config.radius, config.agent
    )


def _landmark_wave(config: ModelConfig, sizes: Sizes) -> Encoder:
    return LandmarkWave(config.hidden, config.embedding, config.iterations, config.max_landmarks)


def _recurrent_conv(config: ModelConfig, sizes: Sizes) -> Encoder:
    return RecurrentConv(config.hidden, config.embedding, config.iterations)


ENCODERS: dict[str, Callable[[ModelConfig, Sizes], Encoder]] = {
    "bronet": _bronet,
    "bronet_window": _window_bronet,
    "landmark_wave": _landmark_wave,
    "recurrent_conv": _recurrent_conv,
}
"""Encoders by name. Add to it to make an encoder of your own known to configs."""


def _classifier(config: ModelConfig, sizes: Sizes) -> DistanceModel:
    return BroNetClassifier(
        sizes, config.hidden, config.num_blocks, config.num_classes, config.agent, config.readout
    )


def _regressor(config: ModelConfig, sizes: Sizes) -> DistanceModel:
    return BroNetRegressor(sizes, config.hidden, config.num_blocks, config.agent)


def _board_regressor(config: ModelConfig, sizes: Sizes) -> DistanceModel:
    if sizes.num_planes is None:
        raise ValueError(
            f"model.encoder: 'board_regressor' reads boards, and the domain has none ({sizes})"
        )
    return BoardRegressor(
        sizes.num_planes, config.hidden, config.num_blocks, config.embedding, config.iterations
    )


PAIR_MODELS: dict[str, Callable[[ModelConfig, Sizes], DistanceModel]] = {
    "bronet_classifier": _classifier,
    "bronet_regressor": _regressor,
    "board_regressor": _board_regressor,
}
"""Models that look at a state and a goal together, by name; a run names them as its encoder. Add
to it to make one of your own known to configs."""


def build_model(config: ModelConfig, sizes: Sizes) -> DistanceModel:
    """The model that a config describes, with fresh random weights.

    Args:
        config: the section ``model`` of a run.
        sizes: of the domain, see :meth:`Sizes.of`.

    Raises:
        TypeError: an entry of ``DISTANCES`` did not make a function.
        ValueError: the name of the encoder or of the distance is not known, or the encoder
            needs what the domain lacks.
    """
    if pair_model := PAIR_MODELS.get(config.encoder):
        return pair_model(config, sizes)
    encoder = find(ENCODERS, config.encoder, "encoder", "model.encoder", [*PAIR_MODELS])
    distance = find(DISTANCES, config.distance, "distance", "model.distance")
    made = encoder(config, sizes)
    between = distance(config)
    if not callable(between):
        raise TypeError(
            f"model.distance: expected DISTANCES[{config.distance!r}] to make a function of two "
            f"tensors, got {type(between).__name__}"
        )
    return EmbeddingMetric(made, between)
