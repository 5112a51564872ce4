"""``mlsearch solve``."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.options import (
    NO_SEARCH,
    chosen_device,
    device_option,
    domain_named,
    domain_options,
    domain_settings_from,
    json_option,
    num_option,
    quiet_option,
    scramble_option,
    search_arguments,
    search_options,
    seed_option,
)
from mlsearch.cli.output import print_json, print_table
from mlsearch.cli.runs import RunFolder, beside, chosen_metric
from mlsearch.cli.stages import stages

if TYPE_CHECKING:
    from mlsearch.domains.problems import Problems
    from mlsearch.search.result import SearchResult

SHOWN = {
    "solved rate": ("solved_rate", ".1%"),
    "expansions, mean": ("expansions_mean", ".2f"),
    "expansions, median": ("expansions_median", ".1f"),
    "generated": ("generated", ".1f"),
    "cost, mean": ("cost_mean", ".2f"),
    "cost / optimal": ("suboptimality", ".3f"),
    "evaluations": ("evaluations", ",d"),
    "callback batches": ("callback_batches", ",d"),
    "heuristic, seconds": ("seconds_heuristic", ".3f"),
    "search, seconds": ("seconds_search", ".3f"),
}


@click.command(
    epilog="""\b
Examples:
  mlsearch solve --n 1000
  mlsearch solve runs/contrastive --n 1000 --no-search
  mlsearch solve --heuristic manhattan --size 64 --json
  mlsearch solve --domain cube3 --n 10 --scramble 1000 --beam-width 256
  mlsearch solve tiles4 --n 100 --max-expansions 1000
  mlsearch solve --domain sokoban --problems levels.txt
  mlsearch solve --domain sokoban --n 20 --weight 1 --at-least matching
"""
)
@click.argument("run", type=RunFolder(), required=False)
@num_option
@scramble_option
@click.option(
    "--problems", "file", type=click.Path(exists=True, dir_okay=False), help="A file of problems."
)
@NO_SEARCH
@search_options
@click.option("--heuristic", help="A baseline instead of a learned metric.")
@click.option("--at-least", "bound", help="A baseline that predictions do not fall below.")
@domain_options
@seed_option()
@device_option
@quiet_option
@json_option
def solve(
    run: Path | None,
    num: int,
    scramble: int | str | None,
    file: str | None,
    heuristic: str | None,
    bound: str | None,
    seed: int,
    device: str,
    quiet: bool,
    as_json: bool,
    **worlds: Any,
) -> None:
    """Solve new problems with a learned metric, beside the baselines.

    RUN is a run folder, the name of a metric that comes with the package, or "latest" for the run
    under runs/ that was trained last; without it, the metric of the package for the domain is
    taken. Under torchrun, the problems are shared out to all processes.
    """
    from mlsearch.domains.problems import sample_problems
    from mlsearch.evaluation.predictions import check_trained_in
    from mlsearch.learning import processes
    from mlsearch.search.at_least import AtLeast
    from mlsearch.search.budget import bounded, budgets_of, kind_of_search

    chosen = search_arguments(worlds)
    # A baseline asks no network, so PyTorch is not imported for it.
    used = "cpu" if heuristic and device == "auto" else chosen_device(device)
    group = processes.process_group(used)
    with group, stages(quiet or not processes.is_first()) as tell:
        problems = _problems_in(file, **worlds) if file else None
        name = _name_of(problems.domain) if problems else domain_named(**worlds)
        found = None if heuristic else chosen_metric(run, name, device)
        if problems is None:
            base = found[1].config.domain if found else None
            settings = domain_settings_from(base, **worlds)
            problems = sample_problems(settings, num, seed, "test", scramble)
        if found:
            check_trained_in(found[1], problems.domain)
        first: dict[str, Any] = (
            dict([found]) if found else {heuristic: heuristic} if heuristic else {}
        )
        options = bounded(chosen, problems.domain)
        if bound and not first:
            raise ValueError("--at-least: expected a metric or --heuristic, got neither")
        if bound:
            first |= {f"{a}, at least {bound}": AtLeast(b, bound) for a, b in first.items()}
        sources = {**first, **beside(problems.domain)}
        results = {}
        for number, (label, source) in enumerate(sources.items(), 1):
            tell(f"Solving with {label} ({number} of {len(sources)})")
            results[str(label)] = _solved(problems, source, options)
        if not processes.is_first():
            return
        rows = {label: _row(result, problems) for label, result in results.items()}
    if as_json:
        print_json(rows)
    else:
        kind = kind_of_search(options) + budgets_of(options)
        _print_table(rows, problems, kind)


def _problems_in(file: str, domain: str | None = None, **mazes: Any) -> Problems:
    """The problems of ``--problems``."""
    from mlsearch.domains.problems import Problems

    return Problems.load(file, domain_named(domain, **mazes))


def _name_of(domain: Any) -> str:
    from mlsearch.domains.extras import settings_of
    from mlsearch.domains.registry import registered_name

    return registered_name(settings_of(domain))


def _solved(problems: Problems, heuristic: Any, options: dict[str, Any]) -> SearchResult:
    """All problems solved, each process its part of them; with several, without the paths."""
    import numpy as np

    from mlsearch.learning import processes
    from mlsearch.search.solve import solve

    size, rank = processes.size(), processes.rank()
    if size == 1:
        return solve(problems, heuristic=heuristic, **options)
    if len(problems) < size:
        return _spread(problems, heuristic, options)
    own = slice(len(problems) * rank // size, len(problems) * (rank + 1) // size)
    result = solve(problems[own], heuristic=heuristic, **options)
    names = ("status", "expansions", "generated", "steps", "cost")
    columns: dict[str, Any] = {name: processes.joined(getattr(result, name)) for name in names}
    totals = processes.joined(np.array([[result.evaluations, result.rounds]]))
    seconds = processes.joined(np.array([[result.seconds, result.seconds_heuristic]]))
    slowest = seconds[seconds[:, 0].argmax()]
    return replace(
        result,
        **columns,
        evaluations=int(totals[:, 0].sum()),
        rounds=int(totals[:, 1].sum()),
        seconds=float(slowest[0]),
        seconds_heuristic=float(slowest[1]),
        path_begin=np.empty(0, np.int64),
        path_states=result.path_states[:0],
    )


def _spread(problems: Problems, heuristic: Any, options: dict[str, Any]) -> SearchResult:
    """Fewer problems than processes: each is solved by all of them together."""
    from mlsearch.learning import processes
    from mlsearch.search.result import joined
    from mlsearch.spread_beam import spread_beam

    rest = options.keys() - {"beam_width", "max_expansions", "max_generated"}
    if "beam_width" not in options or rest:
        raise ValueError(
            f"--n: expected at least {processes.size()}, the number of processes, or a beam search"
        )
    begin = time.perf_counter()
    every = [problems[number] for number in range(len(problems))]
    return joined([spread_beam(one, heuristic, **options) for one in every], begin)


def _row(result: SearchResult, problems: Problems) -> dict[str, float]:
    import numpy as np

    moved = result.solved & (problems.optimal > 0)
    return {
        "solved_rate": float(result.solved.mean()),
        "expansions_mean": float(result.expansions.mean()),
        "expansions_median": float(np.median(result.expansions)),
        "generated": float(result.generated.mean()),
        "cost_mean": float(np.mean(result.cost[result.solved]))
        if result.solved.any()
        else float("nan"),
        "suboptimality": float(np.mean(result.cost[moved] / problems.optimal[moved]))
        if moved.any()
        else float("nan"),
        "num_optimal_known": int((problems.optimal >= 0).sum()),
        "evaluations": result.evaluations,
        "callback_batches": result.rounds,
        "seconds_heuristic": result.seconds_heuristic,
        "seconds_search": result.seconds_search,
    }


def _print_table(rows: dict[str, dict[str, float]], problems: Problems, kind: str) -> None:
    """A column for each heuristic, a line for each score, so that it fits 80 characters."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from mlsearch.domains.extras import kind_of

    title = f"{len(problems)} unseen {kind_of(problems.domain)}, {kind}"
    table = Table(title=title, box=SIMPLE_HEAD, show_edge=False, padding=0)
    num = int((problems.optimal >= 0).sum())
    if num < len(problems):
        table.caption = f"known optimum: {num} of {len(problems)} problems"
    table.add_column("score")
    for name in rows:
        table.add_column(name, justify="right", overflow="fold")
    for label, (score, style) in SHOWN.items():
        values = (row[score] for row in rows.values())
        table.add_row(label, *("-" if value != value else format(value, style) for value in values))
    print_table(table)
