"""The regressor that reads boards: what it computes, and what holds by construction."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import mlsearch as ml
from mlsearch.config import ModelConfig
from mlsearch.domains.contract import Boarded
from mlsearch.domains.maze.mazes import Mazes
from mlsearch.models import BOARDS, BoardRegressor, Sizes, build_model

pytestmark = pytest.mark.usefixtures("one_thread")


def some_model(num_planes: int = 3) -> BoardRegressor:
    torch.manual_seed(0)
    return BoardRegressor(num_planes, 16, 1, 8, 3).eval()


def some_boards(num: int, planes: int, height: int, width: int) -> torch.Tensor:
    return torch.randint(2, (num, planes, height, width), dtype=torch.uint8)


def rows_by_hand(model: BoardRegressor, board: torch.Tensor) -> torch.Tensor:
    """The numbers of each feature of one board, one iteration after another."""
    sides = [functional.pad(plane, (1, 1, 1, 1)) for plane in (*board.float(), torch.ones(5, 4))]
    recall = functional.conv2d(torch.stack(sides)[None], model.see.weight, model.see.bias)
    cells = torch.zeros_like(recall)
    for _ in range(2):  # three for a side of ten
        inner = model.first_norm(model.first(cells) + recall).relu()
        cells = model.second_norm(model.second(inner) + cells).relu()
    return torch.stack([model.rows(cells)[0, :, r, c] for r in range(5) for c in range(4)])


def test_a_state_is_the_sum_of_the_rows_of_its_features():
    model, boards = some_model(), some_boards(2, 3, 5, 4)
    states, goals = torch.tensor([[7, 25, 60], [19, 20, 59]]), torch.tensor([[1, 21], [0, 99]])
    with torch.no_grad():
        context, index = model.read(boards), torch.arange(2)
        found = model.steps(context, index, states, model.goal_features(context, index, goals))
        for i, board in enumerate(boards):
            cells = rows_by_hand(model, board).view(20, 3, 16)
            each = [cells[f % 20, f // 20] if f < 60 else torch.zeros(16) for f in states[i]]
            to = [cells[f % 20, f // 20] if f < 60 else torch.zeros(16) for f in goals[i]]
            outputs = model.trunk(sum(each) + model.goal(sum(to)))
            torch.testing.assert_close(found[i], functional.softplus(outputs.mean()))


def test_gradients_flow_to_everything():
    model, boards = some_model(), some_boards(2, 3, 5, 4)
    index, states = torch.arange(2), torch.tensor([[7, 25], [19, 20]])
    context = model.read(boards)
    steps = model.steps(context, index, states, model.goal_features(context, index, states))
    steps.sum().backward()
    assert all((p.grad != 0).any() for p in model.parameters())


def test_a_batch_changes_no_board():
    model, boards = some_model(), some_boards(3, 3, 5, 4)
    with torch.no_grad():
        together = model.read(boards)
        for i in range(3):
            torch.testing.assert_close(model.read(boards[i : i + 1])[0], together[i])


def test_boards_of_any_size_are_read_and_those_of_other_planes_refused():
    model = some_model()
    assert model.read(some_boards(2, 3, 8, 3)).shape == (2, 73, 16)
    with pytest.raises(ValueError, match=r"^worlds: .* boards of 3 planes, got 2$"):
        model.read(some_boards(1, 2, 5, 4))


def test_a_domain_without_boards_is_refused():
    config = ModelConfig(encoder="board_regressor")
    with pytest.raises(
        ValueError, match=r"^model.encoder: 'board_regressor' reads boards, .* .192 f"
    ):
        build_model(config, Sizes.of(ml.Cube(2)))


def test_mazes_are_boards_of_walls():
    mazes = Mazes.generate(3, (4, 5), seed=0)
    assert isinstance(mazes, Boarded)
    assert (BOARDS.worlds(mazes) == mazes.walls[:, None]).all()
    assert BOARDS.states(mazes, np.array([7], np.int32)).tolist() == [[7]]
