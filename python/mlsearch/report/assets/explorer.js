// The explorer: its state, its controls, and what they show.

const RIVAL = 'euclidean';
const DESCENT = 'greedy descent';
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

class Explorer {
  constructor(data, root) {
    this.data = data;
    this.root = root;
    this.mazes = data.mazes.map((maze) => new Maze(maze));
    this.tables = new Map();
    this.panels = Object.fromEntries(
      [...root.querySelectorAll('canvas')].map((canvas) => [canvas.dataset.shows, new Panel(canvas)]));
    this.offer('maze', this.mazes.map((maze) => maze.name));
    this.offer('method', [...data.methods, ...Object.keys(BASELINES)]);
    this.part('method').value = data.shown;
    this.listen();
    this.ready = this.chooseMaze();
  }

  /** An element by what it is for. */
  part(name) { return this.root.querySelector(`[data-part="${name}"]`); }

  offer(part, names) {
    this.part(part).append(...names.map((name, value) => new Option(name, value)));
  }

  listen() {
    const on = (part, type, act) => this.part(part).addEventListener(type, act);
    on('maze', 'change', () => { this.ready = this.chooseMaze(); });
    on('method', 'change', () => { this.ready = this.chooseMethod(); });
    on('search', 'change', () => this.reset());
    on('play', 'click', () => this.togglePlay());
    on('step', 'click', () => this.stepOnce());
    on('reset', 'click', () => this.reset());
    on('grid', 'keydown', (event) => this.press(event));
    on('grid', 'focus', () => this.draw());
    on('grid', 'blur', () => this.draw());
    for (const panel of Object.values(this.panels)) this.listenTo(panel);
    new ResizeObserver(() => this.draw()).observe(this.part('grid'));
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  listenTo(panel) {
    panel.canvas.addEventListener('click', (event) => this.click(panel.cellAt(event.clientX, event.clientY)));
    panel.canvas.addEventListener('pointermove', (event) => this.hover(panel.cellAt(event.clientX, event.clientY)));
    panel.canvas.addEventListener('pointerleave', () => this.hover(null));
  }

  // What is looked at -----------------------------------------------------------------------

  get maze() { return this.mazes[this.part('maze').value]; }

  get methodName() { return this.part('method').selectedOptions[0].text; }

  get isLearned() { return Number(this.part('method').value) < this.data.methods.length; }

  chooseMaze() {
    Object.assign(this, { start: this.maze.start, goal: this.maze.goal, cursor: this.maze.goal });
    return this.chooseMethod();
  }

  /** Reads the table of the method, if it has one, and shows its field. */
  async chooseMethod() {
    this.stop();
    const { maze, methodName, isLearned } = this;
    const table = isLearned ? await this.table(maze, methodName) : null;
    if (maze !== this.maze || methodName !== this.methodName) return; // another choice came
    this.distances = table
      ? (goal) => fieldOf(table, maze, goal)
      : (goal) => BASELINES[methodName](maze, goal);
    this.showGoal();
  }

  table(maze, method) {
    const key = `${this.mazes.indexOf(maze)} ${method}`;
    if (!this.tables.has(key)) {
      const text = this.data.mazes[this.mazes.indexOf(maze)].tables[method];
      this.tables.set(key, decodedTable(text, maze.free.length));
    }
    return this.tables.get(key);
  }

  /** Fields and searches anew: the goal, the maze or the method has changed. */
  showGoal() {
    const { maze, goal } = this;
    this.predicted = this.distances(goal);
    this.truth = trueDistances(maze, goal);
    this.errors = this.truth.map((steps, cell) => this.predicted[cell] - steps);
    this.shortest = shortestPath(maze, this.truth, this.start);
    const largest = (values) => Math.max(...values.filter((value) => !Number.isNaN(value)));
    const farthest = Math.max(largest(this.truth), 1);
    const error = Math.min(largest(this.errors.map(Math.abs)), farthest) || 1;
    this.scale = new Scale(this.data.colours.distance, 0, farthest);
    this.errorScale = new Scale(this.data.colours.error, -error, error);
    this.reset();
    this.say(`Goal at ${this.place(goal)}.`);
  }

  // The searches ----------------------------------------------------------------------------

  reset() {
    this.stop();
    const isBestFirst = this.part('search').value !== DESCENT;
    const search = (predicted) => new Search(this.maze, this.start, this.goal, predicted, isBestFirst);
    this.searches = [search(this.predicted), search(BASELINES[RIVAL](this.maze, this.goal))];
    this.draw();
  }

  get isOver() { return this.searches.every((search) => search.isOver); }

  advance() { this.searches.forEach((search) => search.step()); }

  stepOnce() {
    this.stop();
    this.advance();
    this.draw();
    this.say(this.summary());
  }

  togglePlay() {
    if (this.timer) {
      this.stop();
      this.draw();
      this.say(this.summary());
      return;
    }
    if (this.isOver) this.reset();
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) this.playAtOnce();
    else this.playFrom(performance.now());
  }

  playAtOnce() {
    this.searches.forEach((search) => search.finish());
    this.end();
  }

  /** As many steps as are due since `time`, at each frame until the end. */
  playFrom(time) {
    this.timer = requestAnimationFrame((now) => {
      const due = Math.max(0, Math.floor(((now - time) / 1000) * this.rate));
      for (let i = 0; i < due; i += 1) this.advance();
      if (this.isOver) this.end();
      else this.playFrom(time + (1000 * due) / this.rate);
      if (due && !this.isOver) this.draw();
    });
    this.labelPlay();
  }

  /** Steps a second: the slider is logarithmic. */
  get rate() { return 2 ** Number(this.part('speed').value); }

  end() {
    this.stop();
    this.draw();
    this.say(this.summary());
  }

  stop() {
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    this.labelPlay();
  }

  labelPlay() { this.part('play').textContent = this.timer ? 'Pause' : 'Play'; }

  // Mouse, touch and keyboard ---------------------------------------------------------------

  click(cell) {
    if (cell === null || this.maze.isWall[cell]) return;
    this.cursor = cell;
    const sets = this.root.querySelector('input[name="click"]:checked').value;
    this.set(sets, cell);
  }

  /** Makes a cell the goal or the start; walls are neither. */
  set(end, cell) {
    if (this.maze.isWall[cell]) {
      this.say(`${this.place(cell)} is a wall.`);
      return;
    }
    this[end] = cell;
    this.shortest = shortestPath(this.maze, this.truth, this.start);
    if (end === 'goal') {
      this.showGoal();
      return;
    }
    this.reset();
    this.say(`Start at ${this.place(cell)}.`);
  }

  hover(cell) {
    if (cell === this.hovered) return;
    this.hovered = cell;
    this.draw();
  }

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = event.key in MOVES
      ? () => this.moveCursor(...MOVES[event.key])
      : {
        Enter: () => this.set('goal', this.cursor),
        s: () => this.set('start', this.cursor),
        ' ': () => this.togglePlay(),
      }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  moveCursor(rows, columns) {
    const { maze } = this;
    const row = Math.floor(this.cursor / maze.width) + rows;
    const column = (this.cursor % maze.width) + columns;
    if (row < 0 || row >= maze.height || column < 0 || column >= maze.width) return;
    this.cursor = row * maze.width + column;
    this.hovered = null;
    this.draw();
    this.say(this.reading(this.cursor));
  }

  // What is shown ---------------------------------------------------------------------------

  draw() {
    if (!this.searches) return;
    const ink = this.ink();
    const { learned, truth, error, mine, rival } = this.panels;
    Object.values(this.panels).forEach((panel) => panel.begin(this.maze, ink));
    learned.field(this.predicted, (value) => this.scale.colour(value));
    truth.field(this.truth, (value) => this.scale.colour(value));
    drawShortest(truth, this.shortest, ink.shortest, ink.halo);
    error.field(this.errors, (value) => this.errorScale.colour(value));
    [mine, rival].forEach((panel, i) => {
      drawSearch(panel, this.searches[i], ink.colours[i], ink);
      if (this.searches[i].isOver) drawShortest(panel, this.shortest, ink.shortest);
    });
    Object.values(this.panels).forEach((panel) => this.mark(panel, ink));
    this.write();
  }

  ink() {
    const style = getComputedStyle(this.root);
    const names = ['wall', 'floor', 'frontier', 'shortest', 'path', 'halo', 'cursor', 'outline'];
    const ink = Object.fromEntries(
      names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    const lift = parseFloat(style.getPropertyValue('--lift')) / 100;
    const { heuristics } = this.data.colours;
    ink.colours = [this.methodName, RIVAL].map((name) => mixed(heuristics[name], '#ffffff', lift));
    const [early, late] = shades(ink.colours[0], ink);
    Object.entries({ mine: ink.colours[0], rival: ink.colours[1], early, late })
      .forEach(([name, colour]) => this.root.style.setProperty(`--${name}`, colour));
    return ink;
  }

  mark(panel, ink) {
    panel.disc(this.start, 0.33, '#ffffff', '#000000');
    panel.star(this.goal, '#ffd92f', '#000000');
    if (this.looked !== null) panel.frame(this.looked, ink);
  }

  /** The cell under the pointer, else under the cursor of the keyboard, or null. */
  get looked() {
    if (this.hovered !== null && this.hovered !== undefined) return this.hovered;
    return document.activeElement === this.part('grid') ? this.cursor : null;
  }

  write() {
    const { methodName } = this;
    this.root.querySelectorAll('[data-part="name"]').forEach((name) => { name.textContent = methodName; });
    const whole = (value) => String(Math.round(10 * value) / 10);
    const signed = (value) => (value > 0 ? '+' : '') + whole(value).replace('-', '\u2212');
    this.root.querySelectorAll('.bar').forEach((bar) => {
      if (bar.dataset.scale === 'error') this.errorScale.label(bar, signed);
      else this.scale.label(bar, whole);
      bar.querySelector('.tick:last-child').append(' steps');
    });
    this.part('reading').textContent = this.reading(this.looked ?? this.start);
    const shortest = this.truth[this.start];
    this.part('shortest').textContent = Number.isNaN(shortest) ? 'There is no way.' : `The shortest way has ${shortest} steps.`;
    this.searches.forEach((search, i) => this.count(['mine', 'rival'][i], search));
    this.part('step').disabled = this.isOver;
  }

  count(row, search) {
    this.part(`${row}-expansions`).textContent = search.expansions;
    this.part(`${row}-generated`).textContent = search.generated;
    this.part(`${row}-outcome`).textContent = {
      searching: '\u2026', solved: `${search.path().length - 1} steps`, exhausted: 'none found',
    }[search.status];
  }

  /** What is known of a cell, in words. */
  reading(cell) {
    const place = this.place(cell);
    if (this.maze.isWall[cell]) return `${place}: wall`;
    const [predicted, truth, error] = [this.predicted, this.truth, this.errors].map((field) => field[cell]);
    const learned = `${place}: ${this.methodName} ${predicted.toFixed(2)}`;
    if (Number.isNaN(truth)) return `${learned}, no way to the goal`;
    const sign = error < 0 ? '\u2212' : '+';
    return `${learned}, true ${truth}, error ${sign}${Math.abs(error).toFixed(2)} steps`;
  }

  place(cell) {
    const name = { [this.start]: 'Start, row', [this.goal]: 'Goal, row' }[cell] ?? 'Row';
    return `${name} ${Math.floor(cell / this.maze.width)}, column ${cell % this.maze.width}`;
  }

  summary() {
    const names = [this.methodName, RIVAL];
    return this.searches
      .map((search, i) => `${names[i]}: ${search.expansions} expansions, ${outcome(search)}.`)
      .join(' ');
  }

  /** Tells those who do not see the page. */
  say(text) { this.part('live').textContent = text; }
}

function outcome(search) {
  if (search.status === 'solved') return `solved in ${search.path().length - 1} steps`;
  return { searching: 'searching', exhausted: 'not solved' }[search.status];
}

/** Starts the explorer that the page holds; without what it needs, says so. */
function startExplorer() {
  const root = document.getElementById('explorer-body');
  if (!root) return null;
  if (typeof DecompressionStream === 'undefined') {
    document.getElementById('explorer-fails').hidden = false;
    return null;
  }
  root.hidden = false;
  return new Explorer(JSON.parse(document.getElementById('explorer-data').textContent), root);
}

const explorer = startExplorer();
