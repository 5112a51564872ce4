"""Training: batches in, a run folder out."""

from __future__ import annotations

import copy
import json
import math
import operator
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mlsearch.base.errors import CheckpointError, TrainingError
from mlsearch.base.interruption import deferred_signals
from mlsearch.base.seeding import child_seed
from mlsearch.config import RunConfig
from mlsearch.learning import distributed
from mlsearch.learning.batches import make_batches
from mlsearch.learning.blocks import BLOCK_STEPS, Batch, BatchSource, Block
from mlsearch.learning.optimization import FlatWeights, rate_factor
from mlsearch.learning.steps.compiled import CompiledStep
from mlsearch.learning.steps.finite import FiniteWatch
from mlsearch.learning.steps.graphed import GraphedStep, StepNumbers
from mlsearch.learning.terms import Outputs, losses, term
from mlsearch.models import DistanceModel, EmbeddingMetric, build_model
from mlsearch.runs import checkpoint
from mlsearch.runs.lock import RunLock
from mlsearch.runs.scalars import write_scalars
from mlsearch.runs.tracking import EventLog

CHECK_EVERY = {"cpu": 1, "cuda": 100}
"""Steps after which it is asked whether all were finite; on a GPU it costs a wait."""

Evaluate = Callable[[DistanceModel], Mapping[str, float]]
"""Scores a model on validation problems; handed in, so that training knows no search."""

Progress = Callable[[int, Mapping[str, float]], None]
"""Called with the step and the newest scalars at every ``log_every`` and evaluation."""


class Trainer:
    """Trains the model of a config and keeps its run folder.

    Processes of a ``torch.distributed`` group share each batch and train the same model;
    the first of them validates and writes.

    Args:
        config: the run.
        folder: run folder; made when missing.
        device: "cpu" or "cuda".
        evaluate: scores of a model on validation problems, or None for no validation.
        progress: told how the run goes, or None.
        until: targets by the name of a validation score, such as
            ``{"no_search.solved_rate": 0.95}``; the run ends early once all are reached.
        batches: where the batches come from; by default what ``config.data`` describes.

    Raises:
        CheckpointError: the folder holds a run already (use ``Trainer.resume``).
        OSError: the folder cannot be written.
    """

    lock: RunLock | None  # held by the first process, until the run ends

    def __init__(
        self,
        config: RunConfig,
        folder: str | Path,
        device: str = "cpu",
        evaluate: Evaluate | None = None,
        progress: Progress | None = None,
        until: Mapping[str, float] | None = None,
        batches: BatchSource | None = None,
    ) -> None:
        self.config = config
        self.folder = Path(folder)
        self._check_unused()
        self._set_up(device, evaluate, progress, until, batches)
        distributed.wait_for_all()
        if distributed.is_first():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.lock = RunLock(self.folder)
            self._check_unused()  # by a process that was quicker
            checkpoint.write_config(self.folder, config)

    def _check_unused(self) -> None:
        if (self.folder / "config.json").exists():
            raise CheckpointError(f"{self.folder}: holds a run already; resume it or name another")

    @classmethod
    def resume(cls, folder: str | Path, **settings: Any) -> Trainer:
        """The trainer of a run that was stopped, at its last saved step.

        Args:
            folder: the run folder.
            settings: ``device``, ``evaluate``, ``progress``, ``until`` and ``batches`` as of
                the constructor.

        Raises:
            CheckpointError: the folder is not a run, its state is damaged, or it is being
                trained in already.
        """
        trainer = cls.__new__(cls)
        trainer.config = checkpoint.read_config(Path(folder))
        trainer.folder = Path(folder)
        trainer._set_up(**settings)
        if distributed.is_first():
            trainer.lock = RunLock(trainer.folder)
        try:
            if trainer._state_path.exists():
                trainer._load_state()
                trainer.events = EventLog(trainer.folder, purge_step=trainer.step + 1)
        except BaseException:
            trainer._unlock()
            raise
        return trainer

    def _set_up(
        self,
        device: str = "cpu",
        evaluate: Evaluate | None = None,
        progress: Progress | None = None,
        until: Mapping[str, float] | None = None,
        batches: BatchSource | None = None,
    ) -> None:
        config = self.config
        self.device = torch.device(device)
        self.evaluate, self.progress, self.until = evaluate, progress, until
        for name in config.objective.terms:
            term(name)  # a misspelt one is to be known before a run begins
        self.batches = batches or make_batches(config)
        torch.manual_seed(child_seed(config.seed, "torch"))
        dtype = checkpoint.weight_dtype(config)
        self.model = build_model(config.model, config.domain).to(self.device, dtype)
        self.weights = FlatWeights(self.model)
        self.optimizer = torch.optim.AdamW(
            [self.weights.values],
            lr=config.training.learning_rate,
            weight_decay=config.training.weight_decay,
            fused=True,
            capturable=self.device.type == "cuda",
        )
        num_values = len(config.objective.terms) + 1  # the terms and the gradient's norm
        self.check_every = CHECK_EVERY[self.device.type]
        self.watch = FiniteWatch(
            self.weights, self.optimizer, num_values, is_late=self.check_every > 1
        )
        self.average = copy.deepcopy(self.model) if config.training.weight_average else None
        is_alone = distributed.size() == 1
        self.graphed = GraphedStep(dtype) if self.device.type == "cuda" and is_alone else None
        self.compiled = (
            CompiledStep.of(config, self.model, self.weights, self.optimizer) if is_alone else None
        )
        self.step = 0
        self.seconds = 0.0
        self.rows: list[dict[str, float]] = []
        self.events = EventLog(self.folder)
        self.lock = None

    def _unlock(self) -> None:
        if self.lock:
            self.lock.release()

    def run(self) -> DistanceModel:
        """Trains to the last step (or the target) and returns the model to use.

        Raises:
            TrainingError: a loss or gradient is no longer finite. The state before that step
                has been saved. On a GPU it may be told up to 100 steps later.
            KeyboardInterrupt: Ctrl-C or SIGTERM came. The state has been saved.
        """
        try:
            self._train()
            self._calibrate()
            if distributed.is_first():
                checkpoint.save_model(self.folder, self.deployed())
            distributed.wait_for_all()
        finally:
            self._unlock()
        return self.deployed()

    def _train(self) -> None:
        self.model.train()
        was_stopped = False
        (is_over,) = distributed.any_true(self._is_good_enough())
        with deferred_signals() as is_stopped:
            try:
                for batch in () if is_over else self._batches():
                    self._advance(batch)
                    if not self._is_time_to_agree():
                        continue
                    flags = distributed.any_true(is_stopped(), self._is_good_enough())
                    was_stopped = flags[0]
                    if any(flags):
                        break
            finally:
                self._leave_out_bad_steps()
                self.save()
                self.events.close()
            if was_stopped:
                raise KeyboardInterrupt(f"stopped after step {self.step}")

    def _advance(self, batch: Batch) -> None:
        """One step, and what is due after it: a line of the log, scores, a checkpoint."""
        settings = self.config.training
        started = time.perf_counter()
        scalars = self._train_step(batch)
        self.step += 1
        self.seconds += time.perf_counter() - started
        is_last = self.step == settings.steps
        if not distributed.is_first():
            return
        if self.step % settings.log_every == 0 or is_last:
            self._log({name: float(value) for name, value in scalars.items()})
        if self.evaluate and (self.step % settings.evaluate_every == 0 or is_last):
            scores = self.evaluate(self.deployed().eval())
            self.model.train()
            self._log({f"validation.{name}": value for name, value in scores.items()})
        if self.step % settings.checkpoint_every == 0:
            self.save()

    def _is_time_to_agree(self) -> bool:
        """Whether to ask all processes if the run is to end: now and then, as it takes time."""
        settings = self.config.training
        is_due = self.step % settings.log_every == 0 or self.step % settings.evaluate_every == 0
        return is_due or distributed.size() == 1

    def deployed(self) -> DistanceModel:
        """The model to use: the averaged weights when they are kept, else the last."""
        return self.average or self.model

    def _batches(self) -> Iterator[Batch]:
        """The batches from the current step to the last; the next block is made meanwhile."""
        total = self.config.training.steps
        first, skip = divmod(self.step, BLOCK_STEPS)
        with ThreadPoolExecutor(1) as maker:
            following = maker.submit(self.batches.block, first)
            for number in range(first, -(-total // BLOCK_STEPS)):
                block = following.result()
                if (number + 1) * BLOCK_STEPS < total:
                    following = maker.submit(self.batches.block, number + 1)
                own = block.part(self._own_mazes(block))
                yield from own.to(self.device)[skip : total - number * BLOCK_STEPS]
                skip = 0

    def _own_mazes(self, block: Block) -> slice:
        return distributed.own_part(block.walls.shape[1], "training.batch_size: mazes in a batch")

    def _train_step(self, batch: Batch) -> Mapping[str, Tensor | float]:
        """One step; returns the values of the loss, its terms and the gradient's norm."""
        numbers = self._numbers()
        if self.compiled:
            return self._compiled_step(self.compiled, batch, numbers)
        if self.graphed:
            scalars = self.graphed(self._step, batch, numbers)
        else:
            scalars = self._step(batch, numbers)
        if self.watch.is_late and self._is_time_to_check():
            self._check_finite()
        return scalars

    def _numbers(self) -> StepNumbers:
        """Of the current step. Averages are a plain mean in the first, to forget the start."""
        settings, step = self.config.training, self.step
        rate = settings.learning_rate * rate_factor(settings, step)
        decay = min(settings.weight_average, (step + 1) / (step + 10))
        return StepNumbers(number=step, rate=rate, share=1 - decay)

    def _step(self, batch: Batch, numbers: StepNumbers) -> dict[str, Tensor]:
        """One step, as far as the device takes it: no number is read, unless each is checked."""
        settings, objective = self.config.training, self.config.objective
        with self._autocast():
            terms = losses(self.model, batch, objective)
            loss = torch.stack([objective.terms[n] * value for n, value in terms.items()]).sum()
        gradient = self.weights.gradient(loss)
        values = torch.stack([loss, *terms.values()]).detach()
        means = distributed.average(gradient, values)
        norm = torch.linalg.vector_norm(gradient)
        scalars = dict(zip(["loss", *terms], means, strict=True))
        self.watch.note(numbers.number, torch.stack([*(scalars[name] for name in terms), norm]))
        if not self.watch.is_late:
            self._check_finite()
        if settings.clip:
            gradient.mul_(settings.clip / norm.clamp(min=settings.clip))
        self._set_rate(numbers.rate)
        self.optimizer.step()
        self._update_average(numbers.share)
        return {**scalars, "gradient_norm": norm}

    def _set_rate(self, rate: float | Tensor) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _compiled_step(
        self, compiled: CompiledStep, batch: Batch, numbers: StepNumbers
    ) -> dict[str, float]:
        value, norm = compiled.gradient(batch)
        if not math.isfinite(value + norm):
            self.watch.note(numbers.number, torch.tensor([value, norm]))
            self._check_finite()
        clip = self.config.training.clip
        self._set_rate(numbers.rate)
        compiled.take(clip / max(norm, clip) if clip else 1.0)
        self._update_average(numbers.share)
        return {"loss": compiled.share * value, compiled.name: value, "gradient_norm": norm}

    def _update_average(self, share: float | Tensor) -> None:
        """Has the exponential moving average follow the weights."""
        if self.average is None:
            return
        share = self.watch.allowed(share)
        pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
        for mean, newest in pairs:
            mean.data.lerp_(newest.data, share)

    def _autocast(self) -> AbstractContextManager[Any]:
        if self.config.training.dtype == "bfloat16":
            # A CUDA graph must not use weights that were converted before it was recorded.
            return torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False)
        return nullcontext()

    def _is_time_to_check(self) -> bool:
        """Whether this step may only be taken if all were finite: it is going to be looked at."""
        settings, number = self.config.training, self.step + 1
        due = (settings.log_every, settings.evaluate_every, settings.checkpoint_every)
        is_due = any(number % every == 0 for every in (self.check_every, *due))
        return is_due or number == settings.steps

    def _check_finite(self) -> None:
        """Raises if a step was not finite, this one included; none of those was taken."""
        bad = self.watch.first()
        if bad is None:
            return
        names = bad.names([*self.config.objective.terms, "gradient"], self.model)
        raise TrainingError(
            f"step {bad.number}: not finite: {', '.join(names)}; the state before this step is "
            f"saved in {self.folder}"
        )

    def _leave_out_bad_steps(self) -> None:
        """Sets ``step`` to the number of steps that the weights have taken."""
        bad = self.watch.first()
        if bad is not None:
            self.step = bad.number

    def _is_good_enough(self) -> bool:
        if not self.until or not self.rows:
            return False
        newest = self.rows[-1]
        return all(newest.get(f"validation.{n}", -math.inf) >= v for n, v in self.until.items())

    def _calibrate(self) -> None:
        """Sets the scale of a metric that was not trained in steps, by least squares.

        The pairs are those of the first block, training data only.
        """
        model = self.deployed()
        if not isinstance(model, EmbeddingMetric) or "distance" in self.config.objective.terms:
            return
        batches = self.batches.block(0).to(self.device)
        with torch.no_grad():
            model.eval()
            predicted = torch.cat([Outputs(model, batch).steps for batch in batches]).double()
            known = torch.cat([batch.steps for batch in batches]).double()
            if predicted.any():  # a collapsed metric has no scale to set
                model.multiply_scale(float((predicted @ known) / (predicted @ predicted)))

    # What is kept ---------------------------------------------------------------------------

    def _log(self, values: Mapping[str, float]) -> None:
        if not self.rows or self.rows[-1]["step"] != self.step:
            self.rows.append({"step": self.step, "seconds": round(self.seconds, 3)})
        self.rows[-1].update(values)
        self.events.scalars(self.step, values)
        if self.progress:
            self.progress(self.step, self.rows[-1])

    @property
    def _state_path(self) -> Path:
        return self.folder / "training_state" / "last.safetensors"

    def save(self) -> None:
        """Writes ``scalars.csv``, the weights, and all that is needed to resume."""
        if not distributed.is_first():
            return
        self._state_path.parent.mkdir(exist_ok=True)
        write_scalars(self.folder / "scalars.csv", self.rows)
        checkpoint.save_model(self.folder, self.deployed())
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for name, value in self.optimizer.state.get(self.weights.values, {}).items():
            tensors[f"optimizer.{name}"] = value
        if self.average:
            tensors |= {f"average.{n}": value for n, value in self.average.state_dict().items()}
        tensors["random"] = torch.get_rng_state()
        notes = {"step": self.step, "seconds": self.seconds, "rows": self.rows}
        checkpoint.save_tensors(self._state_path, tensors, {"notes": json.dumps(notes)})

    def _load_state(self) -> None:
        tensors, metadata = checkpoint.load_tensors(self._state_path)
        checkpoint.load_weights(self.model, _under(tensors, "model."), self._state_path)
        if self.average:
            checkpoint.load_weights(self.average, _under(tensors, "average."), self._state_path)
        try:
            notes = json.loads(metadata["notes"])
            self.step, self.seconds = operator.index(notes["step"]), float(notes["seconds"])
            self.rows = [dict(row) for row in notes["rows"]]
            groups = self.optimizer.state_dict()["param_groups"]
            state = {0: _under(tensors, "optimizer.")}
            self.optimizer.load_state_dict({"state": state, "param_groups": groups})
            torch.set_rng_state(tensors["random"])
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointError(f"{self._state_path}: damaged ({error})") from error


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): value for n, value in tensors.items() if n.startswith(prefix)}
