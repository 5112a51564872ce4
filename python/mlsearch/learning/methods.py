"""The one table that says what a method is, and the terms a loss is made of.

A method is a ``RunConfig``: which data, which model, which objective, which optimizer.
To add one, put a config of your own into ``METHODS``; to add a new kind of loss, put a
function into ``TERMS`` and name it in ``ObjectiveConfig.terms``.
"""

from __future__ import annotations

from dataclasses import replace

from mlsearch.base.plugins import find
from mlsearch.config import DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainingConfig

FRAGMENTS = DataConfig(per_world=8, fragment_length=16)
WALKS_TO_GOALS = DataConfig(fresh=True, offsets="to_end", pairs_per_trajectory=8, symmetry=True)
REGRESSOR = ModelConfig(encoder="bronet_regressor", hidden=256, agent=1.0)
ON_WALKS = TrainingConfig(
    batch_size=1024,
    learning_rate=1e-3,
    schedule="cosine",
    weight_average=0.999,
    num_validation=50,
)

METHODS: dict[str, RunConfig] = {
    config.method: config
    for config in (
        # The three of the reproduced report.
        RunConfig(
            method="supervised",
            data=DataConfig(offsets="uniform", pairs_per_trajectory=8, symmetry=True),
            model=ModelConfig(encoder="bronet_classifier", agent=20.0),
            objective=ObjectiveConfig(terms={"classification": 1.0}),
        ),
        RunConfig(method="contrastive"),
        RunConfig(method="stitching", data=FRAGMENTS),
        # Ours: the same fragments, joined where they meet before anything is learned from them.
        RunConfig(
            method="stitched", data=replace(FRAGMENTS, num_stitched=4000, stitched_length=64)
        ),
        # Contrastive with in-trajectory negatives, "repeated trajectories" (Ziarko et al. 2025,
        # "Contrastive Representations for Temporal Reasoning", arXiv 2508.13113).
        RunConfig(method="crtr", data=DataConfig(pairs_per_trajectory=8, symmetry=True)),
        # What carries the strongest systems on puzzles: the mean length of the walks from the goal
        # that come by a state (EfficientCube, Takano 2023, arXiv 2106.03157; CayleyPy 2025).
        RunConfig(
            method="walk_distance",
            data=WALKS_TO_GOALS,
            model=REGRESSOR,
            objective=ObjectiveConfig(terms={"walk_length": 1.0}),
            training=ON_WALKS,
        ),
        # The same states, each of which should be one step further than its nearest neighbour is
        # under a slow copy of the network (DeepCubeA, Agostinelli et al. 2019). Start it with the
        # weights of walk_distance: from random ones it needs far more steps. The slow copy is less
        # slow than that of the others, as what is nearer to the goal is passed on through it.
        RunConfig(
            method="value_iteration",
            data=WALKS_TO_GOALS,
            model=REGRESSOR,
            objective=ObjectiveConfig(terms={"bellman": 1.0}),
            training=replace(ON_WALKS, learning_rate=5e-4, weight_average=0.99),
        ),
        # Ours. The walks of walk_distance on boards that differ from world to world; of the moves
        # from a state, the walk's own should lead nearest, so that dead ends seem far away.
        RunConfig(
            method="board_walks",
            data=DataConfig(fresh=True, offsets="to_end", pairs_per_trajectory=32, symmetry=True),
            model=ModelConfig(
                encoder="board_regressor", hidden=256, embedding=48, iterations=8, agent=1.0
            ),
            objective=ObjectiveConfig(terms={"distance": 0.3, "descent": 1.0}),
            training=ON_WALKS,
        ),
        # Ours, from the data of the report.
        RunConfig(
            method="hybrid",
            data=DataConfig(offsets="uniform", pairs_per_trajectory=8, symmetry=True),
            model=ModelConfig(encoder="bronet_window", agent=3.0),
            objective=ObjectiveConfig(terms={"distance": 1.0, "contrastive": 0.1}),
            training=TrainingConfig(steps=100_000, learning_rate=1e-3, schedule="cosine"),
        ),
        RunConfig(
            method="landmark_wave",
            data=DataConfig(pairs_per_trajectory=16, offsets="uniform", symmetry=True),
            model=ModelConfig(encoder="landmark_wave", distance="max", hidden=16),
            objective=ObjectiveConfig(terms={"distance": 0.3, "descent": 1.0}),
            training=TrainingConfig(
                steps=1000,
                batch_size=256,
                learning_rate=2e-2,
                schedule="one_cycle",
                clip=1.0,
                log_every=25,
                evaluate_every=250,
            ),
        ),
    )
}
"""Methods by name. Add to it to make one of your own known to the command line."""

ABOUT = {
    "supervised": "classifies pairs of states of a trajectory by the steps between them, 64 "
    "classes",
    "contrastive": "InfoNCE: states of one trajectory lie near each other, those of others far",
    "stitching": "contrastive on fragments of at most 16 steps, judged on longer paths; no "
    "trajectories are joined",
    "stitched": "contrastive on trajectories of up to 64 steps, joined from fragments of at most "
    "16 where they meet",
    "crtr": "contrastive with negatives from the same trajectory",
    "walk_distance": "regresses the steps of random walks from the goal",
    "value_iteration": "each state is one step farther than its nearest neighbour under a slow "
    "copy of the network; starts from walk_distance",
    "board_walks": "regresses the steps of walks, and prefers their own moves, with a network "
    "that reads boards",
    "hybrid": "regresses steps, with a little InfoNCE, and sees a window around the agent",
    "landmark_wave": "reads the whole maze by learned waves from landmarks, and prefers the "
    "moves of trajectories",
}
"""What each method does, in a few words, for help, tables and reports. A method of your own may
have an entry too."""


def method_config(name: str) -> RunConfig:
    """The config of a method by its name.

    Raises:
        ValueError: there is no such method; the message names the closest one.
    """
    return find(METHODS, name, "method")
