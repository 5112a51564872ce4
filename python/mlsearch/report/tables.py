"""The tables of a report, as texts: the page, the terminal and files show the same ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mlsearch.base.protocols import offers
from mlsearch.domains.contract import Enumerable
from mlsearch.evaluation.evaluation import FRAGMENT_LENGTH
from mlsearch.evaluation.score_table import (
    UNDEFINED,
    ScoreRow,
    counts,
    headers,
    moves_with_search,
    notes,
    rank_correlation,
    yardstick_of,
)
from mlsearch.evaluation.scores import Score, over_seeds
from mlsearch.report.entries import Entry
from mlsearch.report.formats import ReportTable
from mlsearch.report.paired import paired_table

UNKNOWN_MAZES = (
    "The report does not describe its maze generator, so its mazes are not these: compare the "
    "order of the methods and their distance to the baselines, not single numbers."
)


def all_tables(entries: Sequence[Entry]) -> dict[str, ReportTable]:
    """The tables by what they are about; those that would be empty are left out."""
    tables = {
        "scores": score_table(entries),
        "paired": paired_table(entries),
        "published": _published(entries),
        "distance": _by_distance(entries),
        "calibration": _calibration(entries),
        "axioms": _axioms(entries),
    }
    return {name: table for name, table in tables.items() if table.rows}


def score_rows(entries: Sequence[Entry]) -> list[ScoreRow]:
    """A row for each entry; learned ones that do not beat the yardstick are marked."""
    yardstick = next((e for e in entries if e.name == yardstick_of(e.evaluations[0])), None)
    return [_score_row(e, yardstick) for e in entries]


def _score_row(entry: Entry, yardstick: Entry | None) -> ScoreRow:
    scores = entry.scores["all"]
    return ScoreRow(
        entry.name,
        scores["no_search.solved_rate"],
        scores["search.expansions"],
        scores["search.solved_rate"],
        over_seeds([moves_with_search(e) for e in entry.evaluations]),
        scores["search.suboptimality"],
        over_seeds([rank_correlation(e) for e in entry.evaluations]),
        scores["absolute_error"],
        counts(entry.evaluations[0]),
        entry.is_learned and yardstick is not None and not _beats(entry, yardstick),
    )


def _beats(entry: Entry, other: Entry) -> bool:
    mine, others = entry.scores["all"], other.scores["all"]
    solves_more = mine["no_search.solved_rate"].mean > others["no_search.solved_rate"].mean
    return solves_more and mine["search.expansions"].mean < others["search.expansions"].mean


def score_table(entries: Sequence[Entry]) -> ReportTable:
    """The scores over all problems, a row for each entry."""
    rows = score_rows(entries)
    seeds = max(len(e.evaluations) for e in entries)
    over = f"over {seeds} seeds" if seeds > 1 else "over problems"
    note = f"In brackets: 95 % intervals {over}."
    if seeds > 1:
        note = f"{note[:-1]}; of a single run or a baseline, over problems."
    note += "".join(f" {more}." for more in notes(rows, [e.evaluations[0] for e in entries]))
    return ReportTable(
        title="Scores",
        headers=headers(rows),
        rows=[row.cells() for row in rows],
        note=note,
        legend=[f"{run}: {about}." for run, about in abouts(entries).items()],
    )


def abouts(entries: Sequence[Entry]) -> dict[str, str]:
    """What the methods of learned entries do, by what the entries call their run."""
    return {entry.run: entry.about for entry in entries if entry.about}


def _published(entries: Sequence[Entry]) -> ReportTable:
    any_published = any(entry.published for entry in entries)
    return ReportTable(
        title="Beside the published numbers",
        headers=(
            "method",
            "no-search solved\nrate, published",
            "no-search solved\nrate, here",
            "expansions,\npublished",
            "expansions,\nhere",
        ),
        rows=[
            (
                entry.name,
                f"{100 * entry.published.solved_rate:.1f}%" if entry.published else UNDEFINED,
                _percent(entry.scores["all"]["no_search.solved_rate"]),
                f"{entry.published.expansions:.1f}" if entry.published else UNDEFINED,
                _number(entry.scores["all"]["search.expansions"], 1),
            )
            for entry in entries
            if entry.published or (any_published and not entry.is_learned)
        ],
        note=UNKNOWN_MAZES,
    )


def _by_distance(entries: Sequence[Entry]) -> ReportTable:
    near, far = f"up to {FRAGMENT_LENGTH} steps", "farther"
    optimal = entries[0].problems.optimal
    is_near = (optimal >= 0) & (optimal <= FRAGMENT_LENGTH)
    has_both = is_near.any() and (optimal > FRAGMENT_LENGTH).any()
    return ReportTable(
        title="Near and far goals",
        headers=(
            "heuristic",
            f"no-search solved\nrate, {near}",
            f"no-search solved\nrate, {far}",
            f"expansions,\n{near}",
            f"expansions,\n{far}",
        ),
        rows=[
            (
                entry.name,
                _percent(_part(entry, "within", "no_search.solved_rate")),
                _percent(_part(entry, "longer", "no_search.solved_rate")),
                _number(_part(entry, "within", "search.expansions"), 1),
                _number(_part(entry, "longer", "search.expansions"), 1),
            )
            for entry in entries
            if has_both
        ],
        note=f"{is_near.sum()} of {len(optimal)} goals are near. "
        f"The fragments that stitching learns from have {near}.",
    )


def _part(entry: Entry, part: str, name: str) -> Score:
    undefined = Score(math.nan, math.nan, math.nan, 0)
    return entry.scores[part][name] if part in entry.scores else undefined


def _calibration(entries: Sequence[Entry]) -> ReportTable:
    return ReportTable(
        title="Calibration",
        headers=(
            "heuristic",
            "scale",
            "mean error\n(steps)",
            "absolute error\n(steps)",
            "gradient",
        ),
        rows=[
            (
                entry.name,
                "as embedded" if when == "before" else "in steps",
                _number(scores["mean_error"], 2),
                _number(scores["absolute_error"], 2),
                _number(scores["gradient"], 2),
            )
            for entry in entries
            for when, scores in sorted(entry.calibration.items(), reverse=True)
        ],
        note="Predicted minus true distance from start to goal; the gradient is the "
        "least-squares factor from true to predicted distance, 1 if calibrated. "
        "As embedded: the distance between embeddings before it is scaled to steps.",
    )


def _axioms(entries: Sequence[Entry]) -> ReportTable:
    tested = [entry for entry in entries if entry.axioms]
    note = (
        "On random triples a, b, c of states of the same world. Violated: d(a, c) is larger than "
        "d(a, b) + d(b, c). Asymmetry: the mean difference between d(a, c) and d(c, a), 0 for a "
        "symmetric distance. "
    )
    return ReportTable(
        title="Metric axioms",
        headers=("heuristic", "triangle inequality\nviolated", "asymmetry\n(steps)"),
        rows=[
            (
                entry.name,
                _percent(entry.mean_axioms["triangle_violations"]),
                _number(entry.mean_axioms["asymmetry"], 2),
            )
            for entry in tested
        ],
        note=note + _directions(tested[0].problems.domain) if tested else "",
    )


def _directions(domain: Any) -> str:
    """Whether the true distance of a domain is symmetric."""
    if domain.is_reversible:
        return "Each move of this domain can be undone, so that its true distance is symmetric."
    text = "Some moves of this domain cannot be undone, so that its true distance is not symmetric"
    if offers(domain, Enumerable):
        text += f"; where there is no way, the perfect distance is {domain.num_states}"
    return text + "."


def _percent(value: Score) -> str:
    return _text(value, 1, 100, "%")


def _number(value: Score, digits: int) -> str:
    return _text(value, digits, 1, "")


def _text(value: Score, digits: int, factor: float, unit: str) -> str:
    """The mean with its interval, where there is one."""
    mean, low, high = (f"{factor * x:.{digits}f}" for x in value[:3])
    if math.isnan(value.mean):
        return UNDEFINED
    return mean + unit if math.isnan(value.low) else f"{mean}{unit} [{low}, {high}]"
