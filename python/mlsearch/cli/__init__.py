"""The command line: ``mlsearch COMMAND --help``. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import click

import mlsearch
from mlsearch.cli.common import Group
from mlsearch.cli.demo import demo
from mlsearch.cli.evaluate import evaluate
from mlsearch.cli.generate import generate
from mlsearch.cli.info import info
from mlsearch.cli.solve import solve
from mlsearch.cli.train import train


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(mlsearch.__version__, prog_name="mlsearch")
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
def main(debug: bool) -> None:
    r"""Learn distances from trajectories, and search mazes with them.

    \b
    See a result:    mlsearch demo
    Train:           mlsearch train --method contrastive --steps 20000
    Solve mazes:     mlsearch solve --n 1000 --no-search
    """


for command in (demo, evaluate, generate, info, solve, train):
    main.add_command(command)
