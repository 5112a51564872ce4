"""Configs: what they refuse and how they say it, and the way to JSON and back."""

import dataclasses
import json
import re

import pytest

from mlsearch.base.settings import from_dict, replaced, to_dict
from mlsearch.config import DataConfig, ModelConfig, ObjectiveConfig, RunConfig, TrainingConfig
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.learning.methods import ABOUT, METHODS, method_config

NAN = float("nan")

OUT_OF_RANGE = [
    (MazeConfig, {"height": 0}, "domain.height: expected 1 to 8192, got 0"),
    (MazeConfig, {"width": -4}, "domain.width: expected 1 to 8192, got -4"),
    (MazeConfig, {"generator": "prims"}, "domain.generator: unknown value 'prims'; did you mean"),
    (
        MazeConfig,
        {"wall_probability": 1.5},
        "domain.wall_probability: expected 0.0 to 1.0, got 1.5",
    ),
    (MazeConfig, {"loops": -0.1}, "domain.loops: expected 0.0 to 1.0, got -0.1"),
    (DataConfig, {"supervision": "bsf"}, "data.supervision: unknown value 'bsf'; did you mean"),
    (DataConfig, {"offsets": "unifrom"}, "data.offsets: .*'unifrom'; did you mean 'uniform'"),
    (DataConfig, {"gamma": 1.0}, "data.gamma: expected above 0 and below 1, got 1.0"),
    (DataConfig, {"gamma": NAN}, "data.gamma: expected above 0 and below 1, got nan"),
    (DataConfig, {"epsilon": 2.0}, "data.epsilon: expected 0.0 to 1.0, got 2.0"),
    (DataConfig, {"num_trajectories": 0}, "data.num_trajectories: expected at least 1, got 0"),
    (DataConfig, {"per_world": 0}, "data.per_world: expected at least 1, got 0"),
    (DataConfig, {"max_length": 0}, "data.max_length: expected at least 1, got 0"),
    (DataConfig, {"fragment_length": -1}, "data.fragment_length: expected at least 0, got -1"),
    (DataConfig, {"num_stitched": -1}, "data.num_stitched: expected at least 0, got -1"),
    (DataConfig, {"num_stitched": 5}, "data.num_stitched: stitching needs data.fragment_length"),
    (DataConfig, {"stitched_length": 0}, "data.stitched_length: expected at least 1, got 0"),
    (DataConfig, {"pairs_per_trajectory": 0}, "data.pairs_per_trajectory: expected at least 1"),
    (DataConfig, {"pairs_per_world": 0}, "data.pairs_per_world: expected at least 1, got 0"),
    (DataConfig, {"goals_per_world": 513}, "data.goals_per_world: expected 1 to 512, got 513"),
    (ModelConfig, {"hidden": 0}, "model.hidden: expected 1 to 65536, got 0"),
    (ModelConfig, {"num_blocks": 0}, "model.num_blocks: expected 1 to 256, got 0"),
    (ModelConfig, {"embedding": 0}, "model.embedding: expected 1 to 65536, got 0"),
    (ModelConfig, {"radius": 0}, "model.radius: expected 1 to 256, got 0"),
    (ModelConfig, {"iterations": 0}, "model.iterations: expected 1 to 65536, got 0"),
    (ModelConfig, {"num_classes": 1}, "model.num_classes: expected 2 to 65536, got 1"),
    (ModelConfig, {"readout": "mean"}, "model.readout: unknown value 'mean'; .*argmax"),
    (ObjectiveConfig, {"terms": {}}, "objective.terms: expected at least one term, got none"),
    (ObjectiveConfig, {"temperature": 0.0}, "objective.temperature: expected at least 1e-06"),
    (ObjectiveConfig, {"sharpness": -1.0}, "objective.sharpness: expected at least 1e-06"),
    (ObjectiveConfig, {"direction": "foward"}, "objective.direction: .*did you mean 'forward'"),
    (TrainingConfig, {"steps": 0}, "training.steps: expected at least 1, got 0"),
    (TrainingConfig, {"batch_size": 0}, "training.batch_size: expected at least 1, got 0"),
    (TrainingConfig, {"log_every": 0}, "training.log_every: expected at least 1, got 0"),
    (TrainingConfig, {"evaluate_every": 0}, "training.evaluate_every: expected at least 1, got 0"),
    (TrainingConfig, {"checkpoint_every": 0}, "training.checkpoint_every: expected at least 1"),
    (TrainingConfig, {"num_validation": 0}, "training.num_validation: expected at least 1, got 0"),
    (TrainingConfig, {"learning_rate": NAN}, "training.learning_rate: expected 0.0 to 1.0, got na"),
    (TrainingConfig, {"learning_rate": 1e9}, "training.learning_rate: expected 0.0 to 1.0, got 1"),
    (TrainingConfig, {"weight_decay": -1.0}, "training.weight_decay: expected 0.0 to 1.0, got -1"),
    (TrainingConfig, {"clip": -1.0}, "training.clip: expected at least 0.0, got -1.0"),
    (TrainingConfig, {"weight_average": 1.1}, "training.weight_average: expected 0.0 to 1.0"),
    (TrainingConfig, {"dtype": "float23"}, "training.dtype: .*'float23'; did you mean 'float32'"),
    (TrainingConfig, {"schedule": "cosin"}, "training.schedule: .*did you mean 'cosine'"),
    (
        TrainingConfig,
        {"dtype": "float16"},
        "training.dtype: float16 is refused: its gradients under- and overflow",
    ),
]

WRONG_TYPES = [
    ({"method": 3}, "method: expected str, got 3"),
    ({"seed": 1.5}, "seed: expected int, got 1.5"),
    ({"seed": True}, "seed: expected int, got True"),
    ({"data": 4}, "data: expected a mapping, got 4"),
    ({"data": {"fresh": 1}}, "data.fresh: expected bool, got 1"),
    ({"data": {"max_length": "9"}}, "data.max_length: expected int or NoneType, got '9'"),
    ({"data": {"max_length": {"a": 1}}}, "data.max_length: expected int or NoneType"),
    ({"training": {"steps": "20"}}, "training.steps: expected int, got '20'"),
    ({"training": {"steps": 20.0}}, "training.steps: expected int, got 20.0"),
    ({"training": {"clip": None}}, "training.clip: expected float, got None"),
    ({"objective": {"terms": "descent"}}, "objective.terms: expected a mapping, got 'descent'"),
    ({"objective": {"terms": 1.0}}, "objective.terms: expected a mapping, got 1.0"),
    ({"objective": {"terms": {"descent": "1"}}}, "objective.terms.descent: expected float"),
]


@pytest.mark.parametrize(
    ("kind", "values", "message"), OUT_OF_RANGE, ids=[row[2].split(":")[0] for row in OUT_OF_RANGE]
)
def test_values_out_of_range_are_refused(kind, values, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        kind(**values)


@pytest.mark.parametrize(("values", "message"), WRONG_TYPES)
def test_values_of_a_wrong_type_are_refused(values, message):
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        from_dict(RunConfig, {"method": "contrastive", **values})


def test_every_default_is_valid_and_frozen():
    config = RunConfig(method="mine")
    for part in (config, config.domain, config.data, config.model, config.objective):
        name = dataclasses.fields(part)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, name, None)


def test_method_is_required():
    with pytest.raises(TypeError, match="method"):
        from_dict(RunConfig, {"seed": 3})


def test_batch_size_is_a_multiple_of_the_pairs_that_share_a_maze():
    with pytest.raises(ValueError, match=r"training.batch_size: .* multiple of the 7 .*, got 64"):
        RunConfig(method="m", data=DataConfig(pairs_per_trajectory=7))
    with pytest.raises(ValueError, match=r"training.batch_size: .* multiple of the 512 .*, got 64"):
        RunConfig(method="m", data=DataConfig(supervision="bfs"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"modell": {}}, "modell: unknown setting; did you mean 'model'?"),
        ({"training": {"step": 5}}, "training.step: unknown setting; did you mean 'steps'?"),
        (
            {"domain": {"name": "maze", "xyz": 5}},
            "domain.xyz: unknown setting; expected one of generator, height, ",
        ),
        ({"domain": {"name": "mase"}}, "domain: unknown domain 'mase'; did you mean 'maze'?"),
    ],
)
def test_unknown_settings_are_refused_with_the_closest(values, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        from_dict(RunConfig, {"method": "m", **values})


def test_every_method_says_what_it_does():
    assert list(ABOUT) == list(METHODS)
    assert all(20 < len(words) < 120 and not words.endswith(".") for words in ABOUT.values())
    assert "fragments of at most 16 steps, judged on longer paths" in ABOUT["stitching"]


@pytest.mark.parametrize("name", METHODS)
def test_round_trip_by_json(name):
    config = replaced(METHODS[name], {"data.max_length": 30, "seed": 2**64 - 1})
    nested = json.loads(json.dumps(to_dict(config)))
    assert from_dict(RunConfig, nested) == config
    assert from_dict(RunConfig, to_dict(config)) == config
    assert nested["data"]["max_length"] == 30


def test_missing_values_keep_their_default_and_integers_become_floats():
    config = from_dict(RunConfig, {"method": "m", "objective": {"terms": {"distance": 2}}})
    assert config == RunConfig(method="m", objective=ObjectiveConfig(terms={"distance": 2.0}))
    assert type(config.objective.terms["distance"]) is float
    learning_rate = from_dict(TrainingConfig, {"learning_rate": 1}).learning_rate
    assert (learning_rate, type(learning_rate)) == (1.0, float)


def test_to_dict_shares_nothing_with_the_config():
    config = RunConfig(method="m")
    to_dict(config)["objective"]["terms"]["descent"] = 1.0
    assert config.objective.terms == {"contrastive": 1.0}


def test_options_hold_whatever_json_can():
    options = {"heads": 4, "layers": [1, 2], "nested": {"rate": 0.5, "name": None}}
    config = RunConfig(method="m", model=ModelConfig(options=options))
    changed = replaced(config, {"model.options.nested.rate": 0.25, "objective.options.margin": 2})
    assert changed.model.options == {**options, "nested": {"rate": 0.25, "name": None}}
    assert changed.objective.options == {"margin": 2}
    assert config.model.options == options == ModelConfig(options=options).options
    assert from_dict(RunConfig, json.loads(json.dumps(to_dict(changed)))) == changed


@pytest.mark.parametrize("kind", [ModelConfig, ObjectiveConfig])
@pytest.mark.parametrize("value", [(1, 2), {1}, NAN, object(), {3: 4}])
def test_options_that_json_would_change_are_refused(kind, value):
    with pytest.raises(TypeError, match=r"^(model|objective).options: expected values that JS"):
        kind(options={"mine": value})


def test_replaced_sets_dotted_names_and_leaves_the_rest():
    config = RunConfig(method="m")
    changed = replaced(
        config,
        {
            "seed": 5,
            "training.steps": 7,
            "objective.terms": {"descent": 1},
            "objective.terms.distance": 0.5,
        },
    )
    assert changed.seed == 5
    assert changed.training == dataclasses.replace(config.training, steps=7)
    assert changed.objective.terms == {"descent": 1.0, "distance": 0.5}
    assert (changed.data, changed.model) == (config.data, config.model)
    assert config == RunConfig(method="m")


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("trainin.steps", 5, ValueError, "trainin: unknown setting; did you mean 'training'?"),
        ("training.step", 5, ValueError, "training.step: unknown setting; did you mean 'steps'?"),
        ("training.steps.a", 5, ValueError, "training.steps: unknown setting"),
        ("training.steps", "5", TypeError, "training.steps: expected int, got '5'"),
        ("training.steps", 0, ValueError, "training.steps: expected at least 1, got 0"),
        ("training.batch_size", 60, ValueError, None),
    ],
)
def test_replaced_refuses(name, value, error, message):
    config = RunConfig(method="m", data=DataConfig(pairs_per_trajectory=8))
    with pytest.raises(error, match=f"^{re.escape(message or 'training.batch_size: expected')}"):
        replaced(config, {name: value})


def test_methods_are_found_by_name():
    assert method_config("contrastive") is METHODS["contrastive"]
    with pytest.raises(ValueError, match="method: unknown method 'hybird'; did you mean 'hybrid'"):
        method_config("hybird")
