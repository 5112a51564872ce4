"""Run folders: what a training run leaves behind, and how to go on from it.

``config.json`` says what the run is, ``model.safetensors`` holds the weights to use, and
``training_state/last.safetensors`` all that is needed to resume. No pickle is involved.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor
from torch.overrides import TorchFunctionMode

from mlsearch.base.errors import CheckpointError
from mlsearch.base.files import replacing, write_json
from mlsearch.base.settings import from_dict, to_dict
from mlsearch.config import RunConfig, upgraded
from mlsearch.models import DistanceModel, Sizes, build_model

FORMAT_VERSION = 2
"""Version 1 knew mazes only; its runs are read, and go on in version 2."""


def write_config(folder: Path, config: RunConfig) -> None:
    """Writes ``config.json``: the config, the format and where the run was made."""
    write_json(
        folder / "config.json",
        {
            "format_version": FORMAT_VERSION,
            "config": to_dict(config),
            "made_with": {**provenance(), "date": _today()},
        },
    )


def _today() -> str:
    """The day in UTC; that of ``SOURCE_DATE_EPOCH`` where it is set, for files that must not vary.

    Source: https://reproducible-builds.org/specs/source-date-epoch/
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    zone = timezone.utc
    now = datetime.fromtimestamp(int(seconds), zone) if seconds.isdecimal() else datetime.now(zone)
    return now.date().isoformat()


def read_config(folder: Path) -> RunConfig:
    """The config of a run folder.

    Raises:
        CheckpointError: there is none, it is damaged or of another format version, or a link
            leads out of the folder.
    """
    _refuse_links(folder)
    path = folder / "config.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["format_version"]
        if version not in (1, FORMAT_VERSION):
            raise CheckpointError(
                f"{path}: expected format version 1 or {FORMAT_VERSION}, got {version}"
            )
        values = content["config"]
        return from_dict(RunConfig, upgraded(values) if version == 1 else values)
    except FileNotFoundError:
        raise CheckpointError(f"{folder}: not a run folder, it has no config.json") from None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise CheckpointError(f"{path}: not a valid config ({error})") from error


def _refuse_links(folder: Path) -> None:
    """Through a link, a run from a stranger could read or overwrite what is elsewhere."""
    home = os.path.realpath(folder)
    for path in folder.rglob("*"):
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(home):
            raise CheckpointError(
                f"{path}: expected a file of the run itself, got a link out of it"
            )


def save_model(folder: Path, model: DistanceModel) -> None:
    """Writes the weights to ``model.safetensors``, atomically."""
    save_tensors(folder / "model.safetensors", model.state_dict())


def load_model(folder: Path) -> tuple[DistanceModel, RunConfig]:
    """The model of a run folder, in evaluation mode on the CPU, and its config.

    Raises:
        CheckpointError: a file is missing or damaged, or the weights are not those of the
            model that the config describes.
    """
    config = read_config(folder)
    tensors, _ = load_tensors(folder / "model.safetensors")
    try:
        outline = model_outline(config)
    except (ValueError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{folder}: {error}") from error
    load_weights(outline, {n: tensor.to("meta") for n, tensor in tensors.items()}, folder)
    with torch.random.fork_rng([]):  # the weights that are drawn are replaced
        model = new_model(config)
    load_weights(model, tensors, folder)
    return model.eval(), config


def new_model(config: RunConfig) -> DistanceModel:
    """The model of a run, with fresh random weights in the dtype of the run, on the CPU.

    Raises:
        TypeError: the domain lacks what the encoder sees.
        ValueError: as of ``build_model``.
    """
    domain = config.domain.make(1, seed=0)
    model = build_model(config.model, Sizes.of(domain)).to(weight_dtype(config))
    model.view.check(domain, config.model.encoder)
    return model


def first_model(config: RunConfig) -> DistanceModel:
    """The model that a run begins with: ``new_model``, or with the weights of another run.

    Raises:
        TypeError, ValueError: as of ``new_model``.
        CheckpointError: ``training.start`` is no run folder, or has weights of another model.
    """
    model = new_model(config)
    if config.training.start is not None:
        path = Path(config.training.start) / "model.safetensors"
        load_weights(model, load_tensors(path)[0], path)
    return model


def model_outline(config: RunConfig) -> DistanceModel:
    """The same model without memory for its weights, which has shapes and a view.

    Raises:
        TypeError, ValueError: as of ``new_model``.
    """
    with torch.device("meta"), _Undrawn():
        return new_model(config).to("meta")


def weight_dtype(config: RunConfig) -> torch.dtype:
    """What the weights of a run are kept in; with bfloat16, that is float32."""
    return torch.float64 if config.training.dtype == "float64" else torch.float32


class _Undrawn(TorchFunctionMode):
    """Skips the random draws of new weights, for a model that only shows its shapes.

    Draws that a model goes on to calculate with are made on the CPU: a sum or a product on the
    meta device imports ``torch._dynamo``, which takes seconds.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func in (Tensor.uniform_, Tensor.normal_):
            return args[0]
        if func in (torch.rand, torch.randn):
            func, kwargs = torch.empty, {**(kwargs or {}), "device": "cpu"}
        return func(*args, **(kwargs or {}))


def load_weights(model: torch.nn.Module, tensors: Mapping[str, Tensor], source: Path) -> None:
    """Puts tensors into a model, name by name and shape by shape.

    Raises:
        CheckpointError: a name is missing or unknown, or a shape or dtype differs.
    """
    wanted = model.state_dict()
    for name, tensor in tensors.items():
        if name in wanted and tensor.dtype != wanted[name].dtype:
            raise CheckpointError(
                f"{source}: weights of another model: {name}: expected {wanted[name].dtype}, "
                f"got {tensor.dtype}"
            )
    try:
        model.load_state_dict(dict(tensors), strict=True)
    except RuntimeError as error:
        raise CheckpointError(f"{source}: weights of another model: {error}") from error


def save_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Writes tensors and short texts to one safetensors file, atomically."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as temporary:
        temporary.write_bytes(save(plain, metadata=dict(metadata or {})))


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and texts of a safetensors file.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    try:
        data = path.read_bytes()
        tensors = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        return tensors, header.get("__metadata__", {})
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file") from None
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not a valid safetensors file ({error})") from error


def provenance() -> dict[str, Any]:
    """Versions, machine and source revision, for the record."""
    from mlsearch import __version__

    return {
        "mlsearch": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": platform.platform(),
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        # Asking for the name would take a GPU that the run does not use.
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_initialized() else None,
        "revision": _revision(),
    }


def _processor() -> str:
    """Its name where the system tells one, such as "AMD EPYC", else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _revision() -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
