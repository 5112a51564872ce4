"""Writing files so that a crash never leaves half of one behind."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary name beside ``path`` to write a file or folder to.

    When the block ends well, what was written takes the place of ``path`` in one step
    (a folder is renamed into place; one that is there already is an error). When it
    raises, it is removed and ``path`` stays as it was. Both hold through a loss of power:
    what was written reaches the disk before it gets its name, and the name before the
    block is left.

    Raises:
        OSError: writing failed, for example because the disk is full; it names ``path``.
    """
    target = Path(path)
    try:
        workspace = Path(tempfile.mkdtemp(dir=target.parent, prefix=_prefix(target.name)))
        try:
            temporary = workspace / target.name
            yield temporary
            _flush(temporary)
            os.replace(temporary, target)
            _flush_entry(target.parent)
        finally:
            shutil.rmtree(workspace, ignore_errors=True)
    except OSError as error:
        if error.errno and error.filename is None:  # as of a write to a file that is open
            error.filename = str(target)
        raise


def remove_leftovers(folder: str | os.PathLike[str]) -> None:
    """Removes what ``replacing`` left in ``folder`` when its process was killed.

    Nobody else may be writing there.
    """
    for path in Path(folder).glob(_prefix("*") + "*"):
        shutil.rmtree(path, ignore_errors=True)


def _prefix(name: str) -> str:
    return f".{name}.unfinished-"


def _flush(path: Path) -> None:
    """Waits until a file, or a folder and all that is in it, is on the disk."""
    if not path.is_dir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        return
    for inner in path.iterdir():
        _flush(inner)
    _flush_entry(path)


def _flush_entry(folder: Path) -> None:
    """Waits until the names in a folder are on the disk."""
    if os.name == "nt":  # which has no such call, and does so by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def distinct_names(paths: Sequence[Path]) -> list[str]:
    """What to call files or folders: the last parts of each path, as many as tell them apart.

    Args:
        paths: distinct ones.
    """
    full = [path.resolve() for path in paths]
    names = [path.name for path in full]
    for depth in range(2, max((len(path.parts) for path in full), default=0)):
        if len(set(names)) == len(names):
            break
        names = ["/".join(path.parts[-depth:]) for path in full]
    return names


def without_places(value: Any) -> Any:
    """Plain values with the last part of each absolute path alone: where it lies is no result."""
    if isinstance(value, Mapping):
        return {key: without_places(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_places(item) for item in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Writes ``value`` as indented JSON, atomically; see ``as_json``."""
    with replacing(path) as temporary:
        temporary.write_text(as_json(value) + "\n", encoding="utf-8")


def as_json(value: Any) -> str:
    """``value`` as indented JSON that every reader takes: NaN and infinity become null."""
    return json.dumps(_finite(value), indent=2, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
