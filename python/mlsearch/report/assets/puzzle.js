// The explorer of domains with a picture: solutions move by move, and how their searches grew.

/** Buttons, a slider and keys for places 0 .. length; `show` is told of each change. */
class Player {
  constructor(root, what, { show, say }) {
    Object.assign(this, { show, say, at: 0, length: 0 });
    this.panel = root.querySelector(`[data-player="${what}"]`);
    this.slider = this.panel.querySelector('input');
    this.#on('play', () => this.toggle());
    this.#on('back', () => this.jump(this.at - 1));
    this.#on('step', () => this.jump(this.at + 1));
    this.slider.addEventListener('input', () => this.jump(Number(this.slider.value)));
    root.querySelector(`[data-keys="${what}"]`).addEventListener('keydown', (event) => this.#press(event));
  }

  part(name) { return this.panel.querySelector(`[data-part="${name}"]`); }

  #on(name, act) { this.part(name).addEventListener('click', act); }

  /** Other things to play: how many steps they have, and where to begin. */
  load(length, at, everyMs) {
    this.stop();
    Object.assign(this, { length, everyMs });
    this.slider.max = length;
    this.#go(at);
  }

  /** To a place; a play is stopped. */
  jump(at) {
    this.stop();
    this.#go(at);
    this.say();
  }

  #go(at) {
    const before = this.at;
    this.at = Math.min(Math.max(at, 0), this.length);
    this.slider.value = this.at;
    this.part('back').disabled = this.at === 0;
    this.part('step').disabled = this.at === this.length;
    this.part('play').disabled = this.length === 0;
    this.show(this.at, before);
  }

  toggle() {
    if (this.timer) {
      this.stop();
      this.say();
      return;
    }
    if (this.at === this.length) this.#go(0);
    this.timer = setInterval(() => this.#tick(), this.everyMs);
    this.#label();
  }

  #tick() {
    this.#go(this.at + 1);
    if (this.at < this.length) return;
    this.stop();
    this.say();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.#label();
  }

  #label() { this.part('play').textContent = this.timer ? 'Pause' : 'Play'; }

  #press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = {
      ArrowLeft: () => this.jump(this.at - 1),
      ArrowRight: () => this.jump(this.at + 1),
      Home: () => this.jump(0),
      End: () => this.jump(this.length),
      ' ': () => this.toggle(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    if (this.length) act();
  }
}

const steps = (value) => value.toLocaleString('en', { maximumSignificantDigits: 3 });
const count = (value) => value.toLocaleString('en');
const named = (value, name) => `${count(value)} ${name}${value === 1 ? '' : 's'}`;

class PuzzleExplorer {
  constructor(data, root) {
    Object.assign(this, { data, root });
    const { picture } = data;
    this.views = [...(picture.frames ? [new Solid(picture)] : []), new Flat(picture)];
    this.part('stage').append(...this.views.map((view) => view.element));
    const chart = (what, options) => new Chart(root.querySelector(`[data-chart="${what}"]`), options);
    this.along = chart('solution', { label: 'moves made', unit: 'steps to the goal' });
    this.grown = chart('search', { label: 'states expanded', unit: 'smallest predicted distance, in steps', isLog: true });
    const say = () => { this.part('live').textContent = this.summary(); };
    this.solution = new Player(root, 'solution', { show: (at, before) => this.showMove(at, before), say });
    this.search = new Player(root, 'search', { show: (at) => this.showGrowth(at), say });
    this.offer('problem', data.problems.map(({ name }) => name));
    this.offer('method', data.methods);
    this.choose();
  }

  /** An element by what it is for. */
  part(name) { return this.root.querySelector(`[data-part="${name}"]`); }

  offer(part, names) {
    this.part(part).append(...names.map((name, value) => new Option(name, value)));
    this.part(part).addEventListener('change', () => this.choose());
  }

  get method() { return Number(this.part('method').value); }

  /** All searches side by side. */
  get rows() {
    const { yardstick, methods, colours, dashes, problems } = this.data;
    return problems[this.part('problem').value].runs.map((run, i) => {
      const isRival = methods[i] === yardstick;
      const colour = `color-mix(in oklab, ${colours[i]}, white var(--lift))`;
      return { name: methods[i], run, colour, dash: dashes[i], isRival, isChosen: i === this.method };
    });
  }

  /** The chosen one, and that of the yardstick, if it is another. */
  get pair() {
    const { rows } = this;
    return [...rows.filter((row) => row.isChosen), ...rows.filter((row) => row.isRival && !row.isChosen)];
  }

  /** Another problem or method. */
  choose() {
    const [{ run }] = this.pair;
    this.run = run;
    const bytes = Uint8Array.from(atob(run.looks), (letter) => letter.charCodeAt(0));
    const size = this.data.picture.places.length;
    this.states = run.predicted.map((_, i) => bytes.subarray(i * size, (i + 1) * size));
    this.listMoves();
    this.showLines();
    this.frames = [...new Set(this.rows.flatMap((row) => row.run.growth.map(([expanded]) => expanded)))].sort((a, b) => a - b);
    this.solution.at = 0;
    this.solution.load(run.moves.length, 0, Math.min(900, Math.max(120, 20000 / run.moves.length)));
    this.search.load(this.frames.length - 1, this.frames.length - 1, Math.max(40, 6000 / this.frames.length));
    this.part('outcome').textContent = `${this.pair.map(({ name, run: of }) => `${name}: ${outcome(of)}`).join('. ')}.`;
  }

  listMoves() {
    this.part('moves').replaceChildren(...this.run.moves.map((name, i) => {
      const item = element('li', '', name);
      item.addEventListener('click', () => this.solution.jump(i + 1));
      return item;
    }));
  }

  showLines() {
    const { predicted, rival, left, truth } = this.run;
    const [mine, other] = this.pair;
    const points = (values) => values.map((value, i) => [i, value]);
    const isShortest = truth.every((value, i) => value === left[i]);
    this.along.show(left.length === 0 ? [] : [
      { name: 'moves left on this path', colour: 'var(--edge)', dash: '1 4', points: isShortest ? [] : points(left) },
      { name: 'true distance', colour: 'var(--ink)', points: points(truth).filter(([, value]) => value >= 0) },
      ...(other ? [{ ...other, name: `${other.name}, here`, points: points(rival) }] : []),
      { ...mine, points: points(predicted) },
    ]);
    this.grown.show(this.rows.map((row) => ({
      ...row,
      points: stairs(row.run.growth),
      end: row.run.status === 'solved' ? '' : 'cross',
    })).reverse());
  }

  showMove(at, before) {
    const isTurn = Math.abs(at - before) === 1 && !isStill();
    for (const view of this.views) {
      if (isTurn && view.turn) {
        const first = Math.min(at, before);
        view.turn(this.states[first], this.run.turns[first], at > before ? 'normal' : 'reverse');
      } else {
        view.show(this.states[at], this.states[at - 1]);
      }
    }
    [...this.part('moves').children].forEach((item, i) => {
      item.className = i < at - 1 ? 'done' : i === at - 1 ? 'now' : '';
    });
    this.reveal(this.part('moves').children[at - 1]);
    this.along.moveTo(at);
    this.solution.part('place').textContent = at
      ? `move ${at} of ${this.run.moves.length}: ${this.run.moves[at - 1]}` : 'start';
    this.part('reading').textContent = this.reading(at);
  }

  /** Scrolls the list of moves, and not the page. */
  reveal(item) {
    const list = this.part('moves');
    list.scrollTop = item ? item.offsetTop - list.clientHeight / 2 : 0;
  }

  reading(at) {
    const { predicted, rival, left, truth } = this.run;
    const [mine, other] = this.pair;
    const parts = left.length ? [] : ['No path to play: the search ended without one'];
    parts.push(`${mine.name} predicts ${steps(predicted[at])}`);
    if (other) parts.push(`${other.name} ${steps(rival[at])}`);
    if (truth[at] >= 0) parts.push(`the true distance is ${steps(truth[at])}`);
    else if (left.length) parts.push(`this path has ${steps(left[at])} left, an upper bound of the true distance`);
    return `${parts.join('; ')}.`;
  }

  showGrowth(at) {
    const expanded = this.frames[at];
    this.grown.moveTo(expanded);
    this.part('counts').replaceChildren(...this.rows.map(({ name, run, isChosen }) => {
      const point = run.growth.findLast(([number]) => number <= expanded);
      const isOver = point === run.growth.at(-1);
      const cells = [...point.slice(0, 2).map(count), steps(point[2]), isOver ? ending(run) : '\u2026'];
      const head = element('th', '', name);
      head.scope = 'row';
      return element('tr', isChosen ? 'learned' : '', head, ...cells.map((text) => element('td', '', text)));
    }));
    this.search.part('place').textContent = `${count(expanded)} expanded`;
  }

  summary() {
    const at = `${this.solution.part('place').textContent}. ${this.part('reading').textContent}`;
    return `${at} Search: ${this.search.part('place').textContent}.`;
  }
}

/** The closest state so far stays the closest until the next point. */
function stairs(growth) {
  return growth.flatMap(([expanded, , closest], i) => (
    i && growth[i - 1][2] !== closest ? [[expanded, growth[i - 1][2]], [expanded, closest]] : [[expanded, closest]]));
}

function ending({ status, moves }) {
  return { solved: count(moves.length), exhausted: 'none', out_of_budget: 'none' }[status];
}

function outcome(run) {
  const [expanded, generated] = run.growth.at(-1);
  const counts = `${named(expanded, 'expansion')} and ${named(generated, 'generated state')}`;
  return run.status === 'solved' ? `${named(run.moves.length, 'move')} after ${counts}` : `no solution in ${counts}`;
}

const explorer = (() => {
  const root = document.getElementById('explorer-body');
  root.hidden = false;
  return new PuzzleExplorer(JSON.parse(document.getElementById('explorer-data').textContent), root);
})();
