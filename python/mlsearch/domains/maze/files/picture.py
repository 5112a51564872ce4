"""Mazes as pictures: walls are dark, and a cell is a pixel or a square of pixels."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.files.text import Contents, check_side

if TYPE_CHECKING:
    from PIL.Image import Image

KINDS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
PNG_BEGIN = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
THRESHOLD = 128  # of 255; what is darker is a wall
MOST_CELL_PIXELS = 64
COLOURED = 64  # how far apart the channels of a pixel are that is no grey

_log = logging.getLogger("mlsearch")


def read(path: Path, threshold: int = THRESHOLD, cell_pixels: int = 1) -> Contents:
    """The maze of a picture; its size is checked before a pixel is decoded.

    Args:
        path: the file.
        threshold: 1 to 255; a pixel is a wall if its brightest channel is below.
        cell_pixels: the side of a cell, 1 to 64 pixels. A cell is a wall if one of its pixels is:
            then no path leads through a thin wall. Cells at the right and lower edge may be cut.
    """
    for name, value, most in (
        ("threshold", threshold, 255),
        ("cell_pixels", cell_pixels, MOST_CELL_PIXELS),
    ):
        if not 1 <= value <= most:
            raise ValueError(f"{name}: expected 1 to {most}, got {value}")
    kind = KINDS[path.suffix.lower()]
    with path.open("rb") as file:
        begin = file.read(24)
    if kind == "PNG" and begin[:16] == PNG_BEGIN and len(begin) == 24:
        sides = (int.from_bytes(begin[at : at + 4], "big") for at in (16, 20))
        _check_size(path, tuple(sides), cell_pixels)
    bright = _decoded(path, kind, begin, cell_pixels)
    if bright.dtype != bool:
        if bright.max() < threshold:
            raise MazeFormatError(
                f"{path}: no pixel is as bright as the threshold of {threshold}, the brightest is "
                f"{bright.max()} of 255; lower the threshold, or save an array of 0 and 1 as .npy"
            )
        bright = bright >= threshold
    rows, columns = (np.arange(0, side, cell_pixels) for side in bright.shape)
    free = np.logical_and.reduceat(np.logical_and.reduceat(bright, rows, axis=0), columns, axis=1)
    return Contents(~free)


def write(path: Path, walls: NDArray[np.uint8]) -> None:
    """Draws the one maze of ``walls``, uint8 [1, H, W], in black and white."""
    from PIL import Image

    Image.fromarray(walls[0] == 0).save(path, format="PNG")


def _check_size(path: Path, sides: tuple[int, ...], cell_pixels: int) -> None:
    for name, side in zip(("width", "height"), sides, strict=True):
        check_side(path, name, -(-side // cell_pixels))


def _decoded(path: Path, kind: str, begin: bytes, cell_pixels: int) -> NDArray[Any]:
    """How bright the pixels are: uint8 [H, W], or bool of a picture in black and white."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=[kind]) as image:
            _check_size(path, image.size, cell_pixels)
            return _brightness(path, image)
    except MazeFormatError:
        raise
    except UnidentifiedImageError:
        got = begin[:8].hex(" ")
        raise MazeFormatError(f"{path}: expected a {kind} picture, got bytes {got}") from None
    except Exception as error:  # what Pillow raises for damage is not fixed
        raise MazeFormatError(
            f"{path}: expected a {kind} picture, got a damaged one ({error})"
        ) from error


def _brightness(path: Path, image: Image) -> NDArray[Any]:
    """The brightest channel of each pixel; what is transparent shows white."""
    from PIL.Image import alpha_composite, new

    if image.mode == "1":
        return np.asarray(image)
    if image.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        return (np.asarray(image, np.int32) >> 8).astype(np.uint8)
    if image.has_transparency_data:
        image = alpha_composite(new("RGBA", image.size, "white"), image.convert("RGBA"))
    channels = np.asarray(image.convert("RGB"))
    brightest = channels.max(axis=2)
    _tell_colours(path, channels, brightest.astype(np.int16) - channels.min(axis=2) >= COLOURED)
    return brightest


def _tell_colours(path: Path, channels: NDArray[np.uint8], coloured: NDArray[np.bool_]) -> None:
    """Logs a warning where pixels are no greys: marks of a start or a goal are easily missed."""
    if not coloured.any():
        return
    row, column = np.argwhere(coloured)[0]
    colour = tuple(channels[row, column].tolist())
    _log.warning(
        "%s: %d pixels are coloured, such as %s at row %d, column %d; they are read by their "
        "brightest channel and mark no start or goal",
        path,
        int(coloured.sum()),
        colour,
        row,
        column,
    )
