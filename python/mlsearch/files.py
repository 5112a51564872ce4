"""Writing files so that a crash never leaves half of one behind."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary name beside ``path`` to write a file or folder to.

    When the block ends well, what was written takes the place of ``path`` in one step
    (a folder is renamed into place; one that is there already is an error). When it
    raises, it is removed and ``path`` stays as it was.

    Raises:
        OSError: writing failed, for example because the disk is full.
    """
    target = Path(path)
    workspace = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield workspace / target.name
        os.replace(workspace / target.name, target)
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


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
