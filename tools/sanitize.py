"""Builds the extension with sanitizers, in a folder of its own, and runs tests on it.

    python tools/sanitize.py address   # AddressSanitizer and UndefinedBehaviorSanitizer: all tests
    python tools/sanitize.py thread    # ThreadSanitizer: the tests of threaded kernels

More arguments go to pytest in place of these tests, for example ``tests/test_bfs.py -k queue``.
Needs GCC on Linux.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pybind11

ROOT = Path(__file__).parents[1]
SANITIZERS = {"address": "address,undefined", "thread": "thread"}
LIBRARIES = {"address": ("libasan.so", "libubsan.so"), "thread": ("libtsan.so",)}
OPTIONS = {
    # Python and PyTorch keep memory until the process ends, so leaks say nothing here; a size
    # that no memory holds is answered with MemoryError, as without sanitizers.
    "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:abort_on_error=1",
    "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_stacktrace=1",
    # Forked children start threads of their own; ThreadSanitizer must allow it.
    "TSAN_OPTIONS": "halt_on_error=1:die_after_fork=0",
}
# The threads of PyTorch have no sanitizer built in, so it gets none. OMP_NUM_THREADS would hold for
# the kernels too, which need several. MKL ignores the limit of OpenMP: without a number of its own
# its QR decomposition, which orthogonal weights begin with, waits forever for a second thread.
ONE_TORCH_THREAD = {"OMP_THREAD_LIMIT": "1", "MKL_NUM_THREADS": "1"}
# As `make test` has it. ThreadSanitizer gets one process, whose threads have all cores to race on.
SIDE_BY_SIDE = {"address": ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")}
NOT_RUN = {
    "test_limits.py": "a sanitizer reserves terabytes of address space, which the tests limit",
    "test_packaging.py": "asks how the package was installed",
    "test_project.py": "the same",
    "test_soak.py": "a sanitizer keeps freed memory on purpose",
    "test_threads.py": "ThreadSanitizer has a thread of its own",
}
LEFT_OUT = {
    "address": {
        "test_bench_tools.py::test_quick_scaling": "measures time and memory in 16 "
        "processes, which takes minutes",
        "test_datasets.py::test_memory_is_that_of_a_part": "limits the address space too",
        "test_fuzz.py::test_the_long_form[guided1]": "AddressSanitizer takes the place of the "
        "fuzzer's",
    },
    "thread": {
        "test_callback_abuse.py::test_ctrl_c_ends_it[a heuristic that works]": "ThreadSanitizer "
        "hands a signal on at the next call of the C library, and here there is none",
        "test_exact.py::test_counts_of_the_small_cube": "3.7 million states take minutes; the "
        "same threads make the table of the 8-puzzle",
        "test_exact.py::test_making_patterns_stops": "memory is filled before the first look for "
        "Ctrl-C, which takes ThreadSanitizer 2 s",
    },
}
# Kernels leave small inputs to one thread, where there is nothing to see: of some files these are
# only the tests with inputs that are large enough for threads to share.
THREADED = (
    "test_shared_work.py",
    "test_determinism.py",
    "test_interrupt.py",
    "test_callback_abuse.py",
    "test_exact.py",
    "test_compiled_wave.py",
    "test_generate.py::test_a_maze_depends_on_seed_and_index_alone",
    "test_generate.py::test_wilson_draws_every_tree_alike",
    "test_bfs.py::test_threads_change_nothing",
    "test_bfs.py::test_all_pairs_equal_scipy",
    "test_trajectories.py::test_ties_are_broken_uniformly_move_by_move",
    "test_trajectories.py::test_interrupt_ends_a_long_call",
    "test_trajectories.py::test_result_does_not_depend_on_threads_or_batch",
    "test_pairs.py::test_distribution_of_anchors_and_offsets",
    "test_pairs.py::test_result_depends_on_seed_and_batch_number_alone",
    "test_fused.py::test_threads_change_no_bit",
    "test_fused.py::test_sums_need_not_be_written_out",
    "test_compiled_step.py::test_threads_change_no_bit",
    "test_compiled_step.py::test_the_gradient_is_that_of_pytorch_in_float64",
    "test_compiled_step.py::test_so_is_that_of_wide_networks",
    "test_compiled_step.py::test_sums_of_weight_rows_are_those_of_pytorch_in_float64",
    "test_search.py::test_large_mazes_and_many_threads_change_nothing",
    "test_search.py::test_rounds_that_are_shared_among_threads_change_nothing",
    "test_search.py::test_a_callback_may_solve_problems_itself",
    "test_beam_search.py::test_large_layers_and_many_threads_change_nothing",
    "test_domains.py::test_batches_and_threads_change_nothing",
    "test_domains.py::test_searches_in_threads_do_not_disturb_each_other",
    "test_windows.py",
    "test_puzzles.py::test_the_number_of_threads_changes_nothing",
    "test_puzzles.py::test_compiled_code_stops",
    "test_sokoban_rooms.py::test_a_level_depends_on_its_number_alone",
)


def build(kind: str, folder: Path) -> None:
    """Puts the package with a sanitized extension into ``folder / "package"``."""
    package = folder / "package" / "mlsearch"
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(
        ROOT / "python" / "mlsearch", package, ignore=shutil.ignore_patterns("_core*.so")
    )
    configure = [
        f"-DSANITIZE={SANITIZERS[kind]}",
        f"-DPython_EXECUTABLE={sys.executable}",
        f"-Dpybind11_DIR={pybind11.get_cmake_dir()}",
        "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
        "-GNinja",
    ]
    subprocess.run(["cmake", "-S", ROOT, "-B", folder / "cmake", *configure], check=True)
    subprocess.run(["cmake", "--build", folder / "cmake"], check=True)
    install = ["cmake", "--install", folder / "cmake", "--prefix", package.parent]
    subprocess.run(install, check=True)


def interpreter(folder: Path) -> Path:
    """A Python that sees the sanitized package first and then the packages of this one."""
    environment = folder / "venv"
    venv.create(environment, symlinks=True)
    [site] = environment.glob("lib/python*/site-packages")
    paths = (folder / "package", sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    (site / "sanitized.pth").write_text("\n".join(map(str, dict.fromkeys(paths))))
    return environment / "bin" / "python"


def runtime(kind: str) -> str:
    """What has to be loaded before Python itself, which was not built with sanitizers."""
    compiler = os.environ.get("CXX", "c++")
    found = []
    for library in (*LIBRARIES[kind], "libstdc++.so"):
        command = [compiler, f"-print-file-name={library}"]
        found.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return ":".join(path.strip() for path in found)


def tests(kind: str) -> list[str]:
    """The tests that make sense with a sanitizer."""
    if kind == "thread":
        return [str(ROOT / "tests" / name) for name in THREADED]
    files = sorted((ROOT / "tests").glob("test_*.py"))
    return [str(file) for file in files if file.name not in NOT_RUN]


def main(kind: str, *arguments: str) -> int:
    """Builds, runs, and returns the exit status of pytest."""
    folder = ROOT / "build" / f"sanitize-{kind}"
    build(kind, folder)
    settings = OPTIONS | ONE_TORCH_THREAD | {"LD_PRELOAD": runtime(kind), "PYTHONPATH": ""}
    settings["SANITIZER"] = kind  # tests that bound times read it
    # The report of a sanitizer that ends the process must not stay in pytest's hands.
    pytest = [interpreter(folder), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--capture=sys"]
    pytest += SIDE_BY_SIDE.get(kind, ())
    # Thread sanitizers know no memory layouts as random as new kernels make them.
    fixed_layout = ["setarch", "--addr-no-randomize"] if shutil.which("setarch") else []
    left_out = [f"--deselect=tests/{name}" for name in LEFT_OUT[kind]]
    command = [*fixed_layout, *pytest, *left_out, *(arguments or tests(kind))]
    return subprocess.run(command, cwd=ROOT, env=os.environ | settings).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in SANITIZERS:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
