"""What several machines cost: bytes and time exchanged at each step, by a simple model.

Prints the tables of docs/scaling.md. Usage: python bench/scale_out.py
"""

from __future__ import annotations

import math

FLOAT = 4  # bytes
LATENCY = 10e-6  # seconds for a message between two machines
BANDWIDTH = 12.5e9  # bytes per second of each: 100 Gbit/s


def exchange_seconds(num_weights: int, batch: int, embedding: int, num_processes: int) -> float:
    """Time of one step's communication.

    An all-reduce of the gradient in a tree, up and down, and an all-gather of the embeddings of
    states and goals by doubling: each round costs a latency, and bytes cost what the slowest
    link takes (Thakur, Rabenseifner & Gropp 2005, "Optimization of Collective Communication
    Operations in MPICH").

    Args:
        num_weights: of the model.
        batch: global batch size, in pairs.
        embedding: numbers per state that are gathered; 0 without a contrastive term.
        num_processes: a power of two.
    """
    rounds = math.log2(num_processes)
    share = 1 - 1 / num_processes
    reduce = 2 * rounds * LATENCY + 2 * share * num_weights * FLOAT / BANDWIDTH
    gathered = 2 * batch * embedding * FLOAT
    gather = 2 * rounds * LATENCY + share * gathered / BANDWIDTH if embedding else 0.0
    return reduce + gather


def efficiency(step_seconds: float, exchange: float) -> float:
    """Share of the time that goes into the step itself when nothing overlaps."""
    return step_seconds / (step_seconds + exchange)


MODELS = {  # weights, gathered embedding
    "supervised": (178_112, 0),
    "contrastive": (126_913, 64),
    "landmark_wave": (605, 0),
}
PAIRS_PER_PROCESS = 64
STEPS = (1e-3, 10e-3)  # seconds of one process alone on its part


def table() -> str:
    """The expectations as a Markdown table."""
    head = ["method", "processes", "gradient", "gathered", "exchange"]
    head += [f"efficiency, step of {1e3 * s:g} ms" for s in STEPS]
    lines = [head, ["---"] * len(head)]
    for name, (weights, embedding) in MODELS.items():
        for processes in (8, 64, 512):
            batch = PAIRS_PER_PROCESS * processes
            seconds = exchange_seconds(weights, batch, embedding, processes)
            gathered = 2 * batch * embedding * FLOAT
            shares = [f"{efficiency(step, seconds):.0%}" for step in STEPS]
            sizes = [f"{weights * FLOAT / 1e3:.3g} kB", f"{gathered / 1e6:.3g} MB"]
            lines.append([name, str(processes), *sizes, f"{1e3 * seconds:.2f} ms", *shares])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


STATE_BYTES = 54 + 8  # a cube, and its place in the order
GATHERED_BYTES = 12  # a prediction and its place
SHARED_SECONDS = 8.0e-6  # a state, shared out: measured, shipped metric of the cube, one core
SERIAL_SECONDS = 0.13e-6  # a state, in every process: sorting the predictions of all


def beam_seconds(found: float, num_processes: int) -> tuple[float, float]:
    """Computing and exchange of one layer of a beam, in seconds, by the same model.

    Args:
        found: states that all processes find in the layer.
        num_processes: a power of two.
    """
    rounds, share = math.log2(num_processes), 1 - 1 / num_processes
    computed = found * (SHARED_SECONDS / num_processes + SERIAL_SECONDS * (num_processes > 1))
    sent = share * found / num_processes * STATE_BYTES / BANDWIDTH + num_processes * LATENCY
    gathered = share * found * GATHERED_BYTES / BANDWIDTH + 8 * rounds * LATENCY
    return computed, (sent + gathered) * (num_processes > 1)


def beam_table() -> str:
    """What to expect of one beam over several processes, as a Markdown table."""
    lines = [["width", "processes", "computing", "exchange", "speed-up"], ["---"] * 5]
    for width in (2**15, 2**20):
        found = 10.4 * width  # of 12 moves, as measured
        alone = sum(beam_seconds(found, 1))
        for processes in (2, 8, 64):
            computed, exchanged = beam_seconds(found, processes)
            times = [f"{1e3 * seconds:.3g} ms" for seconds in (computed, exchanged)]
            faster = f"{alone / (computed + exchanged):.1f}"
            lines.append([f"{width:,}", str(processes), *times, faster])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    print(table(), beam_table(), sep="\n\n")
