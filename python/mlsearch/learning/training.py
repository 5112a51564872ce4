"""Training: batches in, a run folder out."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from mlsearch.base.errors import TrainingError
from mlsearch.base.interruption import deferred_signals
from mlsearch.base.seeding import child_seed
from mlsearch.config import RunConfig
from mlsearch.learning import distributed, processes
from mlsearch.learning.batches import make_batches, stream
from mlsearch.learning.blocks import Batch, BatchSource
from mlsearch.learning.calibration import calibrate
from mlsearch.learning.directions import warning_of_symmetry
from mlsearch.learning.lessons import check_lessons
from mlsearch.learning.optimization import lengthened, rate_factor
from mlsearch.learning.reads import Reads
from mlsearch.learning.record import RunRecord
from mlsearch.learning.steps import Learner, StepNumbers, fastest_step
from mlsearch.models import DistanceModel
from mlsearch.models.torch_state import OwnRandom, checked_device
from mlsearch.runs import checkpoint
from mlsearch.runs.tracking import TENSORBOARD

_log = logging.getLogger("mlsearch")

Evaluate = Callable[[DistanceModel], Mapping[str, float]]
"""Scores a model on validation problems; handed in, so that training knows no search."""

Progress = Callable[[int, Mapping[str, float]], None]
"""Called with the step and the newest scalars at every ``log_every`` and evaluation."""


class Trainer:
    """Trains the model of a config and keeps its run folder.

    Processes of a ``torch.distributed`` group share each batch and train the same model;
    the first of them validates and writes.

    Results do not depend on what the caller has set in PyTorch, nor is that changed, see
    :mod:`mlsearch.models.torch_state`.

    Args:
        config: the run.
        folder: run folder; made when missing.
        device: "cpu" or "cuda".
        evaluate: scores of a model on validation problems, or None for no validation.
        progress: told how the run goes, or None.
        until: targets by the name of a validation score, such as
            ``{"no_search.solved_rate": 0.95}``; the run ends early once all are reached.
        batches: where the batches come from; by default what ``config.data`` describes.
        trackers: names of :data:`mlsearch.runs.tracking.TRACKERS`, where the numbers of
            ``scalars.csv``, the config and the learning rate are logged besides.

    Attributes:
        learner: what is trained, see :class:`mlsearch.learning.steps.Learner`.
        take: how its steps are taken, a :class:`mlsearch.learning.steps.Step`.
        step: number of steps taken.
        record: what is kept in the folder.
        random: random numbers of PyTorch, which are the run's own.

    Raises:
        CheckpointError: the folder holds a run already (use ``Trainer.resume``), or the run that
            ``config.training.start`` names has weights of another model.
        TypeError: the domain lacks what the model or the data need.
        ValueError: the first batches have nothing to learn, see ``lessons.check_lessons``.
        OSError: the folder cannot be written.
    """

    def __init__(
        self,
        config: RunConfig,
        folder: str | Path,
        device: str = "cpu",
        evaluate: Evaluate | None = None,
        progress: Progress | None = None,
        until: Mapping[str, float] | None = None,
        batches: BatchSource | None = None,
        trackers: Sequence[str] = (TENSORBOARD,),
    ) -> None:
        self.config = config
        self.record = RunRecord(Path(folder), trackers)
        self.record.check_unused()
        self.random = OwnRandom(checked_device(device))
        with self.random.used():
            self._set_up(checkpoint.first_model, device, evaluate, progress, until, batches)
            check_lessons(self.batches.block(0), config.objective)
            self.record.begin(config)

    @classmethod
    def resume(
        cls,
        folder: str | Path,
        steps: int | None = None,
        trackers: Sequence[str] = (TENSORBOARD,),
        **settings: Any,
    ) -> Trainer:
        """The trainer of a run that was stopped, at its last saved step.

        Args:
            folder: the run folder.
            steps: a new number of steps, to train on after the last one; None for that of the
                config.
            trackers: as of the constructor.
            settings: ``device``, ``evaluate``, ``progress``, ``until`` and ``batches`` as of
                the constructor.

        Raises:
            ValueError: the run has taken more steps already, or its learning rate depends on
                how many there are.
            CheckpointError: the folder is not a run, its state is damaged, or it is being
                trained in already.
        """
        trainer = cls.__new__(cls)
        config = checkpoint.read_config(Path(folder))
        trainer.config = config if steps is None else lengthened(config, steps)
        trainer.record = RunRecord(Path(folder), trackers)
        trainer.random = OwnRandom(checked_device(settings.get("device", "cpu")))
        with trainer.random.used():
            trainer._set_up(checkpoint.new_model, **settings)
            trainer.step = trainer.record.resume(trainer.learner)
        if trainer.config != config:
            trainer.record.lengthen(trainer.config, trainer.step)
        return trainer

    def __reduce__(self) -> Any:
        raise TypeError(f"{self.folder}: a run has one trainer; Trainer.resume goes on with it")

    def _set_up(
        self,
        make: Callable[[RunConfig], DistanceModel],
        device: str = "cpu",
        evaluate: Evaluate | None = None,
        progress: Progress | None = None,
        until: Mapping[str, float] | None = None,
        batches: BatchSource | None = None,
    ) -> None:
        config = self.config
        self.device = torch.device(device)
        self.evaluate, self.progress, self.until = evaluate, progress, until
        torch.manual_seed(child_seed(config.seed, "torch"))
        model = make(config).to(self.device)
        reads = Reads.of(config, model)  # fail on a typo in a term before the run starts
        warning = warning_of_symmetry(config, model)
        if warning and processes.is_first():
            _log.warning(warning)
        self.batches = batches or make_batches(config, reads)
        self.learner = Learner(config, model)
        self.take = fastest_step(self.learner)
        self.step = 0

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.record.folder

    @property
    def rows(self) -> list[dict[str, float]]:
        """What was logged, one row for each logged step."""
        return self.record.rows

    @property
    def seconds(self) -> float:
        """Time spent on steps."""
        return self.record.seconds

    def run(self) -> DistanceModel:
        """Trains to the last step (or the target) and returns the model to use.

        Raises:
            TrainingError: a loss or gradient is no longer finite. The state before that step
                has been saved. On a GPU it may be told up to 100 steps later.
            KeyboardInterrupt: Ctrl-C or SIGTERM came. The state has been saved.
        """
        with self.random.used():
            return self._run()

    def _run(self) -> DistanceModel:
        model = self.learner.deployed()
        try:
            self._train()
            calibrate(model, self.config.objective, self.batches, self.device)
            if processes.is_first():
                checkpoint.save_model(self.folder, model)
            processes.wait_for_all()
        finally:
            self.record.release()
        return model

    def _train(self) -> None:
        self.learner.model.train()
        steps = range(self.step, self.config.training.steps)
        was_stopped = False
        (is_over,) = distributed.any_true(self._is_good_enough())
        with deferred_signals() as is_stopped:
            try:
                for batch in () if is_over else stream(self.batches, steps, self.device):
                    self.advance(batch)
                    if not self._is_time_to_agree():
                        continue
                    flags = distributed.any_true(is_stopped(), self._is_good_enough())
                    was_stopped = flags[0]
                    if any(flags):
                        break
            finally:
                bad = self.take.first_bad()
                self.step = self.step if bad is None else bad.number  # what the weights have taken
                self.save()
                self.record.close_trackers()
            if was_stopped:
                raise KeyboardInterrupt(f"stopped after step {self.step}")

    def advance(self, batch: Batch) -> None:
        """One step, and what is due after it: a line of the log, scores, a checkpoint.

        Alone among the methods it takes PyTorch as it is: ``run`` settles that once for all steps.

        Raises:
            TrainingError: as of ``run``.
        """
        settings = self.config.training
        started = time.perf_counter()
        numbers = self._numbers()
        scalars = self.take(batch, numbers)
        if self._is_time_to_check():
            self._check_finite()
        self.step += 1
        self.record.seconds += time.perf_counter() - started
        if not processes.is_first():
            return
        if self._is_due(settings.log_every):
            values = {name: float(value) for name, value in scalars.items()}
            self._log(values, learning_rate=float(numbers.rate))
        if self.evaluate and self._is_due(settings.validation_every):
            scores = self.evaluate(self.learner.deployed().eval())
            self.learner.model.train()
            self._log({f"validation.{name}": value for name, value in scores.items()})
        if self.step % settings.checkpoint_every == 0:
            self.save()

    def _is_due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.config.training.steps

    def _is_time_to_agree(self) -> bool:
        """Whether to ask all processes if the run should end: now and then, as it takes time."""
        settings = self.config.training
        is_due = self.step % settings.log_every == 0 or self.step % settings.validation_every == 0
        return is_due or processes.size() == 1

    def _numbers(self) -> StepNumbers:
        """Step number, learning rate and EMA rate. The EMA warms up as a running mean."""
        settings, step = self.config.training, self.step
        rate = settings.learning_rate * rate_factor(settings, step)
        decay = min(settings.weight_average, (step + 1) / (step + 10))
        return StepNumbers(number=step, rate=rate, ema_rate=1 - decay)

    def _is_time_to_check(self) -> bool:
        """Whether the step just taken must have been finite, as it will be looked at."""
        settings, number = self.config.training, self.step + 1
        due = (settings.log_every, settings.validation_every, settings.checkpoint_every)
        is_due = any(number % every == 0 for every in (self.take.check_every, *due))
        return is_due or number == settings.steps

    def _check_finite(self) -> None:
        """Raises if a step was not finite, the last one included; none of those was taken."""
        bad = self.take.first_bad()
        if bad is None:
            return
        names = bad.names([*self.config.objective.terms, "gradient"], self.learner.model)
        raise TrainingError(
            f"step {bad.number}: not finite: {', '.join(names)}; the state before this step is "
            f"saved in {self.folder}"
        )

    def _is_good_enough(self) -> bool:
        if not self.until or not self.rows:
            return False
        newest = self.rows[-1]
        return all(newest.get(f"validation.{n}", -math.inf) >= v for n, v in self.until.items())

    def _log(self, values: Mapping[str, float], **also: float) -> None:
        row = self.record.log(self.step, values, also)
        if self.progress:
            self.progress(self.step, row)

    def save(self) -> None:
        """Writes the log, the weights, and all that is needed to resume."""
        with self.random.used():
            self.record.save(self.learner, self.step)
