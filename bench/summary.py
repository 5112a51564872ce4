"""Prints every row of a benchmark run with its ratio and target, and writes the page of it.

Usage: python bench/summary.py build/bench.json [--page docs/benchmarks.md]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rows import ROWS, Row

from mlsearch import plots
from mlsearch.plots import style

HEADERS = ("work", "against", "ours", "ratio", "target")
MISSED, UNMEASURED = "missed", "not measured"


def seconds_of(results: Mapping[str, Any]) -> dict[str, float]:
    """The shortest time of each benchmark, which other programs disturb least."""
    return {b["name"]: b["stats"]["min"] for b in results["benchmarks"]}


def in_words(seconds: float) -> str:
    """A time with a unit that leaves few digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def cells(row: Row, seconds: Mapping[str, float]) -> tuple[str, ...]:
    """A row as texts under ``HEADERS``."""
    ratio = row.ratio(seconds)
    ours = in_words(seconds[row.ours]) if row.ours in seconds else "-"
    sign = "<=" if row.is_limit else ">="
    target = "-" if row.target is None else f"{sign} {row.target:g}"
    if ratio is None:
        return row.work, row.against, ours, UNMEASURED, target
    found = f"{ratio:.3g}" + ("" if row.is_met(ratio) else f" ({MISSED})")
    return row.work, row.against, ours, found, target


def as_text(lines: list[tuple[str, ...]]) -> str:
    """Lines in columns."""
    widths = [max(map(len, column)) for column in zip(HEADERS, *lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [HEADERS, *lines]
    )


def as_markdown(lines: list[tuple[str, ...]], headers: tuple[str, ...] = HEADERS) -> str:
    """Lines as a Markdown table."""
    rule = tuple("---" for _ in headers)
    return "\n".join("| " + " | ".join(line) + " |" for line in [headers, rule, *lines])


def group_tables(results: Mapping[str, Any]) -> str:
    """For each group, every benchmark with its time and what it is in times of the fastest."""
    groups: dict[str, list[tuple[str, float]]] = {}
    for benchmark in results["benchmarks"]:
        entry = benchmark["name"].removeprefix("test_"), benchmark["stats"]["min"]
        groups.setdefault(benchmark["group"] or "other", []).append(entry)
    parts = []
    for group, entries in sorted(groups.items()):
        entries.sort(key=lambda entry: entry[1])
        fastest = entries[0][1]
        lines = [(f"`{n}`", in_words(s), f"{s / fastest:.3g}") for n, s in entries]
        parts.append(f"### {group}\n\n" + as_markdown(lines, ("benchmark", "time", "x fastest")))
    return "\n\n".join(parts)


@style.styled
def ratios_figure(seconds: Mapping[str, float]) -> Figure:
    """The speed-ups of all measured rows that have a target, beside these targets."""
    rows = [(r, ratio) for r in ROWS if not r.is_limit and r.target and (ratio := r.ratio(seconds))]
    figure = style.new_figure(style.PAGE_WIDTH, 0.24 * len(rows) + 0.9)
    axes = figure.subplots()
    places = range(len(rows), 0, -1)
    axes.barh(places, [ratio for _, ratio in rows], height=0.6, color=style.COLORS[0], left=1e-9)
    targets = [row.target for row, _ in rows]
    axes.plot(
        targets, places, "|", color=axes.xaxis.label.get_color(), ms=11, mew=2, label="target"
    )
    axes.set_yticks(places, [f"{row.work}: {row.against}" for row, _ in rows])
    axes.set(xscale="log", xlim=(1, None), xlabel="times as fast as the alternative")
    axes.legend(loc="lower right")
    return figure


def page(results: Mapping[str, Any]) -> str:
    """The text of the page."""
    seconds = seconds_of(results)
    lines = [cells(row, seconds) for row in ROWS]
    cpu, info = results["machine_info"]["cpu"], results["machine_info"]
    remarks = {row.remark: row.work for row in ROWS if row.remark and was_missed(row, seconds)}
    brand = cpu.get("brand_raw", info["machine"])
    versions = ", ".join(f"{n} {v}" for n, v in sorted(info.get("versions", {}).items()))
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Made by `make bench` and `python bench/summary.py build/bench.json --page",
            "docs/benchmarks.md`. A ratio compares two measurements of one run on one machine,",
            "each the shortest of several; the answers of both sides are compared as well.",
            "",
            f"Machine: {brand}, {cpu.get('count')} cores; "
            f"Python {info['python_version']}; {versions}. {results['datetime'][:10]}.",
            "",
            as_markdown(lines),
            "",
            "![Speed-ups beside their targets](images/benchmarks.png)",
            "",
            "Where a target is missed:",
            "",
            *(f"- {work}: {remark}" for remark, work in remarks.items()),
            "",
            "## All measurements",
            "",
            group_tables(results),
            "",
        ]
    )


def was_missed(row: Row, seconds: Mapping[str, float]) -> bool:
    """Whether a row is not what was aimed at."""
    ratio = row.ratio(seconds)
    return ratio is None or not row.is_met(ratio)


def main() -> None:
    """Reads the results, prints the summary and writes the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    results = json.loads(options.results.read_text(encoding="utf-8"))
    print(as_text([cells(row, seconds_of(results)) for row in ROWS]))
    if options.page:
        options.page.write_text(page(results), encoding="utf-8")
        plots.save(
            ratios_figure(seconds_of(results)), options.page.parent / "images" / "benchmarks.png"
        )


if __name__ == "__main__":
    main()
