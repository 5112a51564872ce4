"""``mlsearch generate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mlsearch.cli.common import (
    json_option,
    maze_config,
    maze_options,
    print_json,
    seed_option,
)
from mlsearch.config import MazeConfig


@click.command(
    short_help="Make mazes and trajectories, and write them to a folder.",
    epilog="Example: mlsearch generate data/train --num 4000 --size 20 --policy shortest",
)
@click.argument("out", type=click.Path())
@click.option(
    "--num", type=click.IntRange(1), default=4000, show_default=True, help="How many mazes."
)
@click.option(
    "--per-maze", type=click.IntRange(1), default=1, show_default=True, help="Trajectories each."
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
@json_option
def generate(
    out: str,
    num: int,
    per_maze: int,
    policy: str,
    epsilon: float,
    max_length: int | None,
    seed: int,
    as_json: bool,
    **mazes: Any,
) -> None:
    """Make mazes and trajectories on them, and write both to the folder OUT.

    Read them with mlsearch.Trajectories.load(OUT).
    """
    from mlsearch.batches import generate_mazes
    from mlsearch.seeding import child_seed
    from mlsearch.trajectories import Trajectories

    config = maze_config(MazeConfig(), **mazes)
    trajectories = Trajectories.sample(
        generate_mazes(config, num, child_seed(seed, "mazes")),
        per_maze=per_maze,
        policy=policy,
        epsilon=epsilon,
        max_length=max_length,
        seed=child_seed(seed, "trajectories"),
    )
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    trajectories.save(out)
    if as_json:
        steps = int(trajectories.lengths.sum())
        print_json({"folder": out, "trajectories": len(trajectories), "steps": steps})
        return
    click.echo(
        f"{len(trajectories)} trajectories on {num} mazes of {config.height} x {config.width}, "
        f"{trajectories.lengths.mean():.1f} steps on average, in {out}"
    )
