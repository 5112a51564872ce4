"""Mazes as PNG pictures: one pixel for each cell, walls dark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlsearch.base.errors import MazeFormatError
from mlsearch.domains.maze.files.text import Contents, check_side

if TYPE_CHECKING:
    from PIL.Image import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
FIRST_CHUNK = b"\x00\x00\x00\rIHDR"
BRIGHT = 128  # of 255; what is darker is a wall


def read(path: Path) -> Contents:
    """The maze of a picture; the size in the header is checked before a pixel is decoded."""
    from PIL import Image

    with path.open("rb") as file:
        begin = file.read(24)
    if begin[:16] != SIGNATURE + FIRST_CHUNK or len(begin) < 24:
        raise MazeFormatError(f"{path}: expected a PNG picture, got bytes {begin[:8].hex(' ')}")
    check_side(path, "width", int.from_bytes(begin[16:20], "big"))
    check_side(path, "height", int.from_bytes(begin[20:24], "big"))
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return Contents(_brightness(image) < BRIGHT)
    except Exception as error:  # what Pillow raises for damage is not fixed
        raise MazeFormatError(
            f"{path}: expected a PNG picture, got a damaged one ({error})"
        ) from error


def write(path: Path, walls: NDArray[np.uint8]) -> None:
    """Draws the one maze of ``walls``, uint8 [1, H, W], in black and white."""
    from PIL import Image

    Image.fromarray(walls[0] == 0).save(path, format="PNG")


def _brightness(image: Image) -> NDArray[np.uint8]:
    """From 0 to 255, uint8 [H, W]; what is transparent shows white."""
    from PIL.Image import alpha_composite, new

    if image.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        return (np.asarray(image, np.int32) >> 8).astype(np.uint8)
    if image.has_transparency_data:
        image = alpha_composite(new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.asarray(image.convert("L"))
