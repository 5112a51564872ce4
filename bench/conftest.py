"""What the JSON of a run carries beside the times: versions, registers, rows with their targets.

With ``MLSEARCH_REGISTERS`` our kernels use no wider registers than it says. Nor does PyTorch then,
which is told here, before it is imported. What it compiles then lies in a folder of its own: code
that it once compiled for wider registers crashes a process that is told to do without them.
"""

import os
import tempfile
from importlib.metadata import PackageNotFoundError, version

import pytest
from measured import seconds_of
from rows import ALL_ROWS

from mlsearch import _core

OTHERS = {
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    },
    "portable": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    },
}
REGISTERS = os.environ.get("MLSEARCH_REGISTERS", "")
if REGISTERS in OTHERS:
    os.environ.update(OTHERS[REGISTERS])
    folder = f"{tempfile.gettempdir()}/torchinductor-{REGISTERS}"
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", folder)

COMPARED = (
    *("mlsearch", "torch", "numpy", "scipy", "numba", "tcod", "scikit-image", "networkx"),
    *("maze-dataset", "labmaze", "deepxube", "cayleypy", "gymnasium"),
)


@pytest.fixture
def threads_of_networks(request, monkeypatch):
    """Networks run on the parameter ``num_threads`` of a test, and so does PyTorch."""
    import torch

    from mlsearch.models import fused

    before = torch.get_num_threads()
    num_threads = request.node.callspec.params["num_threads"]
    monkeypatch.setattr(fused, "NUM_THREADS", num_threads)
    torch.set_num_threads(num_threads)
    yield
    torch.set_num_threads(before)


def pytest_benchmark_update_machine_info(config, machine_info):
    import torch

    if torch.cuda.is_available():
        machine_info["gpu"] = torch.cuda.get_device_name()
    machine_info["registers"] = _core.registers()
    machine_info["versions"] = {}
    for name in COMPARED:
        try:
            machine_info["versions"][name] = version(name)
        except PackageNotFoundError:
            continue


def pytest_benchmark_update_json(config, benchmarks, output_json):
    """Each of our benchmarks gets the rows that it is the subject of."""
    seconds = seconds_of(output_json)
    for benchmark in output_json["benchmarks"]:
        own = [row.as_record(seconds) for row in ALL_ROWS if row.ours == benchmark["name"]]
        if own:
            benchmark["extra_info"]["rows"] = own
