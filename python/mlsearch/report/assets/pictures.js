// States as their domain says they look: on the plane, and in space.

const TURN_MS = 320;
const isStill = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

/** A state on the plane: cells at their places; those that the last move changed are framed. */
class Flat {
  constructor({ places, looks }) {
    Object.assign(this, { places, looks });
    const [height, width] = [0, 1].map((axis) => Math.max(...places.map((place) => place[axis])) + 1);
    this.element = svg('svg', { class: 'flat', viewBox: `-0.06 -0.06 ${width + 0.12} ${height + 0.12}`, 'aria-hidden': true });
  }

  show(state, before) {
    const cells = this.places.map(([row, column], i) => svg(
      'g', { transform: `translate(${column + 0.5} ${row + 0.5})` }, ...this.#look(this.looks[state[i]])));
    const frames = this.places.filter((_, i) => before && state[i] !== before[i]).map(([row, column]) => svg(
      'rect', { class: 'changed', x: column + 0.07, y: row + 0.07, width: 0.86, height: 0.86, rx: 0.08 }));
    const isMany = frames.length > this.places.length / 2;
    this.element.replaceChildren(...cells, ...(isMany ? [] : frames));
  }

  #look([shapes, letters]) {
    const drawn = shapes.map(([form, colour, side, hasEdge]) => {
      const style = { fill: colour, stroke: hasEdge ? '#222' : colour, 'stroke-width': 0.04 };
      return form === 'disc'
        ? svg('circle', { r: side / 2, ...style })
        : svg('rect', { x: -side / 2, y: -side / 2, width: side, height: side, ...style });
    });
    const size = Math.min(0.5, 1.3 / (letters.length + 1));
    return letters ? [...drawn, svg('text', { style: `font-size: ${size}px` }, letters)] : drawn;
  }
}

/** The same cells in space, to be turned by hand; a move turns a part of them. */
class Solid {
  constructor({ frames, looks, turns }) {
    Object.assign(this, { looks, turns, x: -24, y: -32 });
    this.unit = 1 / Math.max(...frames.flat(2)); // of half the side of the solid
    this.body = element('div', '');
    this.element = element('div', 'solid', this.body);
    this.element.setAttribute('aria-hidden', true);
    this.cells = frames.map((frame) => this.#cell(frame));
    this.body.append(...this.cells.map(({ face }) => face));
    this.element.addEventListener('pointerdown', (event) => this.element.setPointerCapture(event.pointerId));
    this.element.addEventListener('pointermove', (event) => { if (event.buttons) this.#drag(event); });
    new ResizeObserver(() => this.#place()).observe(this.element);
  }

  /** A square of the page, 64 pixels wide, brought to its frame; y points down there. */
  #cell([middle, column, row]) {
    const [right, down, at] = [column, row, middle].map(([x, y, z]) => [x, -y, z]);
    const out = at.map((value, i) => right[(i + 1) % 3] * down[(i + 2) % 3] - right[(i + 2) % 3] * down[(i + 1) % 3]);
    const scaled = [...[right, down, out].map((axis) => [...axis, 0]), [...at.map((value) => 32 * value), 1]];
    const base = `matrix3d(${scaled.flat().join()})`;
    const face = element('div', 'cell', element('span', ''));
    face.style.transform = base;
    return { face, base };
  }

  #drag({ movementX, movementY }) {
    this.y += movementX / 2;
    this.x = Math.min(85, Math.max(-85, this.x - movementY / 2));
    this.#place();
  }

  #place() {
    const scale = (this.element.clientWidth / 2 / 32) * this.unit * 0.62;
    this.body.style.transform = `scale3d(${scale}, ${scale}, ${scale}) rotateX(${this.x}deg) rotateY(${this.y}deg)`;
  }

  show(state) {
    this.stop();
    this.cells.forEach(({ face }, i) => {
      const [shapes, letters] = this.looks[state[i]];
      face.firstChild.style.background = shapes.at(-1)?.[1] ?? '';
      face.firstChild.textContent = letters;
    });
  }

  /** Shows a state, and a move that leads away from it, forwards or backwards. */
  turn(state, move, direction) {
    this.show(state);
    const [degrees, [x, y, z], cut, cells] = this.turns[move];
    const turned = (angle) => `rotate3d(${x}, ${-y}, ${z}, ${angle}deg)`;
    const moved = cells.map((i) => this.cells[i]);
    const inside = [0, 1].map(() => this.#inside([x, y, z], cut));
    this.body.append(...inside.map(({ face }) => face));
    const timing = { duration: TURN_MS, direction, easing: 'ease-in-out', fill: 'both' };
    this.running = [...moved, inside[0]].map(({ face, base }) => face.animate(
      [{ transform: `${turned(0)} ${base}` }, { transform: `${turned(degrees)} ${base}` }], timing));
    this.cleared = () => inside.forEach(({ face }) => face.remove());
  }

  /** What is seen between the two parts while one turns. */
  #inside(axis, cut) {
    const size = 1 / this.unit;
    const others = [0, 1, 2].filter((i) => axis[i] === 0)
      .map((i) => [0, 1, 2].map((k) => (k === i ? size : 0)));
    const made = this.#cell([axis.map((value) => value * cut), ...others]);
    made.face.className = 'cell inside';
    made.face.style.backfaceVisibility = 'visible';
    return made;
  }

  stop() {
    this.running?.forEach((animation) => animation.cancel());
    this.cleared?.();
    this.running = null;
  }
}
