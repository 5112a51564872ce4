"""Folders of trajectories: arrays that can be written in parts and mapped, and ``meta.json``."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.base.files import replacing
from mlsearch.domains.maze.walls import Shape

FORMAT = "mlsearch-trajectories"
VERSION = 1
ARRAYS = {"walls": "|u1", "maze_index": "<i4", "cells": "<i4", "offsets": "<i8"}
META = "meta.json"
HEADER_BYTES = 128
HASHED_BYTES = 2**22  # at a time


class Folder(NamedTuple):
    """What is in a folder.

    Attributes:
        arrays: walls, maze_index, cells and offsets, mapped from the files.
        provenance: how the trajectories were made.
    """

    arrays: list[NDArray[Any]]
    provenance: dict[str, Any]


class Meta(NamedTuple):
    """What a folder tells of itself.

    Attributes:
        provenance: how the trajectories were made.
        checksum: one for all arrays, in hexadecimal.
        shape: of each maze.
    """

    provenance: dict[str, Any]
    checksum: str
    shape: Shape


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[FolderWriter]:
    """A writer for a new folder, which gets its name when the block has ended well.

    Raises:
        FileExistsError: ``path`` exists.
        OSError: the folder cannot be written.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} exists already")
    with replacing(target) as folder:
        folder.mkdir()
        with ExitStack() as stack:
            writer = FolderWriter(
                {name: stack.enter_context((folder / f"{name}.npy").open("wb")) for name in ARRAYS}
            )
            yield writer
            writer.finish()
        meta = {
            "format": FORMAT,
            "version": VERSION,
            "sha256": {name: _checksum(folder / f"{name}.npy") for name in ARRAYS},
            "provenance": writer.provenance,
        }
        (folder / META).write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")


class FolderWriter:
    """Writes trajectories part after part.

    Attributes:
        provenance: to be set to what is to be told of the trajectories, for JSON.
    """

    def __init__(self, files: dict[str, BinaryIO]) -> None:
        self.provenance: dict[str, Any] = {}
        self._files = files
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._num_cells = 0
        for file in files.values():
            file.write(bytes(HEADER_BYTES))
        self._write("offsets", np.zeros(1, np.int64))

    def append(
        self,
        walls: NDArray[np.uint8],
        maze_index: NDArray[np.int32],
        cells: NDArray[np.int32],
        offsets: NDArray[np.int64],
    ) -> None:
        """Adds mazes and trajectories.

        Args:
            walls: uint8 [B, H, W], mazes that come after those before.
            maze_index: int32 [N], the maze of each trajectory among all mazes.
            cells: int32 [total].
            offsets: int64 [N + 1], where trajectories begin in ``cells``, from 0.
        """
        self._write("walls", walls)
        self._write("maze_index", maze_index)
        self._write("cells", cells)
        self._write("offsets", offsets[1:] + self._num_cells)
        self._num_cells += len(cells)

    def finish(self) -> None:
        """Writes the headers, whose sizes are known now."""
        for name, file in self._files.items():
            file.seek(0)
            file.write(_header(ARRAYS[name], self._shapes[name]))

    def _write(self, name: str, array: NDArray[Any]) -> None:
        before = self._shapes.get(name, (0,))[0]
        self._shapes[name] = (before + len(array), *array.shape[1:])
        np.ascontiguousarray(array, ARRAYS[name]).tofile(self._files[name])


def _header(dtype: str, shape: Sequence[int]) -> bytes:
    """The first bytes of an ``.npy`` file, always as many."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    begin = b"\x93NUMPY\x01\x00" + (HEADER_BYTES - 10).to_bytes(2, "little")
    return begin + text.ljust(HEADER_BYTES - 11).encode() + b"\n"


def read_folder(path: str | os.PathLike[str]) -> Folder:
    """The arrays of a folder, mapped, after a look at their checksums.

    Raises:
        OSError: the folder cannot be read.
        MazeFormatError: a file is missing, damaged, a link or of another format; it is named.
    """
    folder = Path(path)
    meta = _read_json(folder / META)
    arrays = []
    for name in ARRAYS:
        file = folder / f"{name}.npy"
        array = _mapped(file)
        if _checksum(file) != meta["sha256"].get(name):
            raise MazeFormatError(f"{file} is damaged: its checksum differs from the one in {META}")
        arrays.append(array)
    return Folder(arrays, meta["provenance"])


def read_meta(path: str | os.PathLike[str]) -> Meta:
    """What a folder tells of itself; its arrays are not looked at.

    Raises:
        OSError: the folder cannot be read.
        MazeFormatError: a file is missing, damaged, a link or of another format; it is named.
    """
    folder = Path(path)
    meta = _read_json(folder / META)
    sums = "".join(str(meta["sha256"].get(name)) for name in ARRAYS)
    walls = _mapped(folder / "walls.npy")
    if walls.ndim != 3:
        raise MazeFormatError(f"{folder}: walls: expected shape [B, H, W], got {list(walls.shape)}")
    return Meta(
        meta["provenance"], hashlib.sha256(sums.encode()).hexdigest(), Shape(*walls.shape[1:])
    )


def _checksum(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(HASHED_BYTES):
            digest.update(part)
    return digest.hexdigest()


def _read_json(file: Path) -> dict[str, Any]:
    _refuse_link(file)
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MazeFormatError(f"{file} is missing: no folder of trajectories") from None
    except (ValueError, RecursionError) as error:
        raise MazeFormatError(f"{file} is damaged: {error}") from error
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise MazeFormatError(f"{file}: expected the format {FORMAT}")
    if meta.get("version") != VERSION:
        raise MazeFormatError(f"{file}: expected version {VERSION}, got {meta.get('version')}")
    if not all(isinstance(meta.get(key), dict) for key in ("sha256", "provenance")):
        raise MazeFormatError(f"{file} is damaged: expected objects sha256 and provenance")
    return meta


def _mapped(file: Path) -> NDArray[Any]:
    _refuse_link(file)
    if not file.is_file():
        raise MazeFormatError(f"{file} is missing")
    try:
        array = np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    except Exception as error:  # what numpy raises for damage is not fixed
        raise MazeFormatError(f"{file} is damaged: {error}") from error
    dtype = np.dtype(ARRAYS[file.stem])
    if array.dtype != dtype or not array.flags.c_contiguous:
        raise MazeFormatError(f"{file}: expected rows of {dtype}, got {array.dtype}")
    return array


def _refuse_link(file: Path) -> None:
    if file.is_symlink():
        raise MazeFormatError(f"{file}: expected a file of the folder itself, got a link")
