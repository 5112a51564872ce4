"""Metrics that come with the package, by name."""

from __future__ import annotations

import os
from pathlib import Path

from mlsearch.base.errors import CheckpointError
from mlsearch.base.plugins import find

FOLDER = Path(__file__).parents[1] / "shipped"
SHIPPED: dict[str, Path] = {
    file.parent.name: file.parent for file in sorted(FOLDER.glob("*/config.json"))
}
"""Folders with ``config.json`` and ``model.safetensors`` by the name of the metric."""
DEFAULT = "maze"


def run_folder(run: str | os.PathLike[str] | None = None) -> Path:
    """The folder that ``mlsearch.load`` reads.

    Args:
        run: the name of a shipped metric; or a run folder. A name wins over a folder of that name
            in the working directory, which "./NAME" or a ``Path`` means. None for the maze's.

    Raises:
        CheckpointError: None was given, and the package ships no such metric.
        ValueError: a bare name is neither a shipped metric nor a folder.
    """
    if run is None and DEFAULT not in SHIPPED:
        raise CheckpointError("this version ships no trained metric; name a run folder")
    name = DEFAULT if run is None else run
    if not isinstance(name, str) or not _is_name(name) or _is_only_a_path(name):
        return Path(name)
    return find(SHIPPED, name, "shipped metric", setting="run")


def _is_name(text: str) -> bool:
    return Path(text).name == text


def _is_only_a_path(name: str) -> bool:
    return name not in SHIPPED and Path(name).exists()


def label_of(folder: Path) -> str:
    """What tables call the metric of a run folder: its path, or "shipped NAME"."""
    names = [f"shipped {name}" for name, path in SHIPPED.items() if path == folder]
    return names[0] if names else str(folder)
