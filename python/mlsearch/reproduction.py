"""The whole experiment of the reproduced report: train every method, score all, write it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mlsearch.base.files import replacing, write_json
from mlsearch.base.settings import replaced
from mlsearch.config import RunConfig
from mlsearch.domains.maze.baselines import BaselineMetric
from mlsearch.domains.problems import Problems, sample_problems
from mlsearch.evaluation.axioms import Axioms, axiom_violations
from mlsearch.evaluation.evaluation import evaluate, evaluate_baselines, validation
from mlsearch.learning.methods import METHODS, method_config
from mlsearch.learning.training import Progress
from mlsearch.learning.unfinished import unfinished
from mlsearch.metrics.learned import LearnedMetric
from mlsearch.models import BroNetClassifier, EmbeddingMetric
from mlsearch.report import Entry, Published, all_tables, build_report, entries_as_json, markdown
from mlsearch.runs import checkpoint

# The numbers of the reproduced report: solved rate without search, expansions with search.
PUBLISHED = {
    "supervised": Published(0.285, 43.8),
    "contrastive": Published(0.561, 27.5),
    "stitching": Published(0.391, 33.6),
}

PROTOCOL = (*PUBLISHED, "hybrid")
"""The methods that train for as long as the report's did; the others have a length of their own."""

AXIOM_MAZES, AXIOM_TRIPLES = 100, 10
TITLE = "Learned distances as search heuristics"

Watch = Callable[[int, str], AbstractContextManager[Progress | None]]
"""Shows a training run, given its number of steps and its name; as of the command line."""


class Scale(NamedTuple):
    """How much of the experiment is run.

    Attributes:
        steps: optimizer steps of the methods of ``PROTOCOL``; the others train as long as their
            recipe says, or these if they are fewer.
        num_trajectories: to learn from.
        num_problems: unseen ones, to score on.
        num_validation: problems that scores during training are measured on.
    """

    steps: int
    num_trajectories: int
    num_problems: int
    num_validation: int


SCALES = {
    "smoke": Scale(150, 200, 100, 50),
    "short": Scale(100_000, 4000, 1000, 200),
    "full": Scale(1_000_000, 4000, 1000, 200),
}


@dataclass(frozen=True)
class Run:
    """A run of the experiment and its folder."""

    config: RunConfig
    folder: Path


def plan(
    scale: Scale, methods: Sequence[str], num_seeds: int, out: Path, seed: int = 0
) -> list[Run]:
    """Every run of the experiment: each method with ``num_seeds`` seeds from ``seed`` on.

    Raises:
        ValueError: a method is unknown or named twice, or there is none.
    """
    if not methods or len(set(methods)) < len(methods):
        raise ValueError(f"methods: expected at least one, each once, got {list(methods)}")
    return [
        Run(_config(method, scale, number), out / f"{method}-seed{number}")
        for method in methods
        for number in range(seed, seed + num_seeds)
    ]


def _config(method: str, scale: Scale, seed: int) -> RunConfig:
    recipe = method_config(method)
    steps = scale.steps if method in PROTOCOL else min(scale.steps, recipe.training.steps)
    return replaced(
        recipe,
        {
            "seed": seed,
            "data.num_trajectories": scale.num_trajectories,
            "training.steps": steps,
            "training.log_every": max(1, steps // 200),
            "training.evaluate_every": max(1, steps // 10),
            "training.num_validation": scale.num_validation,
        },
    )


def train(run: Run, device: str = "cpu", watch: Watch | None = None) -> None:
    """Trains a run, goes on with one that was stopped, and leaves a finished one as it is.

    Raises:
        CheckpointError: the folder holds a run with another config.
        KeyboardInterrupt: Ctrl-C or SIGTERM came. The state has been saved.
    """
    trainer = unfinished(run.config, run.folder, device)
    if trainer is None:
        return
    trainer.evaluate = validation(run.config)
    with watch(run.config.training.steps, run.folder.name) if watch else nullcontext() as progress:
        trainer.progress = progress
        trainer.run()


def learned_entries(
    name: str,
    folders: Sequence[Path],
    problems: Problems,
    device: str = "cpu",
    published: Published | None = None,
) -> list[Entry]:
    """The entries of a method, given its run folders, one for each seed.

    A classifier has two, as it can be read out in two ways; what was published of it was
    read out by argmax.
    """
    return [
        _entry(name, readout, folders, problems, device, published)
        for readout in _readouts(folders[0])
    ]


def _readouts(folder: Path) -> list[str]:
    model, _ = checkpoint.load_model(folder)
    return ["argmax", "expectation"] if isinstance(model, BroNetClassifier) else [""]


def _entry(
    run: str,
    readout: str,
    folders: Sequence[Path],
    problems: Problems,
    device: str,
    published: Published | None,
) -> Entry:
    name = f"{run} ({readout})" if readout else run
    metrics = [_metric(folder, readout, device) for folder in folders]
    models = [metric.model for metric in metrics]
    return Entry(
        name=name,
        run=run,
        evaluations=[evaluate(metric, problems, name) for metric in metrics],
        folders=folders,
        scales=[m.log_scale.exp().item() for m in models if isinstance(m, EmbeddingMetric)],
        axioms=[_axioms(metric, problems) for metric in metrics],
        metric=metrics[0],
        published=None if readout == "expectation" else published,
    )


def _metric(folder: Path, readout: str, device: str) -> LearnedMetric:
    model, config = checkpoint.load_model(folder)
    if isinstance(model, BroNetClassifier):
        model.readout = readout
        config = replaced(config, {"model.readout": readout})
    return LearnedMetric(model, config, device)


def baseline_entries(problems: Problems) -> list[Entry]:
    """An entry for each baseline."""
    return [
        Entry(name=e.name, evaluations=[e], axioms=[_axioms(BaselineMetric(e.name), problems)])
        for e in evaluate_baselines(problems)
    ]


def _axioms(metric: LearnedMetric | BaselineMetric, problems: Problems) -> Axioms:
    return axiom_violations(metric, problems.domain[:AXIOM_MAZES], AXIOM_TRIPLES, 0)


def reproduce(
    scale: str = "short",
    methods: Sequence[str] = tuple(METHODS),
    num_seeds: int = 1,
    out: Path = Path("runs/reproduction"),
    device: str = "cpu",
    watch: Watch | None = None,
    seed: int = 0,
) -> list[Entry]:
    """Trains what is not trained yet, scores everything on the same problems, writes it up.

    Args:
        scale: a name of ``SCALES``.
        methods: names of ``METHODS``.
        num_seeds: runs of each method.
        out: gets a run folder ``METHOD-seedK`` for each run, and ``results.json``,
            ``results.md`` and ``report.html``.
        device: "cpu" or "cuda".
        watch: shows the training of each run, or None.
        seed: of the problems, and of the first run of each method; the others follow.

    Returns:
        The results: learned heuristics, then baselines.

    Raises:
        ValueError: a method is unknown or named twice.
        CheckpointError: a folder below ``out`` holds a run with another config.
        KeyboardInterrupt: the state has been saved; the same call goes on from there.
    """
    size = SCALES[scale]
    runs = plan(size, methods, num_seeds, out, seed)
    for run in runs:
        train(run, device, watch)
    problems = sample_problems(runs[0].config.domain, size.num_problems, seed, "test")
    entries = [
        entry
        for method in methods
        for entry in learned_entries(
            method,
            [run.folder for run in runs if run.config.method == method],
            problems,
            device,
            PUBLISHED.get(method),
        )
    ]
    entries += baseline_entries(problems)
    settings = {"scale": scale, **size._asdict(), "num_seeds": num_seeds, "seed": seed}
    write_results(entries, out, settings)
    return entries


def write_results(entries: Sequence[Entry], out: Path, settings: Mapping[str, Any]) -> None:
    """Writes ``results.json``, ``results.md`` and ``report.html``."""
    about = describe(entries)
    write_json(
        out / "results.json",
        {
            "settings": dict(settings),
            "made_with": checkpoint.provenance(),
            "heuristics": entries_as_json(entries),
        },
    )
    text = "\n".join(markdown(table) for table in all_tables(entries).values())
    with replacing(out / "results.md") as temporary:
        temporary.write_text(f"# {TITLE}\n\n{about}\n\n{text}", encoding="utf-8")
    build_report(entries, out / "report.html", TITLE, about)


def describe(entries: Sequence[Entry]) -> str:
    """What the entries were scored on, in a sentence."""
    mazes = entries[0].evaluations[0].problems.domain
    height, width = mazes.shape
    return f"Scored on {len(mazes):,} unseen mazes of {height} x {width} cells."
