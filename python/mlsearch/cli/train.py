"""``mlsearch train``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.options import (
    WithMethods,
    chosen_device,
    device_option,
    domain_named,
    domain_options,
    domain_settings_from,
    json_option,
    quiet_option,
)
from mlsearch.cli.output import print_json
from mlsearch.cli.progress import resumable, training_progress
from mlsearch.cli.runs import RUNS

if TYPE_CHECKING:
    from mlsearch.config import RunConfig
    from mlsearch.learning.training import Trainer

TARGETS = {
    "no-search": "no_search.solved_rate",
    "search": "search.solved_rate",
    "rank-correlation": "rank_correlation",
}


@click.command(
    cls=WithMethods,
    epilog="""\b
Examples:
  mlsearch train --method contrastive --steps 20000 --out runs/contrastive
  mlsearch train --method landmark_wave --until no-search=0.95
  mlsearch train --method crtr --data data/train
  mlsearch train --method hybrid --set model.hidden=256 --set domain.loops=0.1
  mlsearch train --method value_iteration --start runs/walk_distance
  mlsearch train --method contrastive --seeds 3
  mlsearch train --resume runs/contrastive --steps 40000
""",
)
@click.option("--method", help="What to train; default contrastive. One of those below.")
@click.option(
    "--config", "config_file", type=click.Path(exists=True), help="A JSON file of settings."
)
@click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    help="A folder of mlsearch generate to learn from.",
)
@click.option("--steps", type=click.IntRange(1), help="Optimizer steps.")
@click.option("--batch-size", type=click.IntRange(1), help="Pairs of a batch.")
@click.option("--dtype", help="float32, float64 or bfloat16.")
@click.option("--set", "settings", multiple=True, help="Any setting, as section.name=value.")
@click.option("--seed", type=click.IntRange(0), help="Random seed; default 0.")
@click.option(
    "--seeds",
    type=click.IntRange(1),
    help="Train so many runs, OUT-seed0 and so on, from --seed on.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Run folder; default runs/METHOD.")
@click.option(
    "--start",
    type=click.Path(exists=True, path_type=Path),
    help="Start with the weights of a run.",
)
@click.option(
    "--resume",
    type=click.Path(exists=True, path_type=Path),
    help="Go on with a run; with --steps, beyond its end.",
)
@click.option(
    "--track",
    "trackers",
    multiple=True,
    default=["tensorboard"],
    help="Where to log besides scalars.csv: tensorboard, wandb, mlflow; default the first.",
)
@click.option("--until", help="Stop early at a validation score, such as no-search=0.95.")
@domain_options
@device_option
@quiet_option
@json_option
def train(
    method: str | None,
    config_file: str | None,
    data: Path | None,
    steps: int | None,
    batch_size: int | None,
    dtype: str | None,
    settings: tuple[str, ...],
    seed: int | None,
    seeds: int | None,
    out: Path | None,
    start: Path | None,
    resume: Path | None,
    trackers: tuple[str, ...],
    until: str | None,
    device: str,
    quiet: bool,
    as_json: bool,
    **worlds: Any,
) -> None:
    """Train a metric and write it to a run folder.

    Later settings win: the method's own, then --config (a run's config.json, or a part of
    one), then the other options.

    The same command again goes on with a run that was stopped, and does not train a finished one
    again. With --seeds, evaluate and report show the runs as one heuristic.

    Under torchrun, all processes train one model: training.batch_size is shared out.
    """
    from mlsearch.base.settings import replaced
    from mlsearch.data.datasets import data_settings
    from mlsearch.learning import processes
    from mlsearch.learning.training import Trainer

    options = {
        "training.steps": steps,
        "training.batch_size": batch_size,
        "training.dtype": dtype,
        "training.start": str(start.resolve()) if start else None,
        "seed": seed,
        **_parsed_settings(settings),
    }
    changes = {name: value for name, value in options.items() if value is not None}
    others = changes.keys() - {"training.steps"}
    if resume and (
        others or seeds or method or config_file or out or data or domain_named(**worlds)
    ):
        message = "--resume goes on with the config of the run; give nothing but --steps"
        raise click.UsageError(message)
    chosen = chosen_device(device)
    common: dict[str, Any] = {"device": chosen, "until": _parsed_until(until), "trackers": trackers}
    with processes.process_group(chosen):
        if resume:
            folders = [resume]
            _run(Trainer.resume(resume, steps, **common), quiet)
        else:
            config = replaced(_config(method, config_file), data_settings(data) if data else {})
            config = replaced(config, {"domain": domain_settings_from(config.domain, **worlds)})
            runs = _runs(replaced(config, changes), seeds, out)
            folders = list(runs)
            _run_unfinished(runs, common, quiet)
        if processes.is_first():
            _tell(folders, as_json)


def _runs(config: RunConfig, num_seeds: int | None, out: Path | None) -> dict[Path, RunConfig]:
    """The runs by their folders: one, or several that differ in their seed alone."""
    from mlsearch.base.settings import replaced

    place = out or RUNS / config.method
    if num_seeds is None:
        return {place: config}
    return {
        place.with_name(f"{place.name}-seed{seed}"): replaced(config, {"seed": seed})
        for seed in range(config.seed, config.seed + num_seeds)
    }


def _run_unfinished(runs: Mapping[Path, RunConfig], common: dict[str, Any], quiet: bool) -> None:
    """Trains what is not trained yet of some runs."""
    from mlsearch.learning.unfinished import unfinished

    for folder, config in runs.items():
        if trainer := unfinished(config, folder, **common):
            _run(trainer, quiet)


def _run(trainer: Trainer, quiet: bool) -> None:
    from mlsearch.evaluation.evaluation import validation
    from mlsearch.learning import processes

    is_first = processes.is_first()
    trainer.evaluate = validation(trainer.config) if is_first else None
    total, label = trainer.config.training.steps, trainer.config.method
    how = f"mlsearch train --resume {trainer.folder}"
    watch = training_progress(total, quiet or not is_first, label)
    with watch as trainer.progress, resumable(how):
        trainer.run()


def _tell(folders: Sequence[Path], as_json: bool) -> None:
    """Says what was trained; one run as a mapping, several as a list of these."""
    from mlsearch.runs.checkpoint import read_config
    from mlsearch.runs.scalars import read_scalars

    last = {folder: read_scalars(folder / "scalars.csv")[-1] for folder in folders}
    methods = {folder: read_config(folder).method for folder in folders}
    rows = [{"run": str(f), "method": methods[f], **row} for f, row in last.items()]
    if as_json:
        print_json(rows[0] if len(rows) == 1 else {"runs": rows})
        return
    for folder, row in last.items():
        how = f"{row['step']:.0f} steps in {row['seconds']:.0f} s"
        click.echo(f"trained {methods[folder]} for {how}: {folder}")


def _config(method: str | None, file: str | None) -> RunConfig:
    """The method's own config, changed by the file."""
    from mlsearch.base.plugins import load_plugins
    from mlsearch.base.settings import replaced
    from mlsearch.config import RunConfig
    from mlsearch.learning.methods import METHODS, method_config

    if file is None:
        return method_config(method or "contrastive")
    values = _file_settings(file)
    named = values.setdefault("method", method or "contrastive")
    if method and named != method:
        raise click.UsageError(f"--method is {method!r}, but {file} is of method {named!r}")
    if named not in METHODS:
        load_plugins()
    base = METHODS.get(named) or RunConfig(method=named)
    try:
        return replaced(base, values)
    except (ValueError, TypeError) as error:
        raise ValueError(f"--config: {file}: {error}") from error


def _file_settings(file: str) -> dict[str, Any]:
    """The settings of a config file, or of a run's config.json, by their dotted names.

    A section that names its domain replaces the whole one of the method.
    """
    from mlsearch.base.settings import by_section
    from mlsearch.config import upgraded

    try:
        values = json.loads(Path(file).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"--config: {file}: not JSON: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"--config: {file}: expected a mapping, got {values!r}")
    values = upgraded(values.get("config", values))
    whole = {k: v for k, v in values.items() if isinstance(v, dict) and "name" in v}
    return by_section({k: v for k, v in values.items() if k not in whole}) | whole


def _parsed_settings(settings: tuple[str, ...]) -> dict[str, Any]:
    parsed = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            message = f"expected section.name=value, got {setting!r}"
            raise click.BadParameter(message, param_hint="--set")
        try:
            parsed[name] = json.loads(text)
        except json.JSONDecodeError:
            parsed[name] = text
    return parsed


def _parsed_until(text: str | None) -> dict[str, float] | None:
    if text is None:
        return None
    name, _, value = text.partition("=")
    try:
        return {TARGETS[name]: float(value)}
    except (KeyError, ValueError):
        known = ", ".join(TARGETS)
        message = f"expected NAME=NUMBER with NAME one of {known}, got {text!r}"
        raise click.BadParameter(message, param_hint="--until") from None
