"""What a training run is, as frozen dataclasses, one per stage.

``RunConfig`` holds one of each. ``from_dict`` and ``to_dict`` turn it into the JSON of a
run folder and back; ``replaced`` sets single values by their dotted names.
"""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections import abc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the end of an error message: the closest known names, or all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"expected one of {', '.join(known)}"


def _check_choice(name: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise ValueError(f"{name}: unknown value {value!r}; {did_you_mean(value, known)}")


def _check_range(name: str, value: float, low: float, high: float = float("inf")) -> None:
    if not low <= value <= high:
        bounds = f"at least {low}" if high == float("inf") else f"{low} to {high}"
        raise ValueError(f"{name}: expected {bounds}, got {value}")


@dataclass(frozen=True, kw_only=True)
class MazeConfig:
    """Which mazes. The fields are the arguments of ``Mazes.generate``."""

    height: int = 20
    width: int = 20
    generator: str = "percolation"
    wall_probability: float = 0.35
    loops: float = 0.0

    def __post_init__(self) -> None:
        known = ("percolation", "depth_first", "wilson", "prim")
        _check_choice("mazes.generator", self.generator, known)
        for name in ("height", "width"):
            _check_range(f"mazes.{name}", getattr(self, name), 2, 4096)
        for name in ("wall_probability", "loops"):
            _check_range(f"mazes.{name}", getattr(self, name), 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """What the model learns from.

    Attributes:
        supervision: "trajectories" shows only trajectories: pairs of their states, the
            steps between them and the next state. "bfs" shows ground-truth distances.
        fresh: every batch has new mazes, instead of a fixed set made once.
        folder, checksum: a folder of trajectories to learn from, and the checksum that it has;
            ``data_settings`` of ``mlsearch.datasets`` gives both. None to make the trajectories,
            as the next settings say.
        num_trajectories: size of the fixed set; with "bfs", its number of mazes.
        per_maze: trajectories of one maze.
        policy, epsilon, max_length: as of ``Trajectories.sample``.
        fragment_length: cut trajectories to fragments of at most so many steps; 0 does not.
        num_stitched: learn from so many stitched trajectories made of the fragments, in
            place of the fragments themselves; 0 does not stitch.
        stitched_length: largest number of steps of a stitched trajectory.
        pairs_per_trajectory: pairs of a batch that share a trajectory. More than 1 gives
            in-trajectory negatives.
        offsets, gamma: distribution of the steps between a pair, as of ``PairSampler``.
        pairs_per_maze, goals_per_maze: with "bfs", pairs of a batch that share a maze,
            and the number of different goals among them.
        symmetry: show each maze in a random one of its symmetric forms.
    """

    supervision: str = "trajectories"
    fresh: bool = False
    folder: str | None = None
    checksum: str | None = None
    num_trajectories: int = 4000
    per_maze: int = 1
    policy: str = "shortest"
    epsilon: float = 0.1
    max_length: int | None = None
    fragment_length: int = 0
    num_stitched: int = 0
    stitched_length: int = 64
    pairs_per_trajectory: int = 1
    offsets: str = "geometric"
    gamma: float = 0.9
    pairs_per_maze: int = 512
    goals_per_maze: int = 16
    symmetry: bool = False

    def __post_init__(self) -> None:
        _check_choice("data.supervision", self.supervision, ("trajectories", "bfs"))
        _check_choice("data.offsets", self.offsets, ("geometric", "uniform"))
        _check_range("data.epsilon", self.epsilon, 0.0, 1.0)
        if not 0 < self.gamma < 1:
            raise ValueError(f"data.gamma: expected above 0 and below 1, got {self.gamma}")
        _check_range("data.num_trajectories", self.num_trajectories, 1)
        _check_range("data.per_maze", self.per_maze, 1)
        if self.max_length is not None:
            _check_range("data.max_length", self.max_length, 1)
        _check_range("data.fragment_length", self.fragment_length, 0)
        _check_range("data.num_stitched", self.num_stitched, 0)
        _check_range("data.stitched_length", self.stitched_length, 1)
        _check_range("data.pairs_per_trajectory", self.pairs_per_trajectory, 1)
        _check_range("data.pairs_per_maze", self.pairs_per_maze, 1)
        _check_range("data.goals_per_maze", self.goals_per_maze, 1, self.pairs_per_maze)
        if self.folder is not None and (self.fresh or self.supervision != "trajectories"):
            raise ValueError(
                "data.folder: expected supervision 'trajectories' and fresh=false, as a folder "
                "holds trajectories that are made"
            )
        if (self.folder is None) != (self.checksum is None):
            raise ValueError("data.folder: expected data.checksum with it, as of data_settings")
        if self.num_stitched and not self.fragment_length:
            raise ValueError("data.num_stitched: stitching needs data.fragment_length > 0")

    @property
    def pairs_per_group(self) -> int:
        """Pairs of a batch that share a maze."""
        if self.supervision == "bfs":
            return self.pairs_per_maze
        return self.pairs_per_trajectory


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The network.

    Attributes:
        encoder: a name of ``mlsearch.models.ENCODERS``, or "bronet_classifier".
        distance: a name of ``mlsearch.distances.DISTANCES``.
        hidden: width of the network.
        num_blocks: residual blocks of a BroNet.
        embedding: size of an embedding, D; of landmark waves, for each 400 cells.
        iterations: of a recurrent encoder in training; at use the size of the maze decides.
        agent: the constant on the agent's cell (row and column, with windows) in a BroNet's
            input.
        radius: of the window that "bronet_window" sees around the agent.
        num_classes, readout: distances a classifier tells apart, and how it is read out.
    """

    encoder: str = "bronet"
    distance: str = "l2"
    hidden: int = 128
    num_blocks: int = 2
    embedding: int = 64
    iterations: int = 72
    agent: float = 2.0
    radius: int = 4
    num_classes: int = 64
    readout: str = "expectation"

    def __post_init__(self) -> None:
        # Bounds no one meets, so that a damaged config cannot ask for endless work.
        for name in ("hidden", "embedding", "iterations"):
            _check_range(f"model.{name}", getattr(self, name), 1, 2**16)
        for name in ("num_blocks", "radius"):
            _check_range(f"model.{name}", getattr(self, name), 1, 256)
        _check_range("model.num_classes", self.num_classes, 2, 2**16)
        _check_choice("model.readout", self.readout, ("expectation", "argmax"))


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """The loss: a weighted sum of terms.

    Attributes:
        terms: weight of each term, by its name in ``mlsearch.methods.TERMS``.
        temperature, direction: of InfoNCE.
        sharpness: of local descent.
    """

    terms: Mapping[str, float] = field(default_factory=lambda: {"contrastive": 1.0})
    temperature: float = 1.0
    direction: str = "forward"
    sharpness: float = 2.0

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("objective.terms: expected at least one term, got none")
        _check_choice("objective.direction", self.direction, ("forward", "backward", "symmetric"))
        _check_range("objective.temperature", self.temperature, 1e-6)
        _check_range("objective.sharpness", self.sharpness, 1e-6)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How the loss is minimised.

    Attributes:
        steps: number of optimizer steps.
        batch_size: pairs of a batch.
        learning_rate: peak rate of Adam (AdamW when weight_decay > 0), at most 1.
        schedule: "constant", "cosine" (to zero) or "one_cycle" (Smith & Topin 2018).
        weight_decay: of AdamW, at most 1.
        clip: largest norm of the gradient; 0 does not clip.
        weight_average: decay of the exponential average of the weights that is kept for
            use; 0 uses the last weights.
        dtype: "float32", "float64", or "bfloat16" (float32 weights, autocast).
        log_every, evaluate_every, checkpoint_every: in steps.
        num_validation: problems of the validation set.
    """

    steps: int = 20_000
    batch_size: int = 64
    learning_rate: float = 1e-4
    schedule: str = "constant"
    weight_decay: float = 0.0
    clip: float = 0.0
    weight_average: float = 0.0
    dtype: str = "float32"
    log_every: int = 100
    evaluate_every: int = 5_000
    checkpoint_every: int = 5_000
    num_validation: int = 200

    def __post_init__(self) -> None:
        if self.dtype == "float16":
            raise ValueError(
                "training.dtype: float16 is refused: its gradients under- and overflow in "
                "these losses and runs diverge; use float32, float64 or bfloat16"
            )
        _check_choice("training.dtype", self.dtype, ("float32", "float64", "bfloat16"))
        _check_choice("training.schedule", self.schedule, ("constant", "cosine", "one_cycle"))
        for name in ("steps", "batch_size", "log_every", "evaluate_every", "checkpoint_every"):
            _check_range(f"training.{name}", getattr(self, name), 1)
        _check_range("training.num_validation", self.num_validation, 1)
        # A step of AdamW within these bounds cannot make a finite weight overflow.
        _check_range("training.learning_rate", self.learning_rate, 0.0, 1.0)
        _check_range("training.weight_decay", self.weight_decay, 0.0, 1.0)
        _check_range("training.clip", self.clip, 0.0)
        _check_range("training.weight_average", self.weight_average, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """A whole training run. Same config, same seed, same machine: same weights."""

    method: str
    mazes: MazeConfig = field(default_factory=MazeConfig)
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    seed: int = 0

    def __post_init__(self) -> None:
        group = self.data.pairs_per_group
        if self.training.batch_size % group:
            raise ValueError(
                f"training.batch_size: expected a multiple of the {group} pairs that share a "
                f"maze, got {self.training.batch_size}"
            )


def to_dict(config: Any) -> dict[str, Any]:
    """A config as nested plain dictionaries, ready for JSON."""
    return {
        f.name: to_dict(value) if dataclasses.is_dataclass(value) else _plain(value)
        for f in dataclasses.fields(config)
        for value in (getattr(config, f.name),)
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def from_dict(kind: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """The dataclass ``kind`` from nested dictionaries; what is missing keeps its default.

    Raises:
        ValueError: an unknown key (with the closest known one), or a value out of range.
        TypeError: a value of the wrong type.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"{prefix.rstrip('.') or 'config'}: expected a mapping, got {values!r}")
    hints = typing.get_type_hints(kind)
    for key in values:
        if key not in hints:
            raise ValueError(f"{prefix}{key}: unknown setting; {did_you_mean(key, hints)}")
    return kind(
        **{key: _converted(hints[key], value, prefix + key) for key, value in values.items()}
    )


def _converted(kind: Any, value: Any, name: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return from_dict(typing.cast(type, kind), value, prefix=f"{name}.")
    if typing.get_origin(kind) is abc.Mapping:
        if not isinstance(value, Mapping):
            raise TypeError(f"{name}: expected a mapping, got {value!r}")
        return {
            str(key): _converted(float, weight, f"{name}.{key}") for key, weight in value.items()
        }
    allowed = typing.get_args(kind) or (kind,)
    if float in allowed and type(value) is int:
        return float(value)
    if type(value) not in allowed:
        expected = " or ".join(getattr(a, "__name__", str(a)) for a in allowed)
        raise TypeError(f"{name}: expected {expected}, got {value!r}")
    return value


def replaced(config: T, changes: Mapping[str, Any]) -> T:
    """``config`` with values changed by dotted names, such as ``{"training.steps": 100}``.

    Raises:
        ValueError: an unknown name, or a value out of range.
        TypeError: a value of the wrong type.
    """
    nested = to_dict(config)
    for name, value in changes.items():
        *path, last = name.split(".")
        target = nested
        for depth, part in enumerate(path):
            if not isinstance(target.get(part), dict):
                where = ".".join([*path[:depth], part])
                raise ValueError(f"{where}: unknown setting; {did_you_mean(part, target)}")
            target = target[part]
        target[last] = value
    return from_dict(type(config), nested)
