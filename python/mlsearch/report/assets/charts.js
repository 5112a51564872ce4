'use strict';

// Small line charts in SVG, redrawn at the width they have.

const SVG = 'http://www.w3.org/2000/svg';

/** An element of SVG with attributes, and children. */
function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.append(...children);
  return element;
}

/** Some round numbers from 0 to a largest one, about four. */
function ticks(largest) {
  const rough = Math.max(largest, 1e-9) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((part) => part * power).find((part) => part >= rough);
  return Array.from({ length: Math.floor(largest / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** 0, 1, 10, ... up to a largest number. */
function powers(largest) {
  const found = [0];
  for (let power = 1; power <= largest; power *= 10) found.push(power);
  return found;
}

const MARGIN = { left: 34, right: 14, top: 26, bottom: 34 };
const HEIGHT = 220;

/**
 * Lines over whole numbers, each { name, colour, dash, points: [[x, y], ...], end }, and a cursor.
 * `end` is what marks the last point: "disc", "cross" or nothing.
 */
class Chart {
  constructor(element, { label, unit, isLog }) {
    Object.assign(this, { element, label, unit, isLog, lines: [], cursor: 0 });
    new ResizeObserver(() => this.draw()).observe(element);
  }

  show(lines) {
    this.lines = lines.filter((line) => line.points.length);
    this.draw();
  }

  moveTo(cursor) {
    this.cursor = cursor;
    this.draw();
  }

  draw() {
    const width = this.element.clientWidth;
    if (!width) return;
    if (!this.lines.length) {
      this.element.replaceChildren();
      return;
    }
    const points = this.lines.flatMap((line) => line.points);
    const [most, high, low] = [
      Math.max(1, ...points.map(([x]) => x)), Math.max(1, ...points.map(([, y]) => y)),
      Math.min(0, ...points.map(([, y]) => y))];
    const along = (x) => (this.isLog ? Math.log1p(x) / Math.log1p(most) : x / most);
    const x = (value) => MARGIN.left + along(value) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => HEIGHT - MARGIN.bottom
      - ((value - low) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
    const picture = svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT, role: 'img', 'aria-label': `${this.unit} by ${this.label}` });
    this.#axes(picture, x, y, most, high, width);
    picture.append(svg('line', { class: 'cursor', x1: x(this.cursor), x2: x(this.cursor), y1: MARGIN.top, y2: y(low) }));
    this.lines.forEach((line) => this.#line(picture, line, x, y));
    this.element.replaceChildren(picture, this.#legend());
  }

  #axes(picture, x, y, most, high, width) {
    const across = this.isLog ? powers(most) : ticks(most).filter(Number.isInteger);
    for (const value of across) {
      picture.append(svg('text', { x: x(value), y: HEIGHT - 18, 'text-anchor': 'middle' }, value.toLocaleString('en')));
    }
    for (const value of ticks(high)) {
      picture.append(
        svg('line', { class: 'axis', x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
        svg('text', { x: MARGIN.left - 6, y: y(value) + 4, 'text-anchor': 'end' }, value.toLocaleString('en')));
    }
    picture.append(svg('text', { x: 0, y: 12 }, this.unit));
    picture.append(svg('text', { x: (MARGIN.left + width - MARGIN.right) / 2, y: HEIGHT - 2, 'text-anchor': 'middle' }, this.label));
  }

  #line(picture, { points, colour, dash, end }, x, y) {
    const place = ([at, value]) => `${x(at)},${y(value)}`;
    picture.append(svg('polyline', { points: points.map(place).join(' '), style: `stroke: ${colour}`, 'stroke-dasharray': dash ?? '' }));
    const here = points.findLast(([at]) => at <= this.cursor);
    if (here) picture.append(svg('circle', { cx: x(here[0]), cy: y(here[1]), r: 4, style: `fill: ${colour}` }));
    const [last, value] = points.at(-1);
    if (end === 'cross') {
      const path = `M${x(last) - 5} ${y(value) - 5}l10 10m-10 0l10 -10`;
      picture.append(svg('path', { d: path, style: `stroke: ${colour}; stroke-width: 2` }));
    }
  }

  #legend() {
    const list = document.createElement('ul');
    list.append(...this.lines.map(({ name, colour, dash }) => {
      const item = document.createElement('li');
      const line = { x1: 0, x2: 26, y1: 5, y2: 5, style: `stroke: ${colour}; stroke-width: 2`, 'stroke-dasharray': dash ?? '' };
      item.append(svg('svg', { 'aria-hidden': true }, svg('line', line)), name);
      return item;
    }));
    return list;
  }
}
