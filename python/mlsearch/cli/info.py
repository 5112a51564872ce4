"""``mlsearch info``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mlsearch.cli.common import json_option, print_json


@click.command(epilog="Example: mlsearch info runs/contrastive")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@json_option
def info(folder: Path, as_json: bool) -> None:
    """Say what a run folder or a folder of trajectories holds."""
    found = _run_info(folder) if (folder / "config.json").exists() else _data_info(folder)
    if as_json:
        print_json(found)
        return
    width = max(map(len, found))
    for name, value in found.items():
        click.echo(f"{name:<{width}}  {value}")


def _run_info(folder: Path) -> dict[str, Any]:
    from mlsearch import checkpoint
    from mlsearch.config import to_dict
    from mlsearch.scalars import read_scalars

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
    from mlsearch.trajectories import Trajectories

    trajectories = Trajectories.load(folder)
    lengths = trajectories.lengths
    shape = trajectories.mazes.shape
    return {
        "trajectories": len(trajectories),
        "mazes": f"{len(trajectories.mazes)} of {shape.height} x {shape.width}",
        "steps": f"{lengths.min()} to {lengths.max()}, {lengths.mean():.1f} on average",
        **trajectories.provenance,
    }
