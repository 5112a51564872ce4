"""The rows of kernels with registers chosen by hand, beside what the machine can do."""

from __future__ import annotations

from measured import Row

SUMS = (
    "Times are of a billion floating-point operations. A sum of rows is no product, so there is no "
    "target: it adds each number once that it reads, where a product uses it many times, and the "
    "caches bind. An addition is also one operation, a multiply-add two, so half the rate of a "
    "product is the most that additions could reach."
)
READING = (
    "This is the limit that binds: a number that is read is added once. The weights and the "
    "gradients of all pairs, 1.3 and 2 MB, do not fit into the first two caches."
)
WAVES = (
    "Times are of a billion floating-point operations. No target: of the 49 operations of a cell "
    "in a step, 18 are those of nine multiply-adds; most of the rest are those of its sigmoid, "
    "with comparisons, lone sums and products, and a division. Instructions bind, as all fields "
    "lie in the first two caches. The front of a wave in a large maze also adds across lanes, to "
    "know which cells have changed."
)
SIGMOIDS = (
    "As many sigmoids by PyTorch, of numbers in the cache, without sums over nine cells: what "
    "they take of a step is the limit that binds."
)
DISTANCES = (
    "Times are of a billion floating-point operations. Arithmetic binds, but not only that of "
    "products: a pair also takes a root, two exponentials and two divisions, as long as products "
    "take for some 25 numbers of an embedding, which the operations leave out."
)

ONE_TWO = (1, 2)
PRODUCTS = "PyTorch's product of matrices"


def against_products(work: str, ours: str, on: int, target: float | None, remark: str) -> Row:
    """A row beside the machine's rate of operations."""
    products = tuple(f"test_operations[{size}-{on}]" for size in (256, 512, 1024))
    return Row(f"{work}, threads {on}", ours, products, PRODUCTS, target, remark=remark)


def first_layer_rows() -> list[Row]:
    """The rows of ``test_bench_first_layer.py``."""
    made = []
    for what, words in (("forward", "forward"), ("step", "forward and backward")):
        work = f"first layer {words}, cube3, hidden 512"
        for on in ONE_TWO:
            ours, on_threads = f"test_first_layer[{what}-{on}]", f"{work}, threads {on}"
            ways = tuple(f"test_first_layer_pytorch[{what}-{w}-{on}]" for w in ("bag", "product"))
            reading = (f"test_first_layer_reading[{what}-{on}]",)
            limit = "sums of as many numbers of the same arrays, in order"
            made += [
                against_products(work, ours, on, None, SUMS),
                Row(on_threads, ours, reading, limit, None, remark=READING),
                Row(on_threads, ours, ways, "`embedding_bag`, or a product", None),
            ]
    return made


def wave_rows() -> list[Row]:
    """The rows of the kernels in ``test_bench_waves.py``."""
    made = []
    kernels = {
        "waves forward, 20 x 20": "test_wave_times",
        "gradient of waves, 20 x 20": "test_wave_gradient",
        "front of waves, 100 x 100": "test_wave_front",
    }
    for work, name in kernels.items():
        for on in ONE_TWO:
            made.append(against_products(work, f"{name}[{on}]", on, None, WAVES))
    for on in ONE_TWO:
        sigmoids = (f"test_sigmoids[{on}]",)
        work, against = f"waves forward, 20 x 20, threads {on}", "PyTorch's sigmoid, nothing else"
        made.append(Row(work, f"test_wave_times[{on}]", sigmoids, against, None, remark=SIGMOIDS))
    return made


def distance_rows() -> list[Row]:
    """The rows of ``test_bench_distances.py``."""
    made = []
    for num, size in ((256, 64), (256, 512), (1024, 64)):
        work = f"contrastive loss and gradient, {num:,} pairs, {size} numbers"
        for on in ONE_TWO:
            ours = f"test_distances[{num}-{size}-{on}]"
            by_pytorch = (f"test_distances_pytorch[{num}-{size}-{on}]",)
            against = "PyTorch, distances by products"
            made += [
                against_products(work, ours, on, 0.8, DISTANCES),
                Row(f"{work}, threads {on}", ours, by_pytorch, against, None),
            ]
    return made


KERNEL_ROWS = [*first_layer_rows(), *wave_rows(), *distance_rows()]
