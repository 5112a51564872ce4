"""``mlsearch generate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mlsearch.cli.common import (
    counting_progress,
    json_option,
    maze_config,
    maze_options,
    print_json,
    quiet_option,
    seed_option,
)
from mlsearch.domains.maze.config import MazeConfig


@click.command(
    short_help="Make mazes and trajectories, and write them to a folder.",
    epilog="Example: mlsearch generate data/train --num 4000 --size 20 --policy shortest",
)
@click.argument("out", type=click.Path())
@click.option(
    "--num", type=click.IntRange(1), default=4000, show_default=True, help="How many mazes."
)
@click.option(
    "--per-world", type=click.IntRange(1), default=1, show_default=True, help="Trajectories each."
)
@click.option(
    "--policy",
    default="shortest",
    show_default=True,
    help="shortest, noisy, random_walk, or one of a plugin.",
)
@click.option("--epsilon", type=float, default=0.1, show_default=True, help="Of noisy walks.")
@click.option("--max-length", type=click.IntRange(1), help="Largest number of steps.")
@maze_options
@seed_option()
@quiet_option
@json_option
def generate(
    out: str,
    num: int,
    per_world: int,
    policy: str,
    epsilon: float,
    max_length: int | None,
    seed: int,
    quiet: bool,
    as_json: bool,
    **mazes: Any,
) -> None:
    """Make mazes and trajectories on them, and write both to the folder OUT.

    They are made part by part, so there may be more than fit into the memory. Read them with
    mlsearch.Trajectories.load(OUT), or train on them with: mlsearch train --data OUT
    """
    from mlsearch.data import datasets
    from mlsearch.data.folder import read_meta

    config = maze_config(MazeConfig(), **mazes)
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with counting_progress(num * per_world, quiet, "generate") as progress:
        steps = datasets.generate(
            out,
            num,
            config,
            per_world=per_world,
            policy=policy,
            epsilon=epsilon,
            max_length=max_length,
            seed=seed,
            progress=progress,
        )
    if as_json:
        checksum = read_meta(out).checksum
        total = {"trajectories": num * per_world, "steps": steps}
        print_json({"folder": out, **total, "checksum": checksum})
        return
    click.echo(
        f"{num * per_world} trajectories on {num} mazes of {config.height} x {config.width}, "
        f"{steps / (num * per_world):.1f} steps on average, in {out}"
    )
