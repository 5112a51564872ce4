// Pictures of a maze on canvases, and the colour bars below them.

/** A canvas that shows one maze, sharp at any size of screen. */
class Panel {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
  }

  /** Clears, and fits the size of a cell; walls and floor in the colours of the page. */
  begin(maze, ink) {
    this.maze = maze;
    this.canvas.style.aspectRatio = `${maze.width} / ${maze.height}`;
    this.canvas.width = Math.max(Math.round(this.canvas.clientWidth * window.devicePixelRatio), 1);
    this.cell = this.canvas.width / maze.width;
    this.canvas.height = Math.round(this.cell * maze.height);
    for (let cell = 0; cell < maze.size; cell += 1) {
      this.fill(cell, maze.isWall[cell] ? ink.wall : ink.floor);
    }
  }

  /** The cell at a place on the screen, or null. */
  cellAt(x, y) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor(((x - box.left) / box.width) * this.maze.width);
    const row = Math.floor(((y - box.top) / box.height) * this.maze.height);
    const isInside = column >= 0 && column < this.maze.width && row >= 0 && row < this.maze.height;
    return isInside ? row * this.maze.width + column : null;
  }

  corner(cell) {
    const column = cell % this.maze.width;
    return [column * this.cell, ((cell - column) / this.maze.width) * this.cell];
  }

  middle(cell) {
    return this.corner(cell).map((at) => at + this.cell / 2);
  }

  fill(cell, colour) {
    this.context.fillStyle = colour;
    const [x, y] = this.corner(cell);
    const [left, top, right, bottom] = [x, y, x + this.cell, y + this.cell].map(Math.round);
    this.context.fillRect(left, top, right - left, bottom - top);
  }

  /** A field of numbers; NaN stays as it is. */
  field(values, colourOf) {
    this.maze.free.forEach((cell) => {
      if (!Number.isNaN(values[cell])) this.fill(cell, colourOf(values[cell]));
    });
  }

  frame(cell, ink) {
    const width = Math.max(2, this.cell / 8);
    for (const [colour, lineWidth] of [[ink.outline, 2 * width], [ink.cursor, width]]) {
      Object.assign(this.context, { strokeStyle: colour, lineWidth });
      this.context.strokeRect(...this.corner(cell), this.cell, this.cell);
    }
  }

  disc(cell, radius, fill, stroke) {
    this.context.beginPath();
    this.context.arc(...this.middle(cell), radius * this.cell, 0, 2 * Math.PI);
    this.#paint(fill, stroke);
  }

  star(cell, fill, stroke) {
    const [x, y] = this.middle(cell);
    this.context.beginPath();
    for (let point = 0; point < 10; point += 1) {
      const radius = (point % 2 ? 0.24 : 0.54) * this.cell;
      const angle = (Math.PI * (point - 2.5)) / 5;
      this.context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    }
    this.context.closePath();
    this.#paint(fill, stroke);
  }

  #paint(fill, stroke) {
    this.context.fillStyle = fill;
    this.context.strokeStyle = stroke;
    this.context.lineWidth = Math.max(1.5, this.cell / 12);
    if (fill) this.context.fill();
    this.context.stroke();
  }

  /** Through the middles of cells; `gap` is that between dots, in cells, or nothing. */
  line(cells, colour, width, gap) {
    this.context.beginPath();
    cells.forEach((cell) => this.context.lineTo(...this.middle(cell)));
    Object.assign(this.context, { strokeStyle: colour, lineWidth: width * this.cell });
    Object.assign(this.context, { lineJoin: 'round', lineCap: 'round' });
    this.context.setLineDash(gap ? [0, gap * this.cell] : []);
    this.context.stroke();
    this.context.setLineDash([]);
  }
}

/** What a search has done so far, in its colour: expanded cells by age, the frontier, and the path. */
function drawSearch(panel, search, colour, ink) {
  const { expanded } = search;
  const [early, late] = shades(colour, ink);
  expanded.forEach((cell, age) => panel.fill(cell, mixed(early, late, age / expanded.length)));
  search.frontier().forEach((cell) => panel.disc(cell, 0.2, '', ink.frontier));
  if (!search.isOver && expanded.length) panel.frame(expanded.at(-1), { ...ink, cursor: ink.path });
  panel.line(search.path(), ink.halo, 0.56);
  panel.line(search.path(), colour, 0.36);
}

/** Of cells that a search has expanded first and last, between the floor and its colour. */
function shades(colour, ink) {
  return [0.2, 0.65].map((share) => mixed(ink.floor, colour, share));
}

/** A shortest path, dotted; the halo is for grounds of any colour. */
function drawShortest(panel, cells, colour, halo) {
  if (halo) panel.line(cells, halo, 0.24, 0.34);
  panel.line(cells, colour, 0.15, 0.34);
}

/** Between two colours such as "#0a1b2c", as another one; share 0 is the first. */
function mixed(first, second, share) {
  const parts = [1, 3, 5].map((at) => {
    const [one, other] = [first, second].map((colour) => parseInt(colour.slice(at, at + 2), 16));
    return Math.round(one + share * (other - one)).toString(16).padStart(2, '0');
  });
  return `#${parts.join('')}`;
}

/** A scale of colours from low to high; what lies beyond has the colour of its end. */
class Scale {
  constructor(colours, low, high) {
    Object.assign(this, { colours, low, high });
  }

  colour(value) {
    const share = (value - this.low) / (this.high - this.low);
    const place = Math.floor(share * this.colours.length);
    return this.colours[Math.min(Math.max(place, 0), this.colours.length - 1)];
  }

  /** Shows itself in an element with a ramp and three labels. */
  label(bar, format) {
    bar.querySelector('.ramp').style.background = `linear-gradient(to right, ${this.colours.join()})`;
    const ends = [this.low, (this.low + this.high) / 2, this.high];
    bar.querySelectorAll('.tick').forEach((tick, i) => { tick.textContent = format(ends[i]); });
  }
}
