"""Sweeps: a training run for each choice of settings. Optuna chooses, and keeps what came out.

A trial is ``mlsearch train`` in a process of its own with ``--set NAME=VALUE`` for what varies, so
its run can be repeated, continued, scored and loaded like any other.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mlsearch.base.seeding import child_seed
from mlsearch.runs.scalars import read_scalars

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution

Value: TypeAlias = float | int | str | bool | None
STORE = "study.jsonl"
HIGHER_IS_BETTER = ("solved_rate", "rank_correlation")


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, whole ones if both are; even on a log scale if asked."""

    low: float
    high: float
    log: bool = False


Space: TypeAlias = Mapping[str, Range | tuple[Value, ...]]
"""What varies, by the dotted name of the setting: listed values, or a range."""


@dataclass(frozen=True)
class Sweep:
    """A sweep, which keeps its trials in a folder.

    Attributes:
        arguments: of ``mlsearch train``, the same for all trials.
        space: what varies.
        out: the folder; each trial has its run folder ``trial-N`` in it.
        trials: how many choices to try; None for every combination of listed values.
        sampler: "random" or "tpe", how they are chosen where there are not all of them.
        seed: of the choices. Those of "random" depend on nothing else.
        score: which validation score counts, the last one of a run: ``search.expansions``.
        processes: trials at the same time; the cores are shared out.

    Raises:
        ValueError: a range without a number of trials, or nothing varies.
        ImportError: Optuna is not installed; ``pip install "mlsearch[sweep]"``.
    """

    arguments: Sequence[str]
    space: Space
    out: Path
    trials: int | None = None
    sampler: str = "random"
    seed: int = 0
    score: str = "search.expansions"
    processes: int = 1

    def __post_init__(self) -> None:
        if not self.space:
            raise ValueError("vary: expected at least one setting")
        ranges = [name for name, values in self.space.items() if isinstance(values, Range)]
        if ranges and self.trials is None:
            raise ValueError(f"vary: {ranges[0]} is a range; expected a number of trials with it")

    @property
    def total(self) -> int:
        """How many trials there will be."""
        return self.trials or len(self._grid())

    def run(self, tell: Callable[[int], None] | None = None) -> list[dict[str, Any]]:
        """Trains what is not trained yet, and returns all trials, the best one first.

        A sweep that was stopped goes on: trials that were begun are trained to their end.

        Args:
            tell: called with the number of trials that have ended, after each; or None.

        Returns:
            A row for each trial: ``run``, the settings that vary, ``score``, ``seconds``, and
            ``failed``, why it has none, or None.
        """
        study = self._study()
        with ThreadPoolExecutor(self.processes) as pool:
            running: dict[Future[float], int] = {}
            for number, values in self._choices(study):
                while len(running) >= self.processes:
                    _collect(study, running, tell)
                running[pool.submit(self._train, number, values)] = number
            while running:
                _collect(study, running, tell)
        return self._rows(study)

    def _study(self) -> Study:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.out.mkdir(parents=True, exist_ok=True)
        is_higher_better = self.score.rpartition(".")[2] in HIGHER_IS_BETTER
        study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(self.out / STORE))),
            study_name="sweep",
            direction="maximize" if is_higher_better else "minimize",
            load_if_exists=True,
        )
        asked = json.dumps([list(self.arguments), self.score, _plain(self.space)])
        if study.user_attrs.setdefault("asked", asked) != asked:
            raise ValueError(f"{self.out}: holds another sweep; choose another folder with --out")
        study.set_user_attr("asked", asked)
        return study

    def _choices(self, study: Study) -> Iterator[tuple[int, dict[str, Value]]]:
        """The trials that were begun and have not ended, then new ones."""
        from optuna.trial import TrialState

        found = study.get_trials(deepcopy=False)
        for trial in found:
            if trial.state == TrialState.RUNNING:
                yield trial.number, dict(trial.params)
        distributions = {name: _distribution(values) for name, values in self.space.items()}
        listed = None if self.trials else self._grid()
        for number in range(len(found), self.total):
            if listed:
                study.enqueue_trial(listed[number])
            study.sampler = self._sampler(number)
            asked = study.ask(distributions)
            yield asked.number, dict(asked.params)

    def _grid(self) -> list[dict[str, Value]]:
        listed = (values for values in self.space.values() if not isinstance(values, Range))
        return [dict(zip(self.space, point, strict=True)) for point in itertools.product(*listed)]

    def _sampler(self, number: int) -> Any:
        """A new one for each trial, so that one that goes on chooses as if it never stopped."""
        from optuna.samplers import RandomSampler, TPESampler

        seed = child_seed(self.seed, f"trial {number}") % 2**32
        return TPESampler(seed=seed) if self.sampler == "tpe" else RandomSampler(seed=seed)

    def _train(self, number: int, values: Mapping[str, Value]) -> float:
        """Trains a trial in a process of its own; the score.

        Raises:
            RuntimeError: the command failed, with its last line.
        """
        settings = [f"--set={name}={json.dumps(value)}" for name, value in values.items()]
        folder = self._folder(number)
        command = [sys.executable, "-m", "mlsearch", "train", *self.arguments, *settings]
        threads = str(max(1, (os.cpu_count() or 1) // self.processes))
        done = subprocess.run(
            [*command, "--out", str(folder), "--quiet"],
            env={"OMP_NUM_THREADS": threads, **os.environ},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError((done.stderr.strip() or "the process was killed").splitlines()[-1])
        return _score(folder, self.score)

    def _folder(self, number: int) -> Path:
        return self.out / f"trial-{number}"

    def _rows(self, study: Study) -> list[dict[str, Any]]:
        rows = [
            {
                "run": str(self._folder(trial.number)),
                **trial.params,
                "score": trial.value,
                "seconds": trial.duration and trial.duration.total_seconds(),
                "failed": study.user_attrs.get(_failure(trial.number)),
            }
            for trial in study.get_trials(deepcopy=False)
        ]
        sign = -1 if study.direction.name == "MAXIMIZE" else 1
        return sorted(rows, key=lambda row: (row["score"] is None, sign * (row["score"] or 0)))


def _collect(
    study: Study, running: dict[Future[float], int], tell: Callable[[int], None] | None
) -> None:
    """Waits for a trial to end and keeps its score, or why it has none."""
    from optuna.trial import TrialState

    ended, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in ended:
        number = running.pop(future)
        try:
            study.tell(number, future.result())
        except (RuntimeError, ValueError) as error:
            study.set_user_attr(_failure(number), str(error))
            study.tell(number, state=TrialState.FAIL)
        if tell:
            tell(sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False)))


def _failure(number: int) -> str:
    """Where a study keeps why a trial failed."""
    return f"failure of trial {number}"


def _score(folder: Path, name: str) -> float:
    column = f"validation.{name}"
    values = [row[column] for row in read_scalars(folder / "scalars.csv") if column in row]
    if not values:
        raise ValueError(f"score: {folder} has no validation score {name!r}")
    return float(values[-1])


def _distribution(values: Range | tuple[Value, ...]) -> BaseDistribution:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if not isinstance(values, Range):
        return CategoricalDistribution(values)
    if isinstance(values.low, int) and isinstance(values.high, int):
        return IntDistribution(values.low, values.high, log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def _plain(space: Space) -> dict[str, Any]:
    return {
        name: vars(values) if isinstance(values, Range) else list(values)
        for name, values in space.items()
    }
