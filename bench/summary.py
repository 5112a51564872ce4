"""Prints every row of a benchmark run with its ratio and target.

Usage: python bench/summary.py build/bench.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from measured import seconds_of
from rows import ROWS
from tables import as_text, cells


def main() -> None:
    """Reads the results and prints the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    options = parser.parse_args()
    seconds = seconds_of(json.loads(options.results.read_text(encoding="utf-8")))
    print(as_text([cells(row, seconds) for row in ROWS]))


if __name__ == "__main__":
    main()
