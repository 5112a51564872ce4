"""What the JSON of a run carries beside the times: versions, and the rows with their targets."""

from importlib.metadata import PackageNotFoundError, version

from measured import seconds_of
from rows import ROWS

COMPARED = (
    *("mlsearch", "torch", "numpy", "scipy", "numba", "tcod", "scikit-image", "networkx"),
    *("maze-dataset", "labmaze", "deepxube", "cayleypy", "gymnasium"),
)


def pytest_benchmark_update_machine_info(config, machine_info):
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
        own = [row.as_record(seconds) for row in ROWS if row.ours == benchmark["name"]]
        if own:
            benchmark["extra_info"]["rows"] = own
