"""``mlsearch export``."""

from __future__ import annotations

from pathlib import Path

import click

from mlsearch.cli.options import json_option, quiet_option
from mlsearch.cli.output import print_json
from mlsearch.cli.stages import stages


@click.command(
    short_help="Write trajectories as a dataset of Minari.",
    epilog="Example: mlsearch export data/train --minari maze/shortest-v0",
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--minari", "name", required=True, help="Name of the dataset of Minari to make.")
@quiet_option
@json_option
def export(folder: Path, name: str, quiet: bool, as_json: bool) -> None:
    """Write a folder of trajectories as a dataset of Minari.

    Its environment is mlsearch/Maze-v0. It is kept where Minari keeps its datasets, or in the
    folder that the environment variable MINARI_DATASETS_PATH names.
    """
    from mlsearch.data.trajectories import Trajectories
    from mlsearch.gym import to_minari

    with stages(quiet) as tell:
        tell(f"Writing {name}")
        dataset = to_minari(Trajectories.load(folder), name)
    episodes, steps = int(dataset.total_episodes), int(dataset.total_steps)
    if as_json:
        print_json({"dataset": name, "episodes": episodes, "steps": steps})
        return
    click.echo(f"{episodes} episodes with {steps} steps in the dataset {name} of Minari")
