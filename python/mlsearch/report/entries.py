"""What is known of one heuristic: its evaluations, over all seeds it was trained with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mlsearch.base.files import distinct_names
from mlsearch.domains.problems import Problems
from mlsearch.evaluation.axioms import Axioms
from mlsearch.evaluation.evaluation import Evaluation, split_by_distance
from mlsearch.evaluation.scores import Score, calibration, is_rate, over_seeds, score
from mlsearch.metrics.learned import LearnedMetric

PARTS = ("all", "within", "longer")


class Published(NamedTuple):
    """What a report says of a method.

    Attributes:
        solved_rate: without search, 0 to 1.
        expansions: with search, mean.
    """

    solved_rate: float
    expansions: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Entry:
    """One heuristic of a report.

    Attributes:
        name: what to call it.
        run: what to call the training run it comes from; empty of a baseline.
        evaluations: on the same problems, one for each seed; a baseline has one.
        folders: the run folders, in the same order; none of a baseline.
        scales: steps per unit of embedding distance, in the same order; none of a heuristic
            that has no such scale.
        axioms: in the same order; may be empty.
        metric: of the first seed, to ask for more distances than the evaluations hold; None of
            a baseline.
        about: what its method does, in a few words; may be empty.
        command: that trains the runs; may be empty.
        published: what the reproduced report says of it, if anything.
    """

    name: str
    run: str = ""
    evaluations: Sequence[Evaluation]
    folders: Sequence[Path] = ()
    scales: Sequence[float] = ()
    axioms: Sequence[Axioms] = ()
    metric: LearnedMetric | None = None
    about: str = ""
    command: str = ""
    published: Published | None = None

    @property
    def is_learned(self) -> bool:
        """Whether it comes from training, and not from a formula."""
        return bool(self.folders)

    @property
    def problems(self) -> Problems:
        """What it was evaluated on."""
        return self.evaluations[0].problems

    @cached_property
    def scores(self) -> dict[str, dict[str, Score]]:
        """Scores over seeds by part of the problems, as of ``PARTS``, and by name."""
        split = [{"all": e, **split_by_distance(e)} for e in self.evaluations]
        return {
            part: _mean_by_name([_all_scores(s[part]) for s in split])
            for part in PARTS
            if part in split[0]
        }

    @cached_property
    def calibration(self) -> dict[str, dict[str, Score]]:
        """Errors over seeds, "after" calibration and, of a metric with a scale, "before" it."""
        found = {"after": _mean_by_name([_errors(e) for e in self.evaluations])}
        if self.scales:
            pairs = zip(self.evaluations, self.scales, strict=True)
            found["before"] = _mean_by_name([_errors(e, scale) for e, scale in pairs])
        return found

    @cached_property
    def mean_axioms(self) -> dict[str, Score]:
        """``axioms`` over seeds, by name."""
        return _mean_by_name([a._asdict() for a in self.axioms]) if self.axioms else {}


def folder_names(entries: Sequence[Entry]) -> dict[Path, str]:
    """What to call the run folders of all entries, by their last parts."""
    folders = list(dict.fromkeys(folder for entry in entries for folder in entry.folders))
    return dict(zip(folders, distinct_names(folders), strict=True))


def _all_scores(evaluation: Evaluation) -> dict[str, Score]:
    gradient = evaluation.calibration()
    return evaluation.scores() | {"gradient": _without_interval(gradient, len(evaluation.errors))}


def _errors(evaluation: Evaluation, scale: float = 1.0) -> dict[str, Score]:
    """Errors at the starts, of predictions divided by a scale."""
    optimal = evaluation.problems.optimal
    truth = optimal[optimal >= 0]
    errors = (evaluation.at_starts / np.float32(scale)).astype(np.float64) - truth
    return {
        "mean_error": score(errors),
        "absolute_error": score(np.abs(errors)),
        "gradient": _without_interval(calibration(errors, truth), len(errors)),
    }


def _without_interval(value: float, num: int) -> Score:
    return Score(value, math.nan, math.nan, num)


def _mean_by_name(found: Sequence[Mapping[str, Score]]) -> dict[str, Score]:
    return {
        name: over_seeds([scores[name] for scores in found], is_rate(name)) for name in found[0]
    }


def entries_as_json(entries: Sequence[Entry]) -> dict[str, Any]:
    """All numbers by heuristic: plain values for ``files.write_json``."""
    names = folder_names(entries)
    return {
        entry.name: {
            "runs": [names[folder] for folder in entry.folders],
            "scores": {part: _plain(scores) for part, scores in entry.scores.items()},
            "calibration": {when: _plain(scores) for when, scores in entry.calibration.items()},
            "axioms": _plain(entry.mean_axioms),
            "published": entry.published and entry.published._asdict(),
        }
        for entry in entries
    }


def entries_as_rows(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The scores over all problems, a row for each heuristic: plain values for ``csv_text``."""
    return [
        {"heuristic": e.name, "seeds": len(e.evaluations), **_plain(e.scores["all"])}
        for e in entries
    ]


def scores_as_json(entries: Sequence[Entry]) -> dict[str, Any]:
    """The scores over all problems by heuristic: plain values for ``files.write_json``."""
    return {
        e.name: _plain(e.scores["all"]) | {"gradient": e.scores["all"]["gradient"].mean}
        for e in entries
    }


def _plain(scores: Mapping[str, Score]) -> dict[str, dict[str, float]]:
    return {name: value._asdict() for name, value in scores.items()}
