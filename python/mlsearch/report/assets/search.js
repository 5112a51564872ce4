'use strict';

// Searches as mlsearch.solve makes them, one expansion at a time, and distances that are
// computed and not learned. Knows nothing of the page.

/** A maze as the page holds it, with its free cells numbered in order. */
class Maze {
  constructor({ name, height, width, walls, start, goal }) {
    Object.assign(this, { name, height, width, start, goal });
    this.isWall = Uint8Array.from(walls, Number);
    this.size = this.isWall.length;
    this.free = [...this.isWall.keys()].filter((cell) => !this.isWall[cell]);
    this.place = new Int32Array(this.size).fill(-1);
    this.free.forEach((cell, place) => { this.place[cell] = place; });
  }

  /** The free cells beside a cell: up, down, left, right. */
  neighbours(cell) {
    const column = cell % this.width;
    const found = [];
    if (cell >= this.width) found.push(cell - this.width);
    if (cell + this.width < this.size) found.push(cell + this.width);
    if (column > 0) found.push(cell - 1);
    if (column < this.width - 1) found.push(cell + 1);
    return found.filter((next) => !this.isWall[next]);
  }
}

/** Whole numbers ordered by priority, then by number; smallest first. */
class OpenList {
  #heap = [];
  #priority = [];

  get isEmpty() { return this.#heap.length === 0; }

  get first() { return this.#heap[0]; }

  push(number, priority) {
    this.#priority[number] = priority;
    let place = this.#heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#isBefore(this.#heap[parent], number)) break;
      this.#heap[place] = this.#heap[parent];
      place = parent;
    }
    this.#heap[place] = number;
  }

  pop() {
    const top = this.#heap[0];
    const last = this.#heap.pop();
    if (!this.isEmpty) this.#sink(last);
    return top;
  }

  #sink(number) {
    const size = this.#heap.length;
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && this.#isBefore(this.#heap[child + 1], this.#heap[child])) child += 1;
      if (this.#isBefore(number, this.#heap[child])) break;
      this.#heap[place] = this.#heap[child];
      place = child;
    }
    this.#heap[place] = number;
  }

  #isBefore(one, other) {
    const difference = this.#priority[one] - this.#priority[other];
    return difference < 0 || (difference === 0 && one < other);
  }
}

const UNSEEN = -2;
const NO_PARENT = -1;

/**
 * Greedy best-first search, or greedy descent, from start to goal.
 * `predicted` holds a distance to the goal for each cell, float32.
 */
class Search {
  constructor(maze, start, goal, predicted, isBestFirst) {
    Object.assign(this, { maze, goal, predicted, isBestFirst });
    this.status = 'searching';
    this.expanded = []; // cells, in order
    this.pushed = []; // cells by insertion number
    this.parents = new Int32Array(maze.size).fill(UNSEEN);
    this.open = new OpenList();
    this.#push(start, NO_PARENT, 0);
    this.#settle();
  }

  get expansions() { return this.expanded.length; }

  get generated() { return this.pushed.length - 1; }

  get isOver() { return this.status !== 'searching'; }

  /** One expansion, unless the search is over. */
  step() {
    if (this.isOver) return;
    const cell = this.pushed[this.open.pop()];
    this.expanded.push(cell);
    const unseen = this.maze.neighbours(cell).filter((next) => this.parents[next] === UNSEEN);
    for (const next of this.isBestFirst ? unseen : this.#nearest(unseen)) {
      this.#push(next, cell, this.predicted[next]);
    }
    this.#settle();
  }

  /** To the end; returns itself. */
  finish() {
    while (!this.isOver) this.step();
    return this;
  }

  /** The cells from start to goal; none unless solved. */
  path() {
    const cells = [];
    if (this.status !== 'solved') return cells;
    for (let cell = this.goal; cell !== NO_PARENT; cell = this.parents[cell]) cells.push(cell);
    return cells.reverse();
  }

  /** Seen, but not expanded. */
  frontier() {
    const expanded = new Set(this.expanded);
    return this.pushed.filter((cell) => !expanded.has(cell));
  }

  #push(cell, parent, priority) {
    this.parents[cell] = parent;
    this.open.push(this.pushed.length, priority);
    this.pushed.push(cell);
  }

  /** The cell of smallest prediction, the first among equals; none of none. */
  #nearest(cells) {
    const best = cells.reduce(
      (one, other) => (this.predicted[other] < this.predicted[one] ? other : one), cells[0]);
    return cells.length ? [best] : [];
  }

  /** What comes up next may end the search without another expansion. */
  #settle() {
    if (this.open.isEmpty) this.status = 'exhausted';
    else if (this.pushed[this.open.first] === this.goal) this.status = 'solved';
  }
}

/** Fewest steps to the goal by cell; NaN on walls and where the goal cannot be reached. */
function trueDistances(maze, goal) {
  const distances = new Float32Array(maze.size).fill(NaN);
  distances[goal] = 0;
  const queue = [goal];
  for (const cell of queue) {
    for (const next of maze.neighbours(cell)) {
      if (Number.isNaN(distances[next])) {
        distances[next] = distances[cell] + 1;
        queue.push(next);
      }
    }
  }
  return distances;
}

/** The cells of a shortest path, given true distances to its end; none where there is no way. */
function shortestPath(maze, distances, start) {
  if (Number.isNaN(distances[start])) return [];
  const path = [start];
  while (distances[path.at(-1)] > 0) {
    const nearer = distances[path.at(-1)] - 1;
    path.push(maze.neighbours(path.at(-1)).find((cell) => distances[cell] === nearer));
  }
  return path;
}

function offsets(maze, cell, goal) {
  const rows = Math.floor(cell / maze.width) - Math.floor(goal / maze.width);
  return [Math.abs(rows), Math.abs((cell % maze.width) - (goal % maze.width))];
}

/** Baselines by name: a distance to the goal by cell. */
const BASELINES = {
  euclidean: (maze, goal) => byCell(maze, (cell) => Math.sqrt(
    offsets(maze, cell, goal).reduce((sum, offset) => sum + offset * offset, 0))),
  manhattan: (maze, goal) => byCell(maze, (cell) => {
    const [rows, columns] = offsets(maze, cell, goal);
    return rows + columns;
  }),
  perfect: (maze, goal) => trueDistances(maze, goal).map(
    (steps) => (Number.isNaN(steps) ? maze.size : steps)),
  zero: (maze) => byCell(maze, () => 0),
};

function byCell(maze, distance) {
  return Float32Array.from({ length: maze.size }, (_, cell) => distance(cell));
}
