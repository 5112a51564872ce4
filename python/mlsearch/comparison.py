"""Objectives side by side on puzzles: same network, data, steps and searches."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlsearch import plots
from mlsearch.base.files import replacing, without_places, write_json
from mlsearch.base.plugins import find
from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.domains.extras import extra
from mlsearch.domains.problems import Problems
from mlsearch.domains.registry import domain_settings
from mlsearch.evaluation.scores import Score, over_seeds, score
from mlsearch.learning.methods import method_config
from mlsearch.learning.unfinished import unfinished
from mlsearch.models.fused import LANES
from mlsearch.report import ReportTable, markdown
from mlsearch.reproduction import Watch, metric_of
from mlsearch.runs import checkpoint
from mlsearch.runs.scalars import read_scalars
from mlsearch.scales import PUZZLE_SCALES
from mlsearch.search.heuristics import baselines_of
from mlsearch.search.result import SearchResult
from mlsearch.search.solve import solve

_log = logging.getLogger("mlsearch")
DOMAINS = ("cube3", "tiles4")

SAME: dict[str, Any] = {
    "data.fresh": True,
    "model.hidden": 256,
    "model.num_blocks": 2,
    "model.agent": 1.0,
    "training.batch_size": 1024,
    "training.learning_rate": 1e-3,
    "training.schedule": "cosine",
    "training.weight_average": 0.999,
}
"""What all objectives share, beside the domain and the walks in it."""


class Variant(NamedTuple):
    """An objective in the comparison: a method, what is changed of it, and how it is read out."""

    method: str
    changes: Mapping[str, Any]
    readouts: tuple[str, ...] = ("",)


CLASSES = ("expectation", "argmax")
VARIANTS = {
    "walk_distance": Variant("walk_distance", {}),
    "supervised": Variant("supervised", {}, CLASSES),
    "supervised to goal": Variant("supervised", {"data.offsets": "to_end"}, CLASSES),
    "contrastive": Variant("contrastive", {}),
    "crtr": Variant("crtr", {}),
}
"""By name. "supervised" has pairs from anywhere on a walk, "supervised to goal" always the goal as
second state, as walk_distance has it."""


def variants_of(names: Sequence[str] | None) -> dict[str, Variant]:
    """The variants of some names; all for None.

    Raises:
        ValueError: there is no such variant; the message names the closest one.
    """
    chosen = VARIANTS if names is None else names
    return {name: find(VARIANTS, name, "variant", "methods") for name in chosen}


SEARCHES: dict[str, dict[str, Any]] = {
    "none": {"search": False, "max_expansions": 6000},
    "beam 8": {"beam_width": 8, "max_generated": 6_000},
    "beam 64": {"beam_width": 64, "max_generated": 50_000},
    "beam 512": {"beam_width": 512, "max_generated": 250_000},
}
"""By name; "none" is greedy descent, which ends after 6,000 steps, and 6,000 generated states are
the budget of CRTR's tables (arXiv 2508.13113)."""


@dataclass(frozen=True)
class Row:
    """The scores of a heuristic with one search: means with 95 % intervals.

    Attributes:
        domain, heuristic, search: names.
        seeds: runs that the means are over; intervals are over them if there are several, and
            over problems otherwise.
        solved: rate.
        moves, generated: of the solved problems.
        suboptimality: moves over the optimum, of solved problems whose optimum is known.
        seconds: for a problem, all of them searched together; a mean over seeds.
        training_seconds: of a run; 0 for baselines.
        solved_after: the states generated for each solved problem of all seeds, in order: a bound
            of them would have left the longer ones unsolved.
        num_problems: of all seeds.
    """

    domain: str
    heuristic: str
    search: str
    seeds: int
    solved: Score
    moves: Score
    generated: Score
    suboptimality: Score
    seconds: float
    training_seconds: float
    solved_after: tuple[int, ...]
    num_problems: int

    @property
    def is_baseline(self) -> bool:
        """Whether nothing was trained."""
        return self.training_seconds == 0


def config_of(name: str, variant: Variant, domain: str, steps: int, seed: int) -> RunConfig:
    """The run of a variant.

    Raises:
        ValueError: the method or the domain is unknown.
    """
    settings = domain_settings(domain)
    longest = int(extra(settings.make(1, 0), "walk_length"))
    changes = {
        **SAME,
        "domain": settings,
        "model.num_classes": -(-(longest + 1) // LANES) * LANES,  # a class for every length
        "training.steps": steps,
        "training.log_every": max(1, steps // 100),
        "training.evaluate_every": 5_000,  # rarely, as the searches that count come afterwards
        "seed": seed,
        **variant.changes,
    }
    return replaced(method_config(variant.method), changes)


def compare(
    scale: str = "short",
    domains: Sequence[str] = DOMAINS,
    num_seeds: int = 1,
    out: Path = Path("runs/puzzles"),
    device: str = "cpu",
    watch: Watch | None = None,
    seed: int = 0,
    variants: Mapping[str, Variant] | None = None,
) -> list[Row]:
    """Trains what is not trained yet, searches with everything, and writes it up.

    Args:
        scale: a name of ``PUZZLE_SCALES``.
        domains: names of puzzles.
        num_seeds: runs of each variant.
        out: gets a folder ``DOMAIN/VARIANT-seedK`` for each run, ``results.json``,
            ``results.md`` and a figure ``DOMAIN.png`` for each domain.
        device: "cpu" or "cuda".
        watch: shows the training of each run, or None.
        seed: of the problems, and of the first run of each variant; the others follow.
        variants: by name; None for ``VARIANTS``.

    Returns:
        A row for each domain, heuristic and search; learned ones first.

    Raises:
        TypeError: a domain lacks what a method needs.
        ValueError: a domain is unknown.
        CheckpointError: a folder below ``out`` holds a run with another config.
        KeyboardInterrupt: the state has been saved; the same call goes on from there.
    """
    size, rows = PUZZLE_SCALES[scale], []
    for domain in domains:
        problems = Problems.sample(
            domain_settings(domain).make(1, 0),
            num=size.num_problems,
            scramble=size.scramble,
            seed=seed,
        )
        for name, variant in (VARIANTS if variants is None else variants).items():
            runs = [
                out / domain / f"{name.replace(' ', '_')}-seed{number}"
                for number in range(seed, seed + num_seeds)
            ]
            for number, folder in enumerate(runs, seed):
                _train(config_of(name, variant, domain, size.steps, number), folder, device, watch)
            rows += learned_rows(domain, name, variant.readouts, runs, problems, device)
        rows += baseline_rows(domain, problems)
    write_rows(rows, out, {"scale": scale, **size._asdict(), "num_seeds": num_seeds, "seed": seed})
    return rows


def _train(config: RunConfig, folder: Path, device: str, watch: Watch | None) -> None:
    trainer = unfinished(config, folder, device=device)
    if trainer is None:
        return
    label = f"{folder.parent.name}/{folder.name}"
    with watch(config.training.steps, label) if watch else nullcontext() as progress:
        trainer.progress = progress
        trainer.run()


def learned_rows(
    domain: str,
    name: str,
    readouts: Sequence[str],
    folders: Sequence[Path],
    problems: Problems,
    device: str = "cpu",
    searches: Mapping[str, Mapping[str, Any]] = SEARCHES,
) -> list[Row]:
    """The rows of a variant, given its run folders, one for each seed.

    Args:
        domain, name: what the rows call them.
        readouts: of a classifier; ``[""]`` of any other model.
        folders: of the runs.
        problems: to search.
        device: "cpu" or "cuda".
        searches: arguments of ``solve`` by name.
    """
    seconds = float(np.mean([_training_seconds(folder) for folder in folders]))
    rows = []
    for readout in readouts:
        label = f"{name} ({readout})" if readout else name
        metrics = [metric_of(folder, readout, device) for folder in folders]
        for search, options in searches.items():
            _log.info("Searching with %s, %s", label, search)
            found = [solve(problems, heuristic=metric, **options) for metric in metrics]
            rows.append(_row(domain, label, search, found, problems, seconds))
    return rows


def baseline_rows(domain: str, problems: Problems) -> list[Row]:
    """The rows of the baselines; without "perfect", which needs a table of all states."""
    names = [name for name in baselines_of(problems.domain) if name != "perfect"]
    rows = []
    for name, (search, options) in product(names, SEARCHES.items()):
        _log.info("Searching with %s, %s", name, search)
        found = [solve(problems, heuristic=name, **options)]
        rows.append(_row(domain, name, search, found, problems, 0.0))
    return rows


def _training_seconds(folder: Path) -> float:
    return read_scalars(folder / "scalars.csv")[-1]["seconds"]


def _row(
    domain: str,
    heuristic: str,
    search: str,
    results: Sequence[SearchResult],
    problems: Problems,
    training_seconds: float,
) -> Row:
    def mean(values: Sequence[NDArray[Any]], is_rate: bool = False) -> Score:
        scores = [score(part) for part in values]
        return over_seeds([s for s in scores if s.num] or scores[:1], is_rate)

    known = problems.optimal > 0
    return Row(
        domain,
        heuristic,
        search,
        len(results),
        mean([r.solved for r in results], is_rate=True),
        mean([r.steps[r.solved] for r in results]),
        mean([r.generated[r.solved] for r in results]),
        mean([(r.cost / problems.optimal)[r.solved & known] for r in results]),
        float(np.mean([r.seconds for r in results])) / len(problems),
        training_seconds,
        tuple(sorted(np.concatenate([r.generated[r.solved] for r in results]).tolist())),
        len(results) * len(problems),
    )


HEADERS = ("heuristic", "search", "solved", "moves", "x optimum", "generated", "s a problem")


def write_rows(rows: Sequence[Row], out: Path, settings: Mapping[str, Any]) -> None:
    """Writes ``results.json``, ``results.md`` and a figure ``DOMAIN.png`` for each domain."""
    made_with = checkpoint.provenance()
    about = {"settings": without_places(settings), "made_with": made_with, "rows": as_plain(rows)}
    write_json(out / "results.json", about)
    with replacing(out / "results.md") as temporary:
        temporary.write_text(markdown_of(rows), encoding="utf-8")
    for domain in dict.fromkeys(row.domain for row in rows):
        plots.save(figure_of(domain, rows), out / f"{domain}.png")


def figure_of(domain: str, rows: Sequence[Row]) -> Figure:
    """The rows of a domain in a figure, see :func:`mlsearch.plots.effort`."""
    found: dict[str, list[plots.Effort]] = {}
    chosen = [row for row in rows if row.domain == domain]
    for row in chosen:
        searches = found.setdefault(row.heuristic, [])
        searches.append(plots.Effort(row.solved_after, row.num_problems, row.moves.mean))
    return plots.effort(found, [row.heuristic for row in chosen if row.is_baseline])


def as_plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """All numbers as plain values, for JSON."""
    scores = ("solved", "moves", "generated", "suboptimality")
    return [asdict(row) | {name: getattr(row, name)._asdict() for name in scores} for row in rows]


def markdown_of(rows: Sequence[Row]) -> str:
    """A Markdown table for each domain."""
    domains = dict.fromkeys(row.domain for row in rows)
    return "\n".join(markdown(table_of(domain, rows)) for domain in domains)


def table_of(domain: str, rows: Sequence[Row]) -> ReportTable:
    """The rows of a domain as texts."""
    found = [row for row in rows if row.domain == domain]
    return ReportTable(
        title=domain,
        headers=HEADERS,
        rows=[cells(row) for row in found],
        note="In brackets: 95 % intervals, over seeds where there are several, else over problems. "
        "Moves and generated states are those of solved problems.",
    )


def cells(row: Row) -> tuple[str, ...]:
    """The texts of a row, one for each of ``HEADERS``."""
    return (
        row.heuristic,
        row.search,
        _interval(row.solved, "{:.0f}", 100) + " %",
        _interval(row.moves, "{:.1f}"),
        _interval(row.suboptimality, "{:.3f}"),
        _interval(row.generated, "{:,.0f}"),
        f"{row.seconds:.2f}",
    )


def _interval(value: Score, template: str, scale: float = 1) -> str:
    if np.isnan(value.mean):
        return "-"
    texts = [template.format(scale * x) for x in value[:3]]
    return texts[0] if np.isnan(value.low) else "{} [{}, {}]".format(*texts)
