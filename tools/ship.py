"""Puts the metric of a finished run into the package, with its scores and where it comes from.

    python tools/ship.py RUN NAME [--n 50] [--scramble 10] [--beam-width 256] [--weight 1]
        [--max-generated 1000000]

NAME is what ``mlsearch.load`` will call it: the domain that it was trained in. Copies what is
needed to load the metric, scores it on unseen problems beside the baselines of the domain, and
writes the table of ``python/mlsearch/shipped/README.md`` anew.
"""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np

import mlsearch as ml
from mlsearch.base.files import write_json
from mlsearch.base.settings import to_dict
from mlsearch.config import RunConfig
from mlsearch.domains.problems import sample_problems
from mlsearch.domains.registry import domain_settings
from mlsearch.evaluation.evaluation import Evaluation, evaluate, evaluate_baselines
from mlsearch.evaluation.score_table import moves_with_search
from mlsearch.learning.methods import method_config
from mlsearch.metrics.shipped import FOLDER
from mlsearch.runs.checkpoint import read_config
from mlsearch.runs.scalars import read_scalars
from mlsearch.search.budget import budgets_of, kind_of_search

LARGEST = 2_500_000  # bytes of a metric with all its files
NUM_CHECKED = 10  # the problems that tests/test_shipped.py solves again
SEED = 0
FLAGS = {"training.steps": "--steps", "training.batch_size": "--batch-size", "seed": "--seed"}
HEADERS = (
    "`ml.load`",
    "trained by",
    "minutes",
    "processor",
    "KB",
    "problems",
    "solved without search",
    "search",
    "solved",
    "moves",
    "generated",
)
BEGIN = "<!-- The table is made by tools/ship.py. -->\n"


def recipe(run: Path, name: str) -> tuple[list[str], float]:
    """The commands that train a run, with those of the run that it started from; and seconds."""
    config = read_config(run)
    seconds = read_scalars(run / "scalars.csv")[-1]["seconds"]
    if config.training.start is None:
        return [command(config, name)], seconds
    start = Path(config.training.start)
    before, more = recipe(start, name)
    before[-1] += f" --out runs/{start.name}"
    return [*before, command(config, name)], seconds + more


def command(config: RunConfig, name: str) -> str:
    """The command that trains a run of the domain of that name."""
    words = ["mlsearch", "train", "--domain", name, "--method", config.method]
    usual = flat(method_config(config.method))
    for setting, value in flat(config).items():
        if setting == "training.start" and value is not None:
            words += ["--start", f"runs/{Path(value).name}"]
        elif not setting.startswith("domain.") and value != usual[setting]:
            text = value if isinstance(value, str) else json.dumps(value)
            flag = FLAGS.get(setting)
            words += [flag, text] if flag else ["--set", f"{setting}={text}"]
    return shlex.join(words)


def flat(config: RunConfig) -> dict[str, Any]:
    """All settings by their dotted names."""
    return {
        f"{section}.{name}" if isinstance(values, dict) else section: value
        for section, values in to_dict(config).items()
        for name, value in (values.items() if isinstance(values, dict) else [("", values)])
    }


def scores_of(evaluation: Evaluation) -> dict[str, Any]:
    """All scores, and how long the solutions of the search are, with intervals."""
    scores = {**evaluation.scores(), "search.moves": moves_with_search(evaluation)}
    return {name: score._asdict() for name, score in scores.items()}


def described(
    run: Path,
    name: str,
    drawn: dict[str, Any],
    search: dict[str, Any],
    processor: str | None = None,
) -> dict[str, Any]:
    """The contents of ``scores.json``.

    Args:
        run: the run folder.
        name: of the metric.
        drawn: which problems, as of ``sample_problems``: ``num``, ``seed`` and ``scramble``.
        search: settings of ``solve``.
        processor: that the run was trained on; None for what its config says.
    """
    metric = ml.load(run)
    problems = sample_problems(metric.config.domain, part="test", **drawn)
    learned = evaluate(metric, problems, name, **search)
    every = (learned, *evaluate_baselines(problems, **search))
    commands, seconds = recipe(run, name)
    made_with = json.loads((run / "config.json").read_text(encoding="utf-8"))["made_with"]
    made_with |= {"processor": processor} if processor else {}
    return {
        "trained": {"commands": commands, "seconds": seconds, "processor": made_with["processor"]},
        "problems": drawn,
        "search": search,
        "check": {"num": NUM_CHECKED, "scores": scores_of(learned[np.arange(NUM_CHECKED)])},
        "scores": {e.name: scores_of(e) for e in every},
    }


def ship(
    run: Path,
    name: str,
    drawn: dict[str, Any],
    search: dict[str, Any],
    processor: str | None = None,
    out: Path = FOLDER,
) -> None:
    """Writes the folder of a metric and the table of all; arguments as of ``described``.

    Raises:
        ValueError: the run is of another domain, or too large.
    """
    config = read_config(run)
    if domain_settings(name) != config.domain:
        raise ValueError(f"NAME: expected the domain of the run, {config.domain}, got {name!r}")
    files = {file: (run / file).read_bytes() for file in ("model.safetensors", "scalars.csv")}
    if (size := sum(map(len, files.values()))) > LARGEST:
        raise ValueError(f"RUN: expected at most {LARGEST:,} bytes, got {size:,}")
    content = json.loads((run / "config.json").read_text(encoding="utf-8"))
    if (start := config.training.start) is not None:
        content["config"]["training"]["start"] = f"runs/{Path(start).name}"
    scores = described(run, name, drawn, search, processor)
    (out / name).mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        (out / name / file).write_bytes(data)
    write_json(out / name / "config.json", content)
    write_json(out / name / "scores.json", scores)
    readme = out / "README.md"
    text = readme.read_text(encoding="utf-8").partition(BEGIN)[0]
    readme.write_text(text + BEGIN + table(out), encoding="utf-8")


def table(folder: Path = FOLDER) -> str:
    """The metrics of a folder side by side, in Markdown."""
    rows = [HEADERS, ["---"] * len(HEADERS)]
    rows += [row(file.parent) for file in sorted(folder.glob("*/scores.json"))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def row(folder: Path) -> list[str]:
    """What the table says of one metric."""
    content = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    trained, search = content["trained"], content["search"]
    scores = {name: score["mean"] for name, score in content["scores"][folder.name].items()}
    return [
        f'`"{folder.name}"`',
        "<br>".join(f"`{command}`" for command in trained["commands"]),
        f"{trained['seconds'] / 60:.1f}",
        trained["processor"],
        f"{(folder / 'model.safetensors').stat().st_size / 1000:.0f}",
        problems_of(**content["problems"]),
        f"{scores['no_search.solved_rate']:.1%}",
        kind_of_search(search) + budgets_of(search),
        f"{scores['search.solved_rate']:.1%}",
        f"{scores['search.moves']:.1f}",
        f"{scores['search.generated']:,.0f}",
    ]


def problems_of(num: int, seed: int, scramble: int | None) -> str:
    """How many problems there are, and how they are scrambled if not as usual."""
    return str(num) if scramble is None else f"{num}, scrambled by {scramble} moves"


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--n", type=int, default=50)
    parser.add_argument("--scramble", type=int, help="Moves; default the domain's.")
    for option in ("--beam-width", "--max-generated", "--max-expansions"):
        parser.add_argument(option, type=int)
    parser.add_argument("--weight", type=float, help="Of A*.")
    parser.add_argument("--processor", help="that the run was trained on, if its config lacks it")
    given = vars(parser.parse_args())
    run, name, processor = (given.pop(key) for key in ("run", "name", "processor"))
    drawn = {"num": given.pop("n"), "seed": SEED, "scramble": given.pop("scramble")}
    search = {option: value for option, value in given.items() if value is not None}
    ship(run, name, drawn, search, processor)
    print(table())


if __name__ == "__main__":
    main()
