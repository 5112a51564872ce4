"""Types of the compiled extension. Arrays must be C-contiguous and of the dtype given here."""

# ruff: noqa: D103

import numpy as np
from numpy.typing import NDArray

# generate

# bfs

# trajectory

# pairs

# search
