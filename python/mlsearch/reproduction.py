"""The whole experiment of the reproduced report: train every method, score all, write it up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsearch.base.files import replacing, without_places, write_json
from mlsearch.base.protocols import offers
from mlsearch.base.settings import replaced
from mlsearch.config import ModelConfig, RunConfig
from mlsearch.domains.contract import Enumerable
from mlsearch.domains.extras import kind_of
from mlsearch.domains.problems import Problems, sample_problems
from mlsearch.domains.registry import domain_settings, settings_dict
from mlsearch.evaluation.axioms import Axioms, HasDistance, axiom_violations
from mlsearch.evaluation.evaluation import Evaluation, evaluate, evaluate_baselines, validation
from mlsearch.evaluation.predictions import BaselineMetric
from mlsearch.learning.command import command_of
from mlsearch.learning.methods import ABOUT, METHODS, method_config
from mlsearch.learning.training import Progress
from mlsearch.learning.unfinished import unfinished
from mlsearch.metrics.learned import LearnedMetric
from mlsearch.models import BroNetClassifier, EmbeddingMetric, Sizes, build_model
from mlsearch.report import Entry, Published, all_tables, build_report, entries_as_json, markdown
from mlsearch.runs import checkpoint
from mlsearch.scales import SCALES, Scale
from mlsearch.search.budget import bounded, budgets_of, kind_of_search

_log = logging.getLogger("mlsearch")
PUBLISHED_DOMAIN = "maze"
# The numbers of the reproduced report: solved rate without search, expansions with search.
PUBLISHED = {
    "supervised": Published(0.285, 43.8),
    "contrastive": Published(0.561, 27.5),
    "stitching": Published(0.391, 33.6),
}

PROTOCOL = (*PUBLISHED, "stitched", "hybrid")
"""The methods that train for as long as the report's did; the others have a length of their own."""

AXIOM_WORLDS, AXIOM_TRIPLES = 100, 10
MAX_AXIOM_BYTES = 2**30  # of the tables of "perfect" on all triples; without them where larger
TITLE = "Learned distances as search heuristics"

Watch = Callable[[int, str], AbstractContextManager[Progress | None]]
"""Shows a training run, given its number of steps and its name; as of the command line."""


@dataclass(frozen=True)
class Run:
    """A run of the experiment and its folder."""

    config: RunConfig
    folder: Path


def plan(
    scale: Scale,
    methods: Sequence[str],
    num_seeds: int,
    out: Path,
    seed: int = 0,
    domain: Any = PUBLISHED_DOMAIN,
) -> list[Run]:
    """Every run of the experiment: each method with ``num_seeds`` seeds from ``seed`` on.

    Raises:
        ValueError: a method is unknown or named twice, or there is none; or the domain is unknown.
    """
    if not methods or len(set(methods)) < len(methods):
        raise ValueError(f"methods: expected at least one, each once, got {list(methods)}")
    return [
        Run(_config(method, scale, number, domain), out / f"{method}-seed{number}")
        for method in methods
        for number in range(seed, seed + num_seeds)
    ]


def served(domain: Any) -> list[str]:
    """The methods of the experiment in a domain, in the order of ``METHODS``.

    They learn from a fixed set of trajectories, as the report's do, and their networks can read
    the domain. Methods that make fresh walks all the time learn from far more; name them.

    Args:
        domain: settings of a domain, or its name.
    """
    example = domain_settings(domain).make(1, 0)
    recipes = {name: method_config(name) for name in METHODS}
    return [name for name, c in recipes.items() if not c.data.fresh and _can_read(c.model, example)]


def _can_read(config: ModelConfig, domain: Any) -> bool:
    try:
        build_model(config, Sizes.of(domain)).view.check(domain, config.encoder)
    except (TypeError, ValueError):  # the domain lacks what the encoder reads
        return False
    return True


def _config(method: str, scale: Scale, seed: int, domain: Any) -> RunConfig:
    recipe = method_config(method)
    steps = scale.steps if method in PROTOCOL else min(scale.steps, recipe.training.steps)
    return replaced(
        recipe,
        {
            "domain": domain_settings(domain),
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
    trainer = unfinished(run.config, run.folder, device=device)
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
    with_axioms: bool = True,
    **options: Any,
) -> list[Entry]:
    """The entries of a method, given its run folders, one for each seed, and options of search.

    A classifier has two, as it can be read out in two ways; what was published of it was
    read out by argmax.
    """
    return [
        _entry(name, readout, folders, problems, device, published, with_axioms, options)
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
    with_axioms: bool,
    options: dict[str, Any],
) -> Entry:
    name = f"{run} ({readout})" if readout else run
    metrics = [metric_of(folder, readout, device) for folder in folders]
    models = [metric.model for metric in metrics]

    def scored(metric: LearnedMetric, folder: Path) -> Evaluation:
        _log.info("Scoring %s", f"{name}, {folder.name}" if len(folders) > 1 else name)
        return evaluate(metric, problems, name, **options)

    return Entry(
        name=name,
        run=run,
        evaluations=[scored(*pair) for pair in zip(metrics, folders, strict=True)],
        folders=folders,
        scales=[m.log_scale.exp().item() for m in models if isinstance(m, EmbeddingMetric)],
        axioms=[_axioms(metric, problems) for metric in metrics] if with_axioms else (),
        metric=metrics[0],
        command=command_of(checkpoint.read_config(folders[0]), len(folders)),
        about=ABOUT.get(metrics[0].config.method, ""),
        published=None if readout == "expectation" else published,
    )


def metric_of(folder: Path, readout: str = "", device: str = "cpu") -> LearnedMetric:
    """The metric of a run; a classifier is read out as ``readout`` says.

    Raises:
        CheckpointError: as of ``load``.
    """
    model, config = checkpoint.load_model(folder)
    if isinstance(model, BroNetClassifier):
        model.readout = readout
        config = replaced(config, {"model.readout": readout})
    return LearnedMetric(model, config, device)


def baseline_entries(problems: Problems, with_axioms: bool = True, **options: Any) -> list[Entry]:
    """An entry for each baseline, given options of search.

    Where tables of all states are too large, "perfect" is not tested for the axioms of a metric.
    """
    domain = problems.domain
    num_tables = AXIOM_WORLDS * AXIOM_TRIPLES
    is_large = offers(domain, Enumerable) and (4 * num_tables * domain.num_states > MAX_AXIOM_BYTES)

    def is_tested(name: str) -> bool:
        return with_axioms and not (is_large and name == "perfect")

    return [
        Entry(
            name=e.name,
            evaluations=[e],
            axioms=[_axioms(BaselineMetric(e.name), problems)] if is_tested(e.name) else (),
        )
        for e in evaluate_baselines(problems, **options)
    ]


def _axioms(metric: HasDistance, problems: Problems) -> Axioms:
    """On ten triples in each of a hundred worlds, or a thousand in the only one."""
    domain = problems.domain
    if len(domain) == 1:
        return axiom_violations(metric, domain, AXIOM_WORLDS * AXIOM_TRIPLES, 0)
    return axiom_violations(metric, domain[:AXIOM_WORLDS], AXIOM_TRIPLES, 0)


def reproduce(
    scale: str = "short",
    methods: Sequence[str] | None = None,
    num_seeds: int = 1,
    out: Path = Path("runs/reproduction"),
    device: str = "cpu",
    watch: Watch | None = None,
    seed: int = 0,
    domain: Any = PUBLISHED_DOMAIN,
) -> list[Entry]:
    """Trains what is not trained yet, scores everything on the same problems, writes it up.

    Args:
        scale: a name of ``SCALES``.
        methods: names of ``METHODS``; None for those that ``served`` gives.
        num_seeds: runs of each method.
        out: gets a run folder ``METHOD-seedK`` for each run, and ``results.json``,
            ``results.md`` and ``report.html``.
        device: "cpu" or "cuda".
        watch: shows the training of each run, or None.
        seed: of the problems, and of the first run of each method; the others follow.
        domain: settings of a domain, or its name. Published numbers are of the default.

    Returns:
        The results: learned heuristics, then baselines.

    Raises:
        TypeError: the domain lacks what a method needs.
        ValueError: a method is unknown or named twice, or the domain is unknown.
        CheckpointError: a folder below ``out`` holds a run with another config.
        KeyboardInterrupt: the state has been saved; the same call goes on from there.
    """
    size, settings = SCALES[scale], domain_settings(domain)
    methods = served(settings) if methods is None else methods
    published = PUBLISHED if settings == domain_settings(PUBLISHED_DOMAIN) else {}
    runs = plan(size, methods, num_seeds, out, seed, settings)
    for run in runs:
        train(run, device, watch)
    problems = sample_problems(settings, size.num_problems, seed, "test")
    entries = [
        entry
        for method in methods
        for entry in learned_entries(
            method,
            [run.folder for run in runs if run.config.method == method],
            problems,
            device,
            published.get(method),
        )
    ]
    entries += baseline_entries(problems)
    about = {"scale": scale, **size._asdict(), "num_seeds": num_seeds, "seed": seed}
    write_results(entries, out, {**about, "domain": settings_dict(settings)})
    return entries


def write_results(entries: Sequence[Entry], out: Path, settings: Mapping[str, Any]) -> None:
    """Writes ``results.json``, ``results.md`` and ``report.html``."""
    about = describe(entries)
    write_json(
        out / "results.json",
        {
            "settings": without_places(settings),
            "made_with": checkpoint.provenance(),
            "heuristics": entries_as_json(entries),
        },
    )
    text = "\n".join(markdown(table) for table in all_tables(entries).values())
    with replacing(out / "results.md") as temporary:
        temporary.write_text(f"# {TITLE}\n\n{about}\n\n{text}", encoding="utf-8")
    build_report(entries, out / "report.html", TITLE, about)


def describe(entries: Sequence[Entry], **options: Any) -> str:
    """What the entries were scored on and by which search, in a sentence."""
    problems = entries[0].problems
    found = bounded(options, problems.domain)
    how = kind_of_search(found) + budgets_of(found)
    return f"Scored on {len(problems):,} unseen {kind_of(problems.domain)}, {how}."
