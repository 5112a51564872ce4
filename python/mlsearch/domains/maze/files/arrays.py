"""Mazes as NumPy files: an array of walls, alone or as ``walls`` in an archive."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.files.text import Contents

MEMBER = "walls.npy"
MOST_DEFLATED = 1032  # bytes that one compressed byte can stand for


def read_npy(path: Path) -> Contents:
    """The mazes of an ``.npy`` file."""
    with path.open("rb") as file:
        try:
            return Contents(_read_array(file, path.stat().st_size))
        except Exception as error:  # what numpy raises for damage is not fixed
            raise MazeFormatError(f"{path}: expected an .npy file of mazes ({error})") from error


def read_npz(path: Path) -> Contents:
    """The mazes of an ``.npz`` file."""
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                member = archive.getinfo(MEMBER)
                if member.file_size > MOST_DEFLATED * path.stat().st_size:
                    raise ValueError(f"{member.file_size} bytes are not in a file of this size")
                with archive.open(member) as stream:
                    return Contents(_read_array(stream, member.file_size))
        except Exception as error:  # what numpy and zipfile raise for damage is not fixed
            raise MazeFormatError(
                f"{path}: expected an .npz file with an array 'walls' of mazes ({error})"
            ) from error


def write_npy(path: Path, walls: NDArray[np.uint8]) -> None:
    """Writes mazes, uint8 [B, H, W]."""
    with path.open("wb") as file:  # numpy would change the name of some paths
        np.save(file, walls, allow_pickle=False)


def write_npz(path: Path, walls: NDArray[np.uint8]) -> None:
    """Writes mazes, uint8 [B, H, W], compressed."""
    with path.open("wb") as file:
        np.savez_compressed(file, walls=walls)


def _read_array(stream: IO[bytes], size: int) -> NDArray[Any]:
    """The array of a stream of ``size`` bytes; memory is taken only for what is there."""
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"expected format version 1.0 or 2.0, got {version}")
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, is_fortran, dtype = read_header(stream)
    if dtype.kind not in "biu":
        raise TypeError(f"expected bool or integers, got dtype {dtype}")
    needed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or not 0 <= needed <= size:
        raise ValueError(f"expected an array of {size} bytes at most, got shape {list(shape)}")
    data = stream.read()  # to the end, where an archive checks its sum
    if len(data) != needed:
        raise ValueError(f"expected {needed} bytes for shape {list(shape)}, got {len(data)}")
    array = np.frombuffer(data, dtype)
    return array.reshape(shape, order="F" if is_fortran else "C")
