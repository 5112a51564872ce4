"""Versions of all that is compared, for the record."""

from importlib.metadata import PackageNotFoundError, version

COMPARED = (
    *("mlsearch", "torch", "numpy", "scipy", "numba", "tcod", "scikit-image", "networkx"),
    *("maze-dataset", "labmaze", "deepxube", "gymnasium"),
)


def pytest_benchmark_update_machine_info(config, machine_info):
    machine_info["versions"] = {}
    for name in COMPARED:
        try:
            machine_info["versions"][name] = version(name)
        except PackageNotFoundError:
            continue
