"""``mlsearch import``."""

from __future__ import annotations

from pathlib import Path

import click

from mlsearch.cli.options import json_option
from mlsearch.cli.output import print_json


@click.command(
    "import",
    short_help="Make a folder of trajectories from a dataset of Minari.",
    epilog="Example: mlsearch import maze/shortest-v0 data/train",
)
@click.argument("name")
@click.argument("out", type=click.Path(path_type=Path))
@json_option
def import_(name: str, out: Path, as_json: bool) -> None:
    """Write the dataset NAME of Minari as trajectories to the folder OUT.

    Its environment is mlsearch/Maze-v0, and Minari has it already: where it keeps its datasets,
    or in the folder that the environment variable MINARI_DATASETS_PATH names. Train on it with:
    mlsearch train --data OUT
    """
    from mlsearch.data.trajectories import Trajectories
    from mlsearch.gym import load_minari

    found = Trajectories.from_minari(load_minari(name))
    out.parent.mkdir(parents=True, exist_ok=True)
    found.save(out)
    steps = int(found.lengths.sum())
    if as_json:
        print_json({"folder": str(out), "trajectories": len(found), "steps": steps})
        return
    click.echo(f"{len(found)} trajectories with {steps} steps in {out}")
