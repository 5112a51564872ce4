"""``mlsearch generate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mlsearch.cli.options import (
    domain_options,
    domain_settings_from,
    json_option,
    quiet_option,
    seed_option,
)
from mlsearch.cli.output import print_json
from mlsearch.cli.progress import counting_progress


@click.command(
    short_help="Make trajectories, and write them to a folder.",
    epilog="Example: mlsearch generate data/train --num 4000 --size 20 --policy shortest",
)
@click.argument("out", type=click.Path())
@click.option(
    "--num", type=click.IntRange(1), default=4000, show_default=True, help="How many worlds."
)
@click.option(
    "--per-world", type=click.IntRange(1), default=1, show_default=True, help="Trajectories each."
)
@click.option(
    "--policy", help="scramble, random_walk, shortest, noisy, or a plugin's; default the domain's."
)
@click.option("--epsilon", type=float, help="Of noisy walks; default 0.1.")
@click.option("--max-length", type=click.IntRange(1), help="Most steps; default the domain's.")
@domain_options
@seed_option()
@quiet_option
@json_option
def generate(
    out: str,
    num: int,
    per_world: int,
    policy: str | None,
    epsilon: float | None,
    max_length: int | None,
    seed: int,
    quiet: bool,
    as_json: bool,
    **worlds: Any,
) -> None:
    """Make trajectories, and write them to the folder OUT with the worlds that they are in.

    They are made part by part, so there may be more than fit into the memory. Read them with
    mlsearch.Trajectories.load(OUT), or train on them with: mlsearch train --data OUT
    """
    from mlsearch.data import datasets
    from mlsearch.data.folder import read_meta
    from mlsearch.domains.extras import kind_of

    settings = domain_settings_from(None, **worlds)
    walks = {"policy": policy, "epsilon": epsilon, "max_length": max_length}
    given: dict[str, Any] = {name: value for name, value in walks.items() if value is not None}
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with counting_progress(num * per_world, quiet, "generate") as progress:
        steps = datasets.generate(
            out, num, settings, per_world=per_world, seed=seed, progress=progress, **given
        )
    if as_json:
        checksum = read_meta(out).checksum
        total = {"trajectories": num * per_world, "steps": steps}
        print_json({"folder": out, **total, "checksum": checksum})
        return
    click.echo(
        f"{num * per_world} trajectories of {kind_of(settings.make(1, seed))}, "
        f"{steps / (num * per_world):.1f} steps on average, in {out}"
    )
