"""Measurements as text: times, columns and Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
