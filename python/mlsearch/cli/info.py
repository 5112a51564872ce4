"""``mlsearch info``."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import Any

import click

from mlsearch.base.protocols import offers
from mlsearch.cli.options import (
    domain_named,
    domain_options,
    domain_settings_from,
    json_option,
    quiet_option,
)
from mlsearch.cli.output import print_json
from mlsearch.cli.runs import RunFolder, shipped_run
from mlsearch.cli.stages import stages


@click.command(
    short_help="Say what a run, a data folder or a file holds, or a domain is.",
    epilog="""\b
Examples:
  mlsearch info
  mlsearch info runs/contrastive
  mlsearch info cube3
  mlsearch info maze.map
  mlsearch info --domain maze --size 30
  mlsearch info levels.txt --domain sokoban
""",
)
@click.argument("path", type=RunFolder(), required=False)
@domain_options
@quiet_option
@json_option
def info(path: Path | None, quiet: bool, as_json: bool, **worlds: Any) -> None:
    """Say what a run, a folder of trajectories or a file of mazes or problems holds.

    PATH may also be the name of a metric that comes with the package; without it, say what a
    domain is, or list these metrics. Of a file of problems that does not name its domain, such
    as scrambles or levels, --domain does.
    """
    domain = domain_named(**worlds)
    is_problems = path is not None and (
        path.is_file()
        and (domain not in (None, "maze") or path.suffix in (".json", ".xsb", ".scen"))
    )
    if not is_problems and path is not None and domain is not None:
        raise click.UsageError("expected PATH, or --domain without it")
    with stages(quiet):
        found = _found(path, domain, is_problems, worlds)
    if as_json:
        print_json(found)
        return
    width = max(map(len, found), default=0)
    for name, value in found.items():
        click.echo(f"{name:<{width}}  {value}")


def _found(
    path: Path | None, domain: str | None, is_problems: bool, worlds: dict[str, Any]
) -> dict[str, Any]:
    """What is said, by name."""
    if path is None:
        return _domain_info(domain_settings_from(None, **worlds), domain) if domain else _shipped()
    if is_problems:
        return _problems_info(path, domain)
    if path.is_file():
        return _maze_info(path)
    return _run_info(path) if (path / "config.json").exists() else _data_info(path)


def _run_info(folder: Path) -> dict[str, Any]:
    from mlsearch.base.settings import to_dict
    from mlsearch.runs import checkpoint
    from mlsearch.runs.scalars import read_scalars

    model, config = checkpoint.load_model(folder)
    last = {name: n for row in read_scalars(folder / "scalars.csv") for name, n in row.items()}
    sections = to_dict(config)
    return {
        "method": config.method,
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": config.seed,
        **{
            f"{part}.{n}": v
            for part in sections
            if isinstance(sections[part], dict)
            for n, v in sections[part].items()
        },
        **{f"last {name}": str(number).removesuffix(".0") for name, number in last.items()},
    }


def _shipped() -> dict[str, Any]:
    """The metrics in the package."""
    from mlsearch.metrics.shipped import SHIPPED
    from mlsearch.runs import checkpoint

    return {
        name: f"{config.method}, {sum(p.numel() for p in model.parameters()):,} parameters"
        for name, folder in SHIPPED.items()
        for model, config in [checkpoint.load_model(folder)]
    }


def _domain_info(settings: Any, name: str) -> dict[str, Any]:
    from mlsearch.domains.contract import Enumerable, Learnable, Mapped
    from mlsearch.domains.extras import extra, kind_of
    from mlsearch.domains.registry import settings_dict
    from mlsearch.search.heuristics import baselines_of

    domain = settings.make(1, 0)
    names = extra(domain, "move_names")
    found = {
        "problems": kind_of(domain),
        "state": f"{domain.states.dtype} {list(domain.states.shape)}",
        "moves": domain.num_moves,
        **({"move names": shorten(" ".join(names), 66)} if names else {}),
        "baselines": ", ".join(baselines_of(domain)),
        "yardstick": extra(domain, "yardstick"),
        "optimum": _optimum_of(domain),
    }
    if offers(domain, Learnable):
        found["moves can be undone"] = "yes" if domain.is_reversible else "no"
        found["features"] = domain.num_features
        found["walks"] = f"{extra(domain, 'policy')}, {extra(domain, 'walk_length')} steps at most"
    if offers(domain, Mapped):
        found["map"] = " x ".join(map(str, domain.maps().shape[1:]))
    if offers(domain, Enumerable):
        found["states"] = domain.num_states
    if folder := shipped_run(name):
        found["shipped metric"] = folder.name
    return {f"domain.{name}": value for name, value in settings_dict(settings).items()} | found


def _optimum_of(domain: Any) -> str:
    """For which problems the fewest moves are known."""
    from mlsearch.domains.contract import Enumerable
    from mlsearch.domains.extras import extra

    if offers(domain, Enumerable):
        return "known, from tables"
    return "known as far as its search reaches" if extra(domain, "optimal") else "not known"


def _problems_info(path: Path, domain: str | None) -> dict[str, Any]:
    from mlsearch.domains.extras import kind_of
    from mlsearch.domains.problems import Problems

    problems = Problems.load(path, domain)
    known = problems.optimal[problems.optimal >= 0]
    found = {"problems": f"{len(problems)} ({kind_of(problems.domain)})"}
    found["optimum known"] = f"{len(known)} of {len(problems)}"
    if len(known):
        found["optimum"] = f"{known.min()} to {known.max()}, {known.mean():.1f} on average"
    return found


def _data_info(folder: Path) -> dict[str, Any]:
    from mlsearch.data.folder import read_meta
    from mlsearch.data.trajectories import Trajectories
    from mlsearch.domains.extras import kind_of

    trajectories = Trajectories.load(folder)
    lengths = trajectories.lengths
    return {
        "trajectories": len(trajectories),
        "worlds": f"{len(trajectories.domain)} ({kind_of(trajectories.domain)})",
        "steps": f"{lengths.min()} to {lengths.max()}, {lengths.mean():.1f} on average",
        "checksum": read_meta(folder).checksum,
        **trajectories.provenance,
    }


def _maze_info(file: Path) -> dict[str, Any]:
    from mlsearch.domains.maze import files as maze_files
    from mlsearch.domains.maze.mazes import Mazes

    contents = maze_files.read(file)
    mazes = Mazes.mapped(contents.walls)
    free = mazes.num_free
    ends = {"start": contents.start, "goal": contents.goal}
    return {
        "mazes": f"{len(mazes)} of {mazes.shape.height} x {mazes.shape.width}",
        "free cells": f"{free.min()} to {free.max()}, {free.mean():.1f} on average"
        if len(free) > 1
        else int(free[0]),
        "walls": f"{1 - free.mean() / mazes.num_cells:.1%}",
        **{
            name: ",".join(map(str, divmod(cell, mazes.shape.width)))
            for name, cell in ends.items()
            if cell is not None
        },
    }
