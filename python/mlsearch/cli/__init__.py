"""The command line: ``mlsearch COMMAND --help``. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import click

import mlsearch
from mlsearch.cli.demo import demo
from mlsearch.cli.evaluate import evaluate
from mlsearch.cli.export import export
from mlsearch.cli.generate import generate
from mlsearch.cli.group import Group
from mlsearch.cli.importing import import_
from mlsearch.cli.info import info
from mlsearch.cli.report import report
from mlsearch.cli.reproduce import reproduce
from mlsearch.cli.solve import solve
from mlsearch.cli.solve_one import solve_one
from mlsearch.cli.sweep import sweep
from mlsearch.cli.train import train


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  mlsearch demo
  mlsearch train --method contrastive --steps 20000
  mlsearch solve --n 1000 --no-search
  mlsearch info --domain maze
""",
)
@click.version_option(mlsearch.__version__, prog_name="mlsearch")
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
def main(debug: bool) -> None:
    """Learn distances from trajectories, and search with them."""


for command in (
    demo,
    evaluate,
    export,
    generate,
    import_,
    info,
    report,
    reproduce,
    solve,
    solve_one,
    sweep,
    train,
):
    main.add_command(command)
