"""Prints every row of a benchmark run with its ratio and target.

Usage: python bench/summary.py build/bench.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from measured import gpu_of, registers_of, seconds_of
from rows import GPU_ROWS, ROWS
from tables import as_text, cells


def main() -> None:
    """Reads the results and prints the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    options = parser.parse_args()
    results = json.loads(options.results.read_text(encoding="utf-8"))
    seconds = seconds_of(results)
    print(f"registers: {registers_of(results)}")
    rows = [*ROWS, *GPU_ROWS] if gpu_of(results) else ROWS
    print(as_text([cells(row, seconds) for row in rows]))


if __name__ == "__main__":
    main()
