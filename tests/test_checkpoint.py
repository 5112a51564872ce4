"""Run folders: round trips, refusals that name the file, and writes that are all or nothing."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mlsearch.base.errors import CheckpointError
from mlsearch.base.files import replacing, write_json
from mlsearch.base.settings import replaced, to_dict
from mlsearch.config import ModelConfig, RunConfig
from mlsearch.domains.maze.config import MazeConfig
from mlsearch.learning.training import Trainer
from mlsearch.learning.unfinished import unfinished
from mlsearch.models import PAIR_MODELS
from mlsearch.runs import checkpoint, finished
from mlsearch.runs.checkpoint import (
    load_model,
    load_tensors,
    new_model,
    read_config,
    save_model,
    save_tensors,
    write_config,
)

pytestmark = pytest.mark.usefixtures("one_thread")

ENCODERS = ["bronet", "bronet_window", *PAIR_MODELS, "landmark_wave", "recurrent_conv"]


def config_of(encoder: str = "bronet") -> RunConfig:
    return RunConfig(
        method="m",
        domain=MazeConfig(height=4, width=5),
        model=ModelConfig(encoder=encoder, hidden=6, num_blocks=1, embedding=3),
    )


@pytest.fixture
def run(tmp_path):
    """A run folder with a model."""
    config = config_of()
    write_config(tmp_path, config)
    save_model(tmp_path, new_model(config))
    return tmp_path


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tensorboard", ".lock"])
@pytest.mark.parametrize("is_relative", [True, False])
def test_a_link_out_of_the_folder_is_refused(run, tmp_path_factory, name, is_relative):
    outside = tmp_path_factory.mktemp("outside") / name
    (run / name).rename(outside) if (run / name).exists() else outside.mkdir()
    (run / name).symlink_to(os.path.relpath(outside, run) if is_relative else outside)
    for read in (load_model, Trainer.resume):
        with pytest.raises(CheckpointError, match=f"{name}: expected a file of the run itself"):
            read(run)


def test_links_within_the_folder_and_to_it_are_followed(run, tmp_path_factory):
    (run / "model.safetensors").rename(run / "weights")
    (run / "model.safetensors").symlink_to("weights")
    link = tmp_path_factory.mktemp("links") / "run"
    link.symlink_to(run)
    assert load_model(link)[1] == config_of()


@pytest.mark.parametrize("encoder", ENCODERS)
def test_round_trip(tmp_path, encoder):
    config = config_of(encoder)
    model = new_model(config)
    write_config(tmp_path, config)
    save_model(tmp_path, model)
    loaded, found = load_model(tmp_path)
    assert found == config
    assert not loaded.training
    expected = model.state_dict()
    assert loaded.state_dict().keys() == expected.keys()
    for name, value in loaded.state_dict().items():
        assert torch.equal(value, expected[name])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]


def test_config_says_how_the_run_was_made(run):
    content = json.loads((run / "config.json").read_text())
    assert content["config"] == to_dict(config_of())
    assert content["format_version"] == checkpoint.FORMAT_VERSION
    made_with = content["made_with"]
    assert made_with["torch"] == torch.__version__
    assert {
        "mlsearch",
        "python",
        "machine",
        "gpu",
        "threads",
        "revision",
        "date",
    } <= made_with.keys()


def test_tensors_and_texts_round_trip(tmp_path):
    tensors = {
        "view": torch.arange(12.0).view(3, 4).T,
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "random": torch.get_rng_state(),
        "half": torch.ones(3, dtype=torch.bfloat16),
    }
    save_tensors(tmp_path / "t.safetensors", tensors, {"notes": "hé"})
    found, texts = load_tensors(tmp_path / "t.safetensors")
    assert texts == {"notes": "hé"}
    assert found.keys() == tensors.keys()
    for name, value in found.items():
        assert value.dtype == tensors[name].dtype
        assert torch.equal(value, tensors[name])


def rewrite_config(run, change):
    path = run / "config.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(format_version=3), "expected format version 1 or 2, got 3"),
        (lambda c: c.update(format_version="1"), "expected format version 1 or 2, got 1"),
        (lambda c: c.pop("format_version"), "not a valid config .*format_version"),
        (lambda c: c.pop("config"), "not a valid config .*config"),
        (lambda c: c.update(config=[]), "not a valid config .*expected a mapping"),
        (
            lambda c: c["config"].update(model={"hiden": 3}),
            ".*model.hiden: .*did you mean 'hidden'",
        ),
        (lambda c: c["config"]["training"].update(steps="9"), ".*training.steps: expected int"),
        (lambda c: c["config"].pop("method"), "not a valid config .*method"),
    ],
)
def test_configs_of_another_kind_are_refused(run, change, message):
    rewrite_config(run, change)
    with pytest.raises(CheckpointError, match=f"config.json: {message}"):
        read_config(run)


@pytest.mark.parametrize("text", ["", "{", "null", "[1]", '{"format_version": 1', "\x00\xff"])
def test_a_config_that_is_no_json_object_is_refused(run, text):
    (run / "config.json").write_text(text, encoding="latin-1")
    with pytest.raises(CheckpointError, match=r"config.json: not a valid config"):
        load_model(run)


def test_missing_files_are_named(run, tmp_path):
    with pytest.raises(CheckpointError, match=r"nowhere: not a run folder, it has no config.json"):
        load_model(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match=r"config.json: not a valid config"):
        load_model(run / "config.json")
    (run / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"model.safetensors: no such file"):
        load_model(run)


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_truncated_weights_are_refused(run, kept):
    path = run / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"model.safetensors: not a valid safetensors file"):
        load_model(run)


def test_a_folder_in_place_of_the_weights_is_refused(run):
    (run / "model.safetensors").unlink()
    (run / "model.safetensors").mkdir()
    with pytest.raises(CheckpointError, match=r"model.safetensors: not a valid safetensors file"):
        load_model(run)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("log_scale"), "Missing key.*log_scale"),
        (lambda t: t.update(more=torch.zeros(1)), "Unexpected key.*more"),
        (lambda t: t.update(log_scale=torch.zeros(2)), "size mismatch for log_scale"),
    ],
)
def test_weights_of_another_model_are_refused(run, change, message):
    tensors, _ = load_tensors(run / "model.safetensors")
    change(tensors)
    save_file(tensors, run / "model.safetensors")
    with pytest.raises(CheckpointError, match=rf"(?s){run.name}.*another model.*{message}"):
        load_model(run)


def test_weights_for_another_size_of_maze_are_refused(run):
    rewrite_config(run, lambda content: content["config"]["domain"].update(height=9))
    with pytest.raises(CheckpointError, match=r"(?s)weights of another model.*size mismatch"):
        load_model(run)


OLD = {  # what format version 1 called them
    "per_world": "per_maze",
    "pairs_per_world": "pairs_per_maze",
    "goals_per_world": "goals_per_maze",
}


def test_runs_of_format_1_go_on(tmp_path):
    settings = {"training.steps": 12, "training.batch_size": 8, "data.num_trajectories": 16}
    config = replaced(config_of(), {**settings, "model.hidden": 16, "model.embedding": 16})
    Trainer(config, tmp_path / "whole").run()
    Trainer(replaced(config, {"training.steps": 6}), tmp_path / "run").run()

    def as_then(content):
        content["format_version"] = 1
        found = content["config"]
        found["mazes"] = {n: v for n, v in found.pop("domain").items() if n != "name"}
        found["data"] = {OLD.get(name, name): v for name, v in found["data"].items()}
        found["data"]["policy"] = "shortest"
        found["training"]["steps"] = 12
        del found["model"]["options"], found["objective"]["options"]

    rewrite_config(tmp_path / "run", as_then)
    assert read_config(tmp_path / "run") == config
    Trainer.resume(tmp_path / "run").run()
    states = [
        load_tensors(tmp_path / name / "training_state" / "last.safetensors")[0]
        for name in ("whole", "run")
    ]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_a_run_is_finished_after_its_last_step(tmp_path):
    settings = {"training.steps": 4, "training.batch_size": 8, "data.num_trajectories": 16}
    config = replaced(config_of(), settings)
    assert not finished.exists(tmp_path)
    trainer = unfinished(config, tmp_path)
    assert finished.exists(tmp_path)
    assert not finished.is_finished(tmp_path, config)
    trainer.run()
    assert finished.is_finished(tmp_path, config)
    assert unfinished(config, tmp_path) is None
    longer = replaced(config, {"training.steps": 9})
    assert not finished.is_finished(tmp_path, longer)
    with pytest.raises(
        CheckpointError,
        match=r"steps is 4, this one asks for 9; train on with --resume .* --steps 9, or choose",
    ):
        unfinished(longer, tmp_path)


def test_replacing_takes_the_place_of_a_file(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")
    with replacing(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_replacing_leaves_all_as_it_was_when_the_block_raises(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")

    def interrupted():
        with replacing(target) as temporary:
            temporary.write_text("half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_replacing_renames_a_folder_but_does_not_overwrite_one(tmp_path):
    target = tmp_path / "folder"

    def write(text):
        with replacing(target) as temporary:
            temporary.mkdir()
            (temporary / "file").write_text(text)

    write("first")
    with pytest.raises(OSError, match="not empty"):
        write("second")
    assert (target / "file").read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_write_json_keeps_the_old_file_when_the_value_is_no_json(tmp_path):
    path = tmp_path / "scores.json"
    write_json(path, {"a": [1, 2.5]})
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_json(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": [1, 2.5]}
    assert list(tmp_path.iterdir()) == [path]


def test_weights_are_replaced_all_or_nothing(run, monkeypatch):
    before = (run / "model.safetensors").read_bytes()

    def disk_is_full(path, data):
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_bytes", disk_is_full)
    config = config_of()
    with pytest.raises(OSError, match="no space left"):
        save_model(run, new_model(config))
    assert (run / "model.safetensors").read_bytes() == before
    assert sorted(path.name for path in run.iterdir()) == ["config.json", "model.safetensors"]
