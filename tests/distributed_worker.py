"""What each process of ``test_distributed.py`` runs under torchrun: it checks and exits."""

import json
import sys
from pathlib import Path

import torch

from mlsearch.base.settings import replaced
from mlsearch.learning import distributed, processes
from mlsearch.learning.methods import method_config
from mlsearch.learning.training import Trainer

NUM_STEPS = 6
SETTINGS = {
    "data.num_trajectories": 100,
    "training.steps": NUM_STEPS,
    "training.batch_size": 32,
    "training.log_every": 1,
    "training.checkpoint_every": 1000,
    "training.dtype": "float64",
    "training.learning_rate": 1e-3,
    "model.hidden": 16,
}


def train(method: str, folder: Path, **settings) -> Trainer:
    config = replaced(method_config(method), {**SETTINGS, **settings})
    trainer = Trainer(config, folder)
    trainer.run()
    return trainer


def check_exchange() -> None:
    """``gather``, ``average``, ``any_true`` and ``joined`` against what one process would do."""
    rank, size = processes.rank(), processes.size()
    torch.manual_seed(0)
    whole = torch.randn(6, 3, dtype=torch.float64)
    weight = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)

    def loss(rows):
        return torch.logsumexp(rows @ rows.T, dim=1).mean()

    expected = torch.autograd.grad(loss(whole @ weight), weight)[0]
    own = whole[rank * 6 // size : (rank + 1) * 6 // size]
    gradient = torch.autograd.grad(loss(distributed.gather(own @ weight)), weight)[0].flatten()
    means = distributed.average(gradient, torch.tensor([float(rank)]))
    torch.testing.assert_close(gradient.view(3, 3), expected)
    torch.testing.assert_close(means, torch.full((1,), (size - 1) / 2, dtype=torch.float64))
    assert distributed.any_true(rank == 1, False, True) == [True, False, True]
    parts = processes.joined(torch.arange(rank + 1).numpy())
    assert parts.tolist() == [n for r in range(size) for n in range(r + 1)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    out, methods = Path(sys.argv[1]), json.loads(sys.argv[2])
    with processes.process_group("cpu"):
        check_exchange()
        for method in methods:
            train(method, out / method)
    threads = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    assert "pt_gloo_runloop" not in threads  # one that outlives the interpreter aborts it
