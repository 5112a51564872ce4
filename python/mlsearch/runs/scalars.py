"""``scalars.csv``: what a training run has logged."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlsearch.base.errors import CheckpointError
from mlsearch.base.files import replacing


def write_scalars(path: Path, rows: Sequence[Mapping[str, float]]) -> None:
    """Writes one line for each logged step; what was not measured there stays empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def read_scalars(path: str | os.PathLike[str]) -> list[dict[str, float]]:
    """The rows of a file written by :func:`write_scalars`, without what was not measured.

    Raises:
        OSError: the file cannot be read.
        CheckpointError: it is damaged.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return [{name: float(text) for name, text in row.items() if text} for row in rows]
    except (ValueError, TypeError, csv.Error) as error:
        raise CheckpointError(f"{path}: not a table of numbers ({error})") from error
