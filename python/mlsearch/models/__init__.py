"""Networks: encoders of states and of whole mazes, and the models that predict distances."""

from __future__ import annotations

from collections.abc import Callable

from mlsearch.base.plugins import find
from mlsearch.config import ModelConfig
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.models.base import DistanceModel, Encoder
from mlsearch.models.bronet import BroNet, BroNetClassifier, WindowBroNet
from mlsearch.models.distances import DISTANCES
from mlsearch.models.landmark_wave import LandmarkWave
from mlsearch.models.metric import EmbeddingMetric
from mlsearch.models.recurrent_conv import RecurrentConv

__all__ = [
    "ENCODERS",
    "BroNet",
    "BroNetClassifier",
    "DistanceModel",
    "EmbeddingMetric",
    "Encoder",
    "LandmarkWave",
    "RecurrentConv",
    "WindowBroNet",
    "build_model",
]


def _bronet(config: ModelConfig, mazes: MazeConfig) -> Encoder:
    return BroNet(
        mazes.height,
        mazes.width,
        config.hidden,
        config.num_blocks,
        config.embedding,
        config.agent,
    )


def _window_bronet(config: ModelConfig, mazes: MazeConfig) -> Encoder:
    return WindowBroNet(
        mazes.height,
        mazes.width,
        config.hidden,
        config.num_blocks,
        config.embedding,
        config.radius,
        config.agent,
    )


def _landmark_wave(config: ModelConfig, mazes: MazeConfig) -> Encoder:
    return LandmarkWave(config.hidden, config.embedding, config.iterations)


def _recurrent_conv(config: ModelConfig, mazes: MazeConfig) -> Encoder:
    return RecurrentConv(config.hidden, config.embedding, config.iterations)


ENCODERS: dict[str, Callable[[ModelConfig, MazeConfig], Encoder]] = {
    "bronet": _bronet,
    "bronet_window": _window_bronet,
    "landmark_wave": _landmark_wave,
    "recurrent_conv": _recurrent_conv,
}
"""Encoders by name. Add to it to make an encoder of your own known to configs."""


def build_model(config: ModelConfig, mazes: MazeConfig) -> DistanceModel:
    """The model that a config describes, with fresh random weights.

    Raises:
        ValueError: the name of the encoder or of the distance is not known.
    """
    if config.encoder == "bronet_classifier":
        return BroNetClassifier(
            mazes.height,
            mazes.width,
            config.hidden,
            config.num_blocks,
            config.num_classes,
            config.agent,
            config.readout,
        )
    encoder = find(ENCODERS, config.encoder, "encoder", "model.encoder", ["bronet_classifier"])
    find(DISTANCES, config.distance, "distance", "model.distance")
    return EmbeddingMetric(encoder(config, mazes), config.distance)
