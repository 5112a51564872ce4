"""Puts the results of an experiment into a page of the documentation.

    python tools/results_page.py short docs/results/short.md

The first is what ``mlsearch reproduce --out`` wrote. The page keeps its words up to the line that
begins with "Scored on"; the tables after it are those of the results. The report, all numbers and
the training log of each run lie in a folder beside the page that is called like it, and so do the
figures of the report that the words show: "Ten problems" is ``ten_problems.webp``.
"""

from __future__ import annotations

import argparse
import base64
import re
import shutil
from pathlib import Path

from mlsearch.base.files import replacing

BEGIN = "Scored on "


def put(results: Path, page: Path) -> None:
    """Writes the page and its folder anew.

    Raises:
        ValueError: the page or the results have no line that begins with "Scored on".
        OSError: a file is missing or cannot be written.
    """
    words, _ = _divided(page)
    _, tables = _divided(results / "results.md")
    folder = page.with_suffix("")
    folder.mkdir(exist_ok=True)
    for old in (*folder.glob("*.csv"), *folder.glob("*.webp")):
        old.unlink()
    for name in ("results.json", "report.html"):
        shutil.copy(results / name, folder)
    for log in sorted(results.glob("*-seed*/scalars.csv")):
        shutil.copy(log, folder / f"{log.parent.name}.csv")
    for name, picture in _figures(results / "report.html").items():
        if f"({page.stem}/{name})" in words:
            (folder / name).write_bytes(picture)
    with replacing(page) as temporary:
        temporary.write_text(words + tables, encoding="utf-8")


def _figures(report: Path) -> dict[str, bytes]:
    """The figures of a report by the names of their files."""
    shown = re.compile(r'<img src="data:image/webp;base64,([^"]+)" alt="([^"]+)"')
    found = shown.findall(report.read_text(encoding="utf-8"))
    return {
        f"{'_'.join(re.findall('[a-z]+', title.lower()))}.webp": base64.b64decode(picture)
        for picture, title in found
    }


def _divided(page: Path) -> tuple[str, str]:
    """What stands before the line that begins with "Scored on", and the rest."""
    words, found, rest = page.read_text(encoding="utf-8").partition(f"\n{BEGIN}")
    if not found:
        raise ValueError(f"{page}: expected a line that begins with {BEGIN!r}, found none")
    return f"{words}\n", BEGIN + rest


def main() -> None:
    """Reads two paths."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="a folder of mlsearch reproduce")
    parser.add_argument("page", type=Path, help="a page of the documentation")
    arguments = parser.parse_args()
    put(arguments.results, arguments.page)


if __name__ == "__main__":
    main()
