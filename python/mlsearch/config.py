"""What a training run is, as frozen dataclasses, one per stage.

``RunConfig`` holds one of each. ``from_dict`` and ``to_dict`` turn it into the JSON of a
run folder and back; ``replaced`` sets single values by their dotted names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlsearch.base.settings import check_choice, check_plain, check_range
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.domains.registry import domain_settings, settings_dict


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """What the model learns from.

    Attributes:
        supervision: "trajectories" shows only trajectories: pairs of their states, the
            steps between them and the next state. "bfs" shows ground-truth distances.
        fresh: every batch has new mazes, instead of a fixed set made once.
        folder: a folder of trajectories to learn from; None to make them, as the next settings
            say.
        checksum: that of the folder; ``data_settings`` of ``mlsearch.data.datasets`` gives both.
        num_trajectories: size of the fixed set; with "bfs", its number of mazes.
        per_world: trajectories of one world.
        policy: how the agent of the trajectories moves, such as "shortest" or "noisy", as of
            ``Trajectories.sample``; None for the domain's own.
        epsilon: how often the policy "noisy" moves at random, 0 to 1.
        max_length: largest number of steps of a trajectory; None for the domain's own.
        fragment_length: cut trajectories to fragments of at most so many steps; 0 does not.
        num_stitched: learn from so many stitched trajectories made of the fragments, in
            place of the fragments themselves; 0 does not stitch.
        stitched_length: largest number of steps of a stitched trajectory.
        pairs_per_trajectory: pairs of a batch that share a trajectory. More than 1 gives
            in-trajectory negatives.
        offsets: distribution of the steps between a pair: "geometric", "uniform", or "to_end", to
            the end of the trajectory; see ``PairSampler``.
        gamma: of "geometric", above 0 and below 1: the mean offset is 1 / (1 - gamma).
        pairs_per_world: with "bfs", pairs of a batch that share a maze.
        goals_per_world: with "bfs", different goals among these.
        symmetry: show each maze in a random one of its symmetric forms.
    """

    supervision: str = "trajectories"
    fresh: bool = False
    folder: str | None = None
    checksum: str | None = None
    num_trajectories: int = 4000
    per_world: int = 1
    policy: str | None = None
    epsilon: float = 0.1
    max_length: int | None = None
    fragment_length: int = 0
    num_stitched: int = 0
    stitched_length: int = 64
    pairs_per_trajectory: int = 1
    offsets: str = "geometric"
    gamma: float = 0.9
    pairs_per_world: int = 512
    goals_per_world: int = 16
    symmetry: bool = False

    def __post_init__(self) -> None:
        check_choice("data.supervision", self.supervision, ("trajectories", "bfs"))
        check_choice("data.offsets", self.offsets, ("geometric", "uniform", "to_end"))
        check_range("data.epsilon", self.epsilon, 0.0, 1.0)
        if not 0 < self.gamma < 1:
            raise ValueError(f"data.gamma: expected above 0 and below 1, got {self.gamma}")
        check_range("data.num_trajectories", self.num_trajectories, 1)
        check_range("data.per_world", self.per_world, 1)
        if self.max_length is not None:
            check_range("data.max_length", self.max_length, 1)
        check_range("data.fragment_length", self.fragment_length, 0)
        check_range("data.num_stitched", self.num_stitched, 0)
        check_range("data.stitched_length", self.stitched_length, 1)
        check_range("data.pairs_per_trajectory", self.pairs_per_trajectory, 1)
        check_range("data.pairs_per_world", self.pairs_per_world, 1)
        check_range("data.goals_per_world", self.goals_per_world, 1, self.pairs_per_world)
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
        """Pairs of a batch that share a world, where there are many worlds."""
        if self.supervision == "bfs":
            return self.pairs_per_world
        return self.pairs_per_trajectory


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The network.

    Attributes:
        encoder: a name of ``mlsearch.models.ENCODERS`` or ``mlsearch.models.PAIR_MODELS``.
        distance: a name of ``mlsearch.models.distances.DISTANCES``.
        hidden: width of the network.
        num_blocks: residual blocks of a BroNet.
        embedding: size of an embedding, D; of landmark waves, for each 400 cells.
        max_landmarks: of landmark waves, largest D of a map of any size, if not below embedding.
        iterations: of a recurrent encoder in training; at use the size of the maze decides.
        agent: the constant at the active features of a state in a BroNet's input: on the
            agent's cell in a maze, on its row and column with windows.
        radius: of the window that "bronet_window" sees around the agent.
        num_classes: how many distances a classifier knows.
        readout: how a classifier is read out: "expectation" or "argmax".
        options: settings of parts of your own, any values that JSON can hold.
    """

    encoder: str = "bronet"
    distance: str = "l2"
    hidden: int = 128
    num_blocks: int = 2
    embedding: int = 64
    max_landmarks: int = 64
    iterations: int = 72
    agent: float = 2.0
    radius: int = 4
    num_classes: int = 64
    readout: str = "expectation"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Bounds no one meets, so that a damaged config cannot ask for endless work.
        for name in ("hidden", "embedding", "max_landmarks", "iterations"):
            check_range(f"model.{name}", getattr(self, name), 1, 2**16)
        for name in ("num_blocks", "radius"):
            check_range(f"model.{name}", getattr(self, name), 1, 256)
        check_range("model.num_classes", self.num_classes, 2, 2**16)
        check_choice("model.readout", self.readout, ("expectation", "argmax"))
        check_plain("model.options", self.options)


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """The loss: a weighted sum of terms.

    Attributes:
        terms: weight of each term, by its name in ``mlsearch.learning.terms.TERMS``.
        temperature: of InfoNCE, above 0: logits are minus the distance divided by it.
        direction: of InfoNCE: "forward", "backward" or "symmetric".
        sharpness: of local descent.
        options: settings of terms of your own, any values that JSON can hold.
    """

    terms: Mapping[str, float] = field(default_factory=lambda: {"contrastive": 1.0})
    temperature: float = 1.0
    direction: str = "forward"
    sharpness: float = 2.0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("objective.terms: expected at least one term, got none")
        check_choice("objective.direction", self.direction, ("forward", "backward", "symmetric"))
        check_range("objective.temperature", self.temperature, 1e-6)
        check_range("objective.sharpness", self.sharpness, 1e-6)
        check_plain("objective.options", self.options)


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
        start: a run folder with the weights to start with, of the same model; None for random
            ones.
        log_every: steps between two rows of ``scalars.csv``.
        checkpoint_every: steps between two saved states, from which a run can go on.
        evaluate_every: steps between validations; None for ten of them in a run.
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
    start: str | None = None
    log_every: int = 100
    evaluate_every: int | None = None
    checkpoint_every: int = 5_000
    num_validation: int = 200

    def __post_init__(self) -> None:
        if self.dtype == "float16":
            raise ValueError(
                "training.dtype: float16 is refused: its gradients under- and overflow in "
                "these losses and runs diverge; use float32, float64 or bfloat16"
            )
        check_choice("training.dtype", self.dtype, ("float32", "float64", "bfloat16"))
        check_choice("training.schedule", self.schedule, ("constant", "cosine", "one_cycle"))
        for name in ("steps", "batch_size", "log_every", "checkpoint_every"):
            check_range(f"training.{name}", getattr(self, name), 1)
        if self.evaluate_every is not None:
            check_range("training.evaluate_every", self.evaluate_every, 1)
        check_range("training.num_validation", self.num_validation, 1)
        # A step of AdamW within these bounds cannot make a finite weight overflow.
        check_range("training.learning_rate", self.learning_rate, 0.0, 1.0)
        check_range("training.weight_decay", self.weight_decay, 0.0, 1.0)
        check_range("training.clip", self.clip, 0.0)
        check_range("training.weight_average", self.weight_average, 0.0, 1.0)

    @property
    def validation_every(self) -> int:
        """Steps between validations: ``evaluate_every``, or a tenth of the run."""
        return self.evaluate_every or max(1, self.steps // 10)


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """A whole training run. Same config, same seed, same machine: same weights."""

    method: str
    domain: Any = field(
        default_factory=MazeConfig, metadata={"read": domain_settings, "plain": settings_dict}
    )
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
                f"world, got {self.training.batch_size}"
            )


RENAMED = {"per_maze": "per_world", "pairs_per_maze": "pairs_per_world"}
RENAMED |= {"goals_per_maze": "goals_per_world"}


def upgraded(values: Mapping[str, Any]) -> dict[str, Any]:
    """A config of format version 1, which knew mazes only, in the form of today."""
    found = dict(values)
    if isinstance(found.get("mazes"), Mapping):
        found["domain"] = {"name": "maze", **found.pop("mazes")}
    if isinstance(found.get("data"), Mapping):
        data = {RENAMED.get(name, name): value for name, value in found["data"].items()}
        if data.get("policy") == "shortest":
            data["policy"] = None  # it is the maze's own
        found["data"] = data
    return found
