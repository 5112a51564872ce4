"""Writing files so that a crash never leaves half of one behind."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
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
    """Writes ``value`` as indented JSON, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
