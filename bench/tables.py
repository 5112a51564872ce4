"""Measurements as text: times, columns and Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from measured import Row

HEADERS = ("work", "against", "ours", "theirs", "ratio", "target")
MISSED, UNMEASURED = "missed", "not measured"

Line = Sequence[str]


def in_words(seconds: float) -> str:
    """A time with a unit that leaves few digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def cells(row: Row, seconds: Mapping[str, float]) -> tuple[str, ...]:
    """A row as texts under ``HEADERS``."""
    other = row.fastest_other(seconds)
    ours, theirs = (in_words(seconds[n]) if n in seconds else "-" for n in (row.ours, other))
    sign = "<=" if row.is_limit else ">="
    target = "-" if row.target is None else f"{sign} {row.target:g}"
    return row.work, row.against, ours, theirs, ratio_in_words(row, seconds), target


def ratio_in_words(row: Row, seconds: Mapping[str, float]) -> str:
    """The ratio of a row, and whether it misses its target."""
    ratio = row.ratio(seconds)
    if ratio is None:
        return UNMEASURED
    found = f"{ratio:,.0f}" if ratio >= 1000 else f"{ratio:.3g}"
    return found if row.is_met(ratio) else f"{found} ({MISSED})"


def as_text(lines: Sequence[Line]) -> str:
    """Lines under ``HEADERS`` in columns."""
    widths = [max(map(len, column)) for column in zip(HEADERS, *lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [HEADERS, *lines]
    )


def as_markdown(headers: Line, lines: Sequence[Line]) -> str:
    """Lines as a Markdown table."""
    rule = ["---"] * len(headers)
    return "\n".join("| " + " | ".join(line) + " |" for line in [headers, rule, *lines])


def profile_table(profile: Mapping[str, Mapping[str, float]]) -> str:
    """Milliseconds of the parts of each work, with their shares, as a Markdown table."""
    lines = [
        [work, part, f"{value:.3g}", f"{value / sum(parts.values()):.0%}"]
        for work, parts in profile.items()
        for part, value in parts.items()
    ]
    return as_markdown(["work", "part", "milliseconds", "share"], lines)


def scaling_tables(scaling: Mapping[str, Any]) -> str:
    """The curves by size, number and batch as tables, and all exponents."""
    sides = [
        [str(r["side"]), in_words(r["field"]), in_words(r["search"]), mebibytes(r["grown"])]
        for r in scaling["by_side"]
    ]
    numbers = [
        [f"{r['num']:,}", name, in_words(r["seconds"]), in_words(r["bfs"]), mebibytes(r["peak"])]
        for name, rows in scaling["by_number"].items()
        for r in rows
    ]
    batches = [[str(r["batch"]), f"{r['pairs_per_second']:,.0f}"] for r in scaling["by_batch"]]
    powers = [[name, f"{power:.2f}"] for name, power in scaling["exponents"].items()]
    return "\n\n".join(
        [
            as_markdown(["side", "distance field", "table search", "memory, 100 problems"], sides),
            as_markdown(["problems", "heuristic", "search", "optimal costs", "memory"], numbers),
            as_markdown(["batch", "pairs per second"], batches),
            as_markdown(["curve", "exponent"], powers),
        ]
    )


def mebibytes(size: float) -> str:
    return f"{size / 2**20:,.0f} MiB"


def large_tables(scaling: Mapping[str, Any]) -> str:
    """One search by its states, and one query by the side of its map."""
    states = [
        [
            f"{r['states']:,}",
            in_words(r["seconds"]),
            f"{r['states'] / r['seconds']:,.0f}",
            mebibytes(r["grown"]),
            f"{r['grown'] / r['states']:,.0f}",
        ]
        for r in scaling["by_states"]
    ]
    maps = [
        [
            str(r["side"]),
            method.replace("breadth_first", "breadth-first search"),
            *(in_words(r[part]) if r[part] else "-" for part in ("heuristic", "search")),
            f"{r['expansions']:,.4g}",
            f"{r['cost']:.3f}",
        ]
        for rows in zip(*scaling["by_map"].values(), strict=True)
        for method, r in zip(scaling["by_map"], rows, strict=True)
    ]
    of_maps = ["side", "method", "heuristic", "search", "expansions / optimal", "cost / optimal"]
    return "\n\n".join(
        [
            as_markdown(["states", "search", "states/s", "memory", "bytes/state"], states),
            as_markdown(of_maps, maps),
        ]
    )
