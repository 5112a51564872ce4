"""``mlsearch sweep``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsearch.cli.options import format_option, quiet_option, seed_option
from mlsearch.cli.output import print_tables
from mlsearch.cli.progress import counting_progress

if TYPE_CHECKING:
    from mlsearch.sweep import Range, Value


@click.command(
    epilog="""\b
Examples:
  mlsearch sweep --vary model.hidden=64,128 --vary data.gamma=0.8,0.9 \\
    --out runs/sweep -- --method crtr --steps 5000
  mlsearch sweep --vary training.learning_rate=1e-5..1e-2:log --trials 20 \\
    --processes 2 -- --domain tiles3 --method walk_distance
""",
)
@click.argument("arguments", nargs=-1, metavar="[-- ARGUMENTS OF TRAIN]")
@click.option(
    "--vary",
    "varied",
    multiple=True,
    required=True,
    metavar="NAME=VALUES",
    help="A setting with its values, A,B,C, or a range, LOW..HIGH or LOW..HIGH:log.",
)
@click.option(
    "--trials", type=click.IntRange(1), help="How many choices to try; default every combination."
)
@click.option(
    "--sampler",
    type=click.Choice(["random", "tpe"]),
    default="random",
    show_default=True,
    help="How they are chosen, with --trials.",
)
@seed_option()
@click.option(
    "--score",
    default="search.expansions",
    show_default=True,
    help="The validation score that counts, such as no_search.solved_rate.",
)
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Trials at the same time; the cores are shared out.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/sweep"),
    show_default=True,
    help="The folder of the sweep.",
)
@quiet_option
@format_option
def sweep(
    arguments: tuple[str, ...],
    varied: tuple[str, ...],
    quiet: bool,
    output: str,
    **choices: Any,
) -> None:
    """Train a run for each choice of settings.

    The runs are listed by their score, the best one first. What follows -- goes to mlsearch
    train as it is. The same command again goes on with a sweep that was stopped. Needs Optuna:
    pip install "mlsearch[sweep]".
    """
    from mlsearch.sweep import Sweep

    space = dict(_parsed(text) for text in varied)
    plan = Sweep(arguments, space, **choices)
    with counting_progress(plan.total, quiet, "trials") as tell:
        rows = plan.run(tell)
    print_tables(output, [_table(rows, choices["score"])], rows, rows)


def _parsed(text: str) -> tuple[str, Range | tuple[Value, ...]]:
    """A setting and what it may be: "a.b=1,2", "a.b=1..10" or "a.b=0.1..10:log"."""
    from mlsearch.sweep import Range

    name, equals, values = text.partition("=")
    if not (name and equals and values):
        raise click.BadParameter(f"expected NAME=VALUES, got {text!r}", param_hint="'--vary'")
    low, dots, high = values.partition("..")
    if not dots:
        return name, tuple(map(_value, values.split(",")))
    high, _, kind = high.partition(":")
    bounds = [_value(low), _value(high)]
    is_good = all(type(bound) in (int, float) for bound in bounds) and kind in ("", "log")
    if not is_good:
        message = f"expected LOW..HIGH or LOW..HIGH:log, got {values!r}"
        raise click.BadParameter(message, param_hint="'--vary'")
    return name, Range(bounds[0], bounds[1], log=kind == "log")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _table(rows: list[dict[str, Any]], score: str) -> Any:
    from mlsearch.report.formats import ReportTable

    settings = [name for name in rows[0] if name not in ("run", "score", "seconds", "failed")]
    shown = [
        [
            Path(row["run"]).name,
            *(
                f"{row[name]:g}" if type(row[name]) is float else str(row[name])
                for name in settings
            ),
            "failed" if row["score"] is None else f"{row['score']:g}",
            "" if row["seconds"] is None else f"{row['seconds']:.0f}",
        ]
        for row in rows
    ]
    failed = "; ".join(f"{Path(row['run']).name}: {row['failed']}" for row in rows if row["failed"])
    return ReportTable(
        title=f"{len(rows)} trials by {score}",
        headers=["trial", *settings, score, "seconds"],
        rows=shown,
        note=failed,
    )
