"""Puzzles in plain Python, as their rules say; the cube by its pieces instead of its stickers."""

from __future__ import annotations

import itertools

import numpy as np

# The cube, after Kociemba's "The two-phase algorithm": places and pieces have the same names.

CORNERS = ["URF", "UFL", "ULB", "UBR", "DFR", "DLF", "DBL", "DRB"]
EDGES = ["UR", "UF", "UL", "UB", "DR", "DF", "DL", "DB", "FR", "FL", "BL", "BR"]
CORNER_STICKERS = ["U9R1F3", "U7F1L3", "U1L1B3", "U3B1R3", "D3F9R7", "D1L9F7", "D7B9L7", "D9R9B7"]
EDGE_STICKERS = [
    "U6R2",
    "U8F2",
    "U4L2",
    "U2B2",
    "D6R8",
    "D2F8",
    "D4L8",
    "D8B8",
    "F6R4",
    "F4L6",
    "B6L4",
    "B4R6",
]

# Of each face: which corner comes to each place and how it is twisted, and the same of edges.
TURNS = {
    "U": ("UBR URF UFL ULB DFR DLF DBL DRB", "00000000", "UB UR UF UL DR DF DL DB FR FL BL BR", ""),
    "R": ("DFR UFL ULB URF DRB DLF DBL UBR", "20011002", "FR UF UL UB BR DF DL DB DR FL BL UR", ""),
    "F": (
        "UFL DLF ULB UBR URF DFR DBL DRB",
        "12002100",
        "UR FL UL UB DR FR DL DB UF DF BL BR",
        "010001001100",
    ),
    "D": ("URF UFL ULB UBR DLF DBL DRB DFR", "00000000", "UR UF UL UB DF DL DB DR FR FL BL BR", ""),
    "L": ("URF ULB DBL UBR DFR UFL DLF DRB", "01200210", "UR UF BL UB DR DF FL DB FR UL DL BR", ""),
    "B": (
        "URF UFL UBR DRB DFR DLF ULB DBL",
        "00120021",
        "UR UF UL BR DR DF DL BL FR FL UB DB",
        "000100010011",
    ),
}


class PieceCube:
    """A cube as the piece at each place, and how far it is turned."""

    def __init__(self):
        self.corners, self.twists = list(range(8)), [0] * 8
        self.edges, self.flips = list(range(12)), [0] * 12

    def turn(self, face):
        corners, twists, edges, flips = TURNS[face]
        comes = [CORNERS.index(name) for name in corners.split()]
        self.twists = [(self.twists[c] + int(t)) % 3 for c, t in zip(comes, twists, strict=True)]
        self.corners = [self.corners[c] for c in comes]
        comes = [EDGES.index(name) for name in edges.split()]
        flips = flips or "0" * 12
        self.flips = [(self.flips[e] + int(f)) % 2 for e, f in zip(comes, flips, strict=True)]
        self.edges = [self.edges[e] for e in comes]

    def move(self, word):
        for _ in range({"": 1, "2": 2, "'": 3}[word[1:]]):
            self.turn(word[0])

    def stickers(self):
        """The 54 letters."""
        letters = list("".join(face * 9 for face in "URFDLB"))
        kinds = (
            (CORNERS, CORNER_STICKERS, self.corners, self.twists),
            (EDGES, EDGE_STICKERS, self.edges, self.flips),
        )
        for names, stickers, pieces, turned in kinds:
            for place, piece in enumerate(pieces):
                num = len(names[place])
                for k in range(num):
                    at = (k + turned[place]) % num
                    face, number = stickers[place][2 * at], int(stickers[place][2 * at + 1])
                    letters["URFDLB".index(face) * 9 + number - 1] = names[piece][k]
        return "".join(letters)


def tiles_neighbours(state, side):
    """The blank up, down, left and right."""
    found = []
    row, column = divmod(list(state).index(0), side)
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        board = [list(state[r * side : (r + 1) * side]) for r in range(side)]
        r, c = row + down, column + right
        if 0 <= r < side and 0 <= c < side:
            board[row][column], board[r][c] = board[r][c], 0
        found.append([tile for line in board for tile in line])
    return found


def lights_neighbours(state, side):
    found = []
    for row, column in itertools.product(range(side), repeat=2):
        board = np.array(state).reshape(side, side)
        for r, c in ((row, column), (row - 1, column), (row + 1, column)):
            if 0 <= r < side:
                board[r, c] = 1 - board[r, c]
        for c in (column - 1, column + 1):
            if 0 <= c < side:
                board[row, c] = 1 - board[row, c]
        found.append(board.ravel().tolist())
    return found


def sokoban_neighbours(state, walls):
    """Up, down, left and right, on a level of lists of bool."""
    width = len(walls[0])
    boxes = {divmod(i, width) for i, box in enumerate(state[:-2]) if box}
    row, column = state[-2:]
    found = []
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        to, beyond = (row + down, column + right), (row + 2 * down, column + 2 * right)
        if is_wall(walls, to) or (to in boxes and (beyond in boxes or is_wall(walls, beyond))):
            found.append(list(state))
            continue
        after = (boxes - {to}) | {beyond} if to in boxes else boxes
        cells = [int(divmod(i, width) in after) for i in range(len(state) - 2)]
        found.append([*cells, *to])
    return found


def sokoban_pulls(state, walls):
    """Back up, down, left and right, without and then with the box on the other side."""
    width = len(walls[0])
    boxes = {divmod(i, width) for i, box in enumerate(state[:-2]) if box}
    here = tuple(state[-2:])
    found = []
    for pulls in (False, True):
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            to, box = (here[0] + down, here[1] + right), (here[0] - down, here[1] - right)
            if is_wall(walls, to) or to in boxes or (pulls and box not in boxes):
                found.append(list(state))
                continue
            after = (boxes - {box}) | {here} if pulls else boxes
            cells = [int(divmod(i, width) in after) for i in range(len(state) - 2)]
            found.append([*cells, *to])
    return found


def pull_walk(stream, origin, walls, length):
    """A walk from pull to pull, by sets of places."""
    width, sides = len(walls[0]), ((-1, 0), (1, 0), (0, -1), (0, 1))
    boxes = {divmod(i, width) for i, box in enumerate(origin[:-2]) if box}
    here, last, walk = tuple(origin[-2:]), None, [list(origin)]

    def beside(place, side):
        return place[0] + sides[side][0], place[1] + sides[side][1]

    def is_empty(place):
        return not is_wall(walls, place) and place not in boxes

    def record():
        cells = [int(divmod(i, width) in boxes) for i in range(len(origin) - 2)]
        walk.append([*cells, *here])

    while len(walk) <= length:
        ways = {here: []}
        queue = [here]
        for place in queue:
            for to in (beside(place, side) for side in range(4)):
                if is_empty(to) and to not in ways:
                    ways[to] = [*ways[place], to]
                    queue.append(to)
        possible = [
            (box, side)
            for box in sorted(boxes)
            for side in range(4)
            if beside(box, side) in ways and is_empty(beside(beside(box, side), side))
        ]
        if not possible:
            break
        if last not in possible or stream.below(5) >= 3:
            last = possible[stream.below(len(possible))]
        box, side = last
        for place in ways[beside(box, side)]:
            here = place
            record()
        boxes = (boxes - {box}) | {here}
        last = (here, side)
        here = beside(here, side)
        record()
    return walk[: length + 1]


def is_wall(walls, place):
    row, column = place
    return not (0 <= row < len(walls) and 0 <= column < len(walls[0])) or bool(walls[row][column])


def linear_conflict(state, goal, side):
    """Manhattan and two for each tile that leaves its line, by trying all that may stay."""
    where = {tile: divmod(i, side) for i, tile in enumerate(goal)}
    board = {divmod(i, side): tile for i, tile in enumerate(state) if tile}
    steps = sum(
        abs(row - where[tile][0]) + abs(column - where[tile][1])
        for (row, column), tile in board.items()
    )
    for axis in (0, 1):
        for line in range(side):
            cells = sorted(place for place in board if place[axis] == line)
            mine = [where[board[c]][1 - axis] for c in cells if where[board[c]][axis] == line]
            stay = max(
                len(kept)
                for num in range(len(mine) + 1)
                for kept in itertools.combinations(mine, num)
                if list(kept) == sorted(kept)
            )
            steps += 2 * (len(mine) - stay)
    return steps


def layers(domain, depth, start=None):
    """States at each distance from a state, as sets of bytes, up to a depth."""
    goal = domain.goal_state if start is None else np.asarray(start, np.uint8)
    known, found = {goal.tobytes()}, [{goal.tobytes()}]
    while len(found) <= depth and found[-1]:
        rows = np.frombuffer(b"".join(found[-1]), np.uint8).reshape(-1, goal.size)
        around = domain.neighbours(rows.copy(), np.zeros(len(rows), np.int32))
        around = np.ascontiguousarray(around).reshape(-1, goal.size)
        near = set(map(bytes, around.view(f"V{goal.size}").ravel().tolist())) - known
        known |= near
        found.append(near)
    return found
