"""What an evaluation leaves in a run folder: scores and figures, apart for each setting."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from mlsearch import plots
from mlsearch.base.files import without_places, write_json
from mlsearch.domains.registry import settings_dict
from mlsearch.evaluation.score_table import yardstick_of
from mlsearch.report.entries import Entry, scores_as_json
from mlsearch.runs.checkpoint import provenance, read_config
from mlsearch.runs.tracking import EventLog

_log = logging.getLogger("mlsearch")
EVALUATIONS = "evaluations"
MAX_NAME = 120


def evaluation_folder(run: Path, settings: Mapping[str, Any]) -> Path:
    """Where the results of an evaluation belong: a folder for each of its settings.

    ``RUN/evaluations/n1000-seed0`` has the results on the run's own domain by the domain's own
    search. What differs from these is in the name too, as in ``n1000-seed0-height=30``.

    Args:
        run: the run folder.
        settings: "num", "seed", "domain" (as of ``settings_dict``), and what else was set, by name.
    """
    own = settings_dict(read_config(run).domain)
    changed = {k: v for k, v in settings["domain"].items() if own.get(k) != v}
    others = {k: v for k, v in settings.items() if k not in ("num", "seed", "domain")}
    parts = [f"{name}={value}" for name, value in (changed | others).items()]
    name = "-".join([f"n{settings['num']}", f"seed{settings['seed']}", *parts])
    safe = re.sub(r"[^\w.=-]+", "_", name)[:MAX_NAME]
    if safe != name:  # two names may look alike
        safe += "-" + hashlib.sha256(name.encode("utf-8")).hexdigest()[:8]
    return run / EVALUATIONS / safe


def by_folder(entries: Sequence[Entry]) -> dict[Path, list[Entry]]:
    """The entries of each run folder alone, of one seed; a classifier has two."""
    found: dict[Path, list[Entry]] = {}
    for entry in entries:
        for folder, evaluation in zip(entry.folders, entry.evaluations, strict=False):
            own = Entry(name=entry.name, run=entry.run, evaluations=[evaluation], folders=[folder])
            found.setdefault(folder, []).append(own)
    return found


def keep_evaluation(
    run: Path,
    entries: Sequence[Entry],
    baselines: Sequence[Entry],
    settings: Mapping[str, Any],
    drawn: Sequence[int],
    suffix: str = ".png",
    **how: float,
) -> Path:
    """Writes ``scores.json`` and the figures of one run into its folder.

    Figures that need maps or known shortest paths are left out where there are none.

    Args:
        run: the run folder.
        entries: of the run; a classifier has one for each way to read it out.
        baselines: on the same problems.
        settings: as of ``evaluation_folder``; ``scores.json`` has them too.
        drawn: indices of the problems to draw; fields are drawn of the first.
        suffix: of the figures.
        how: ``dpi`` and ``width`` of ``plots.save``.

    Returns:
        The folder that has all of it.
    """
    place = evaluation_folder(run, settings)
    (place / "figures").mkdir(parents=True, exist_ok=True)
    content = {
        "settings": without_places(settings),
        "made_with": provenance(),
        "heuristics": scores_as_json([*entries, *baselines]),
    }
    write_json(place / "scores.json", content)
    _log.info("Drawing the figures of %s", run)
    events = EventLog(run)
    for name, figure in _figures(run, entries, baselines, drawn).items():
        events.figure(name, figure)
        plots.save(figure, place / "figures" / f"{name}{suffix}", **how)
    events.close()
    return place


def _figures(
    run: Path, entries: Sequence[Entry], baselines: Sequence[Entry], drawn: Sequence[int]
) -> dict[str, Figure]:
    learned = [entry.evaluations[0] for entry in entries]
    others = [entry.evaluations[0] for entry in baselines]
    broken = [replace(e, name=e.name.replace(" (", "\n(")) for e in learned]  # to save width
    figures = {"comparison": plots.comparison([*broken, *others])}
    curves = {run.name: run / "scalars.csv"}
    if plots.has_curves(curves):
        figures["training"] = plots.training_curves(curves)
    if any(map(len, learned[0].along_paths)):
        figures["correlation"] = plots.correlations(learned)
    if any(len(learned[0].paths[number]) > 2 for number in drawn):
        figures["trajectories"] = plots.trajectories(learned, drawn)
    if plots.has_fields(learned[0].problems.domain):
        yardstick = [e for e in others if e.name == yardstick_of(e)]
        figures["heatmaps"] = plots.heatmaps([*broken, *yardstick], drawn[0])
    return figures
