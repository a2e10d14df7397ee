// One lane: an energy landscape with either the tail of a walk or the newest draws on it.
import { Backdrop } from '../draw/backdrop.js';
import { Plane } from '../draw/plane.js';

const TAIL = 1200;
/** The tail fades in so many pieces. */
const PIECES = 12;
const RADIUS = 2;

export class Lane {
  /** `ink`: the colour of who makes the samples; `name`: begins its text alternative. */
  constructor(element, page, ink, name) {
    element.innerHTML = '<canvas role="img"></canvas><p class="caption facts-line"></p>';
    this.page = page;
    this.ink = ink;
    this.name = name;
    this.canvas = element.querySelector('canvas');
    this.text = element.querySelector('p');
    this.said = '';
    this.tail = [];
    this.canvas.setAttribute('aria-label', `${name}: nothing to show yet.`);
    this.plane = new Plane(this.canvas);
    this.backdrop = new Backdrop(this.plane);
  }

  /** Adds where a walk has been, (x, y) pairs. */
  trail(x) {
    this.tail.push(...x);
    this.tail = this.tail.slice(-2 * TAIL);
  }

  /** The newest draws, (x, y) pairs, with their states. */
  cloud(x, state) {
    this.x = x;
    this.state = state;
  }

  clear() {
    this.tail = [];
  }

  /** `isNew`: the landscape or the colours have changed. */
  draw(state, isNew) {
    const { plane, tail, page: { colours, engine } } = this;
    if (!this.canvas.clientWidth) return;
    const [x0, x1, y0, y1] = state.system.range;
    plane.show([x0, x1], [y0, y1]);
    if (plane.fit() || isNew) this.backdrop.renew();
    plane.begin();
    this.backdrop.draw(engine, state.settings, colours.grey);
    const colour = colours[this.ink];
    if (this.x) plane.points(this.x, this.state, colour, 0.7, () => RADIUS);
    const piece = Math.ceil(tail.length / 2 / PIECES);
    for (let i = 0; i < PIECES && piece > 0; i++) {
      const end = Math.min(tail.length / 2, (i + 1) * piece + 1);
      plane.lines(tail, [i * piece, end], colour, 1.2, 0.1 + 0.9 * ((i + 1) / PIECES) ** 2);
    }
    if (tail.length) plane.points(tail.slice(-2), [0], colour, 1, () => 4);
    plane.end(colours.grey);
  }

  say(words) {
    if (this.said === words) return;
    this.said = words;
    this.text.textContent = words;
  }

  describe(words) {
    this.canvas.setAttribute('aria-label', words);
  }
}
