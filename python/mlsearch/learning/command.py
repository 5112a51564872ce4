"""The command that trains a run."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from mlsearch.base.settings import by_section, replaced, to_dict
from mlsearch.config import RunConfig
from mlsearch.domains.registry import domain_settings, registered_name
from mlsearch.learning.methods import METHODS

FLAGS = {"training.steps": "--steps", "training.batch_size": "--batch-size"}
FOLDERS = {"data.folder": "--data", "training.start": "--start"}


def command_of(config: RunConfig, num_seeds: int = 1) -> str:
    """``mlsearch train`` with the options that make it train a run of this config.

    Of the folders that the run learned from or started with, it has the names alone, since their
    places are those of one machine.

    Args:
        config: of the run, of the first one if there are several.
        num_seeds: how many runs, with seeds from that of ``config`` on.

    Returns:
        The command for a shell; empty where the method is not registered.
    """
    if config.method not in METHODS:
        return ""
    recipe, words = METHODS[config.method], ["mlsearch", "train", "--method", config.method]
    if type(config.domain) is not type(recipe.domain):
        name = _domain_name(config.domain)
        words += ["--domain", name]
        recipe = replaced(recipe, {"domain": domain_settings(name)})
    before, after = by_section(to_dict(recipe)), by_section(to_dict(config))
    for name, value in after.items():
        if value != before.get(name) and name not in ("seed", "data.checksum"):
            words += _option(name, value)
    words += ["--seed", str(config.seed)] * (config.seed != 0)
    words += ["--seeds", str(num_seeds)] * (num_seeds > 1)
    return shlex.join(words)


def _domain_name(settings: Any) -> str:
    """Such as "cube3", where that says all, else "cube"."""
    name = registered_name(settings)
    sized = f"{name}{getattr(settings, 'size', '')}"
    try:
        return sized if domain_settings(sized) == settings else name
    except ValueError:
        return name


def _option(name: str, value: Any) -> list[str]:
    if name in FLAGS:
        return [FLAGS[name], str(value)]
    if name in FOLDERS and value is not None:
        return [FOLDERS[name], Path(value).name]
    return ["--set", f"{name}={value if _is_text(value) else json.dumps(value)}"]


def _is_text(value: Any) -> bool:
    """Whether a setting is a text that ``--set`` reads as it is, not as JSON."""
    if not isinstance(value, str):
        return False
    try:
        json.loads(value)
    except json.JSONDecodeError:
        return True
    return False
