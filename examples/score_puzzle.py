"""Scores a run on a puzzle with beams of several widths, as a table and as JSON with intervals.

Usage: python examples/score_puzzle.py RUN OUT.json [--n 100] [--scramble 1000] [--beams 64,512]
"""

from pathlib import Path

import click

import mlsearch as ml
from mlsearch.base.files import write_json
from mlsearch.comparison import as_plain, learned_rows, markdown_of
from mlsearch.domains.extras import name_of
from mlsearch.runs.checkpoint import provenance, read_config


@click.command()
@click.argument("run", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--n", "num", default=100)
@click.option("--scramble", default="1000", help="Moves from the goal, or uniform.")
@click.option("--beams", default="64,512", help="Widths; 0 for greedy descent of 6,000 steps.")
@click.option("--max-generated", default=4_000_000)
@click.option("--seed", default=1)
def main(
    run: Path, out: Path, num: int, scramble: str, beams: str, max_generated: int, seed: int
) -> None:
    """Solves the same problems with each width and writes what came out."""
    domain = read_config(run).domain.make(1, seed=0)
    length = int(scramble) if scramble.isdigit() else scramble
    problems = ml.Problems.sample(domain, num=num, scramble=length, seed=seed)
    searches = {
        f"beam {width}": {"beam_width": int(width), "max_generated": max_generated}
        if int(width)
        else {"search": False, "max_expansions": 6000}
        for width in beams.split(",")
    }
    rows = learned_rows(name_of(domain), run.name, [""], [run], problems, searches=searches)
    settings = {"n": num, "scramble": scramble, "beams": beams, "seed": seed}
    write_json(out, {"settings": settings, "made_with": provenance(), "rows": as_plain(rows)})
    click.echo(markdown_of(rows))


if __name__ == "__main__":
    main()
