"""``mlsearch info``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.common import json_option, print_json

if TYPE_CHECKING:
    from mlsearch.domains.maze.mazes import Mazes


@click.command(
    short_help="Say what a run, a data folder or a file of mazes holds.",
    epilog="""\b
Examples:
  mlsearch info runs/contrastive
  mlsearch info maze.map
""",
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@json_option
def info(path: Path, as_json: bool) -> None:
    """Say what a run, a folder of trajectories or a file of mazes holds."""
    if path.is_file():
        found = _maze_info(path)
    else:
        found = _run_info(path) if (path / "config.json").exists() else _data_info(path)
    if as_json:
        print_json(found)
        return
    width = max(map(len, found))
    for name, value in found.items():
        click.echo(f"{name:<{width}}  {value}")


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


def _data_info(folder: Path) -> dict[str, Any]:
    from mlsearch.data.folder import read_meta
    from mlsearch.data.trajectories import Trajectories

    trajectories = Trajectories.load(folder)
    lengths = trajectories.lengths
    return {
        "trajectories": len(trajectories),
        "mazes": _size(trajectories.domain),
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
        "mazes": _size(mazes),
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


def _size(mazes: Mazes) -> str:
    return f"{len(mazes)} of {mazes.shape.height} x {mazes.shape.width}"
