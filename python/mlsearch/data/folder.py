"""Folders of trajectories: arrays that can be written in parts and mapped, and ``meta.json``."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.base.files import replacing
from mlsearch.domains.contract import Int32s, Rows
from mlsearch.domains.extras import extra, name_of
from mlsearch.domains.registry import domain_settings, settings_dict

FORMAT = "mlsearch-trajectories"
VERSION = 2
ARRAYS = ("worlds", "states", "offsets")  # and those of the domain
NAMES_1 = {"worlds": "maze_index", "states": "cells"}  # what version 1 called its files
META = "meta.json"
HEADER_BYTES = 128
HASHED_BYTES = 2**22  # at a time


class Folder(NamedTuple):
    """What is in a folder: the arguments of ``Trajectories``, the arrays mapped from the files."""

    domain: Any
    worlds: Int32s
    states: Rows
    offsets: NDArray[np.int64]
    provenance: dict[str, Any]


class Meta(NamedTuple):
    """What a folder tells of itself.

    Attributes:
        domain: the settings of the domain, see :mod:`mlsearch.domains.registry`.
        provenance: how the trajectories were made.
        checksum: one for the domain and all arrays, in hexadecimal.
    """

    domain: dict[str, Any]
    provenance: dict[str, Any]
    checksum: str


def arrays_of(domain: Any) -> Mapping[str, NDArray[Any]]:
    """What a folder holds of a domain beside its settings, see :mod:`mlsearch.domains.extras`.

    Raises:
        ValueError: the domain has several worlds, and no ``arrays`` to tell them apart, or the
            name of an array cannot be that of a file.
    """
    if arrays := extra(domain, "arrays"):
        found = dict(arrays())
        for name in found:
            if name in ARRAYS or not _is_name(name):
                raise ValueError(f"arrays: expected names such as 'walls', got {name!r}")
        return found
    if len(domain) == 1:
        return {}
    raise ValueError(
        f"domain: expected one world, or arrays() of the {len(domain)} worlds; domain "
        f"{name_of(domain)!r} has none"
    )


@contextmanager
def writing(path: str | os.PathLike[str], settings: Any) -> Iterator[FolderWriter]:
    """A writer for a new folder, which gets its name when the block has ended well.

    Args:
        path: the folder.
        settings: those of the domain.

    Raises:
        FileExistsError: ``path`` exists.
        OSError: the folder cannot be written.
        ValueError: the settings are not registered in ``mlsearch.DOMAINS``.
    """
    described = settings_dict(settings)
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} exists already")
    with replacing(target) as folder:
        folder.mkdir()
        with ExitStack() as stack:
            writer = FolderWriter(
                lambda name: stack.enter_context((folder / f"{name}.npy").open("wb"))
            )
            yield writer
            writer.finish()
        meta = {
            "format": FORMAT,
            "version": VERSION,
            "domain": described,
            "sha256": {name: _checksum(folder / f"{name}.npy") for name in writer.names},
            "provenance": writer.provenance,
        }
        (folder / META).write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")


class FolderWriter:
    """Writes trajectories part after part.

    Args:
        opened: opens the file of an array, by its name.

    Attributes:
        provenance: what the folder says about the trajectories, for JSON; the caller sets it.
    """

    def __init__(self, opened: Callable[[str], BinaryIO]) -> None:
        self.provenance: dict[str, Any] = {}
        self._opened = opened
        self._files: dict[str, BinaryIO] = {}
        self._forms: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._num_states = 0

    @property
    def names(self) -> list[str]:
        """The arrays that were written."""
        return list(self._files)

    def append(
        self,
        arrays: Mapping[str, NDArray[Any]],
        worlds: Int32s,
        states: Rows,
        offsets: NDArray[np.int64],
    ) -> None:
        """Adds worlds and trajectories.

        Args:
            arrays: of the domain, with a row for each world that comes after those before.
            worlds: int32 ``[N]``, the world of each trajectory among all worlds.
            states: ``[total, *S]``.
            offsets: int64 ``[N + 1]``, where trajectories begin in ``states``, from 0.
        """
        for name, array in arrays.items():
            self._write(name, array)
        self._write("worlds", worlds)
        self._write("states", states)
        is_first = "offsets" not in self._files
        self._write("offsets", offsets[0 if is_first else 1 :] + self._num_states)
        self._num_states += len(states)

    def finish(self) -> None:
        """Writes the headers, whose sizes are known now."""
        for name, file in self._files.items():
            file.seek(0)
            file.write(_header(*self._forms[name]))

    def _write(self, name: str, array: NDArray[Any]) -> None:
        dtype = array.dtype.newbyteorder("<")
        if name not in self._files:
            self._files[name] = self._opened(name)
            self._files[name].write(bytes(HEADER_BYTES))
        _, before = self._forms.get(name, ("", (0,)))
        self._forms[name] = (dtype.str, (before[0] + len(array), *array.shape[1:]))
        np.ascontiguousarray(array, dtype).tofile(self._files[name])


def _header(dtype: str, shape: Sequence[int]) -> bytes:
    """The first bytes of an ``.npy`` file, always as many."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    begin = b"\x93NUMPY\x01\x00" + (HEADER_BYTES - 10).to_bytes(2, "little")
    return begin + text.ljust(HEADER_BYTES - 11).encode() + b"\n"


def read_folder(path: str | os.PathLike[str]) -> Folder:
    """The domain and the arrays of a folder, mapped, after a look at their checksums.

    Raises:
        OSError: the folder cannot be read.
        MazeFormatError: a file is missing, damaged, a link or of another format; it is named.
        TypeError, ValueError: the domain cannot be made again.
    """
    folder = Path(path)
    meta = _read_json(folder / META)
    arrays = {}
    for name, checksum in meta["sha256"].items():
        file = folder / f"{name}.npy"
        arrays[name] = _mapped(file)
        if _checksum(file) != checksum:
            raise MazeFormatError(f"{file} is damaged: its checksum differs from the one in {META}")
    names = NAMES_1 if meta["version"] == 1 else {}
    worlds, states, offsets = (arrays.pop(names.get(name, name)) for name in ARRAYS)
    domain = _restored(_settings_in(folder, meta), arrays)
    spec = domain.states
    is_shaped = states.ndim == 1 + len(spec.shape) and states.shape[1:] == spec.shape
    if states.dtype != spec.dtype or not is_shaped:
        raise ValueError(
            f"states: expected {spec.dtype} of shape {['total', *spec.shape]}, got "
            f"{states.dtype} of shape {list(states.shape)}"
        )
    return Folder(domain, worlds, states, offsets, meta["provenance"])


def read_meta(path: str | os.PathLike[str]) -> Meta:
    """What a folder tells of itself; its arrays are not looked at.

    Raises:
        OSError: the folder cannot be read.
        MazeFormatError: a file is missing, damaged, a link or of another format; it is named.
    """
    folder = Path(path)
    meta = _read_json(folder / META)
    sums = "".join(map(str, meta["sha256"].values()))
    if meta["version"] > 1:
        sums += json.dumps(meta["domain"], sort_keys=True)
    checksum = hashlib.sha256(sums.encode()).hexdigest()
    return Meta(_settings_in(folder, meta), meta["provenance"], checksum)


def _restored(described: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Any:
    settings = domain_settings(described)
    return settings.restored(arrays) if hasattr(settings, "restored") else settings.make(1, 0)


def _settings_in(folder: Path, meta: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the domain; in version 1 the mazes, as far as it told of them."""
    if meta["version"] > 1:
        return dict(meta["domain"])
    walls = _mapped(folder / "walls.npy")
    if walls.ndim != 3:
        raise MazeFormatError(f"{folder}: walls: expected shape [B, H, W], got {list(walls.shape)}")
    told = meta["provenance"].get("generator")
    known = ("generator", "wall_probability", "loops")
    kind = {name: told[name] for name in known if name in told} if isinstance(told, dict) else {}
    return {"name": "maze", "height": walls.shape[1], "width": walls.shape[2], **kind}


def _is_name(name: str) -> bool:
    return name.isascii() and name.isidentifier() and len(name) <= 64


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
    version = meta.get("version")
    if version not in (1, VERSION):
        raise MazeFormatError(f"{file}: expected version 1 or {VERSION}, got {version}")
    parts = ("sha256", "provenance", *(["domain"] if version > 1 else []))
    if not all(isinstance(meta.get(part), dict) for part in parts):
        raise MazeFormatError(f"{file} is damaged: expected objects {', '.join(parts)}")
    names = [NAMES_1.get(name, name) for name in ARRAYS] if version == 1 else ARRAYS
    if not set(names) <= meta["sha256"].keys() or not all(map(_is_name, meta["sha256"])):
        raise MazeFormatError(f"{file} is damaged: expected checksums of {', '.join(names)}")
    return meta


def _mapped(file: Path) -> NDArray[Any]:
    _refuse_link(file)
    if not file.is_file():
        raise MazeFormatError(f"{file} is missing")
    try:
        with np.errstate(over="ignore"):  # of a shape that is too large: it is refused
            array = np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    except Exception as error:  # what numpy raises for damage is not fixed
        raise MazeFormatError(f"{file} is damaged: {error}") from error
    if not array.flags.c_contiguous:
        raise MazeFormatError(f"{file}: expected an array in C order")
    return array


def _refuse_link(file: Path) -> None:
    if file.is_symlink():
        raise MazeFormatError(f"{file}: expected a file of the folder itself, got a link")
