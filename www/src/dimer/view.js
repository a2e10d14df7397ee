// The dimer: particles in a box, from a trained flow that is fetched when this view is first opened.
//
// A panel of this view is one module and one line in `panels`. It exports
//   id, title, column ('boxes' or 'answers'),
//   mount(element, view)  builds its content once; `view` is described below
//   update(state, changed) draws; `changed` is a set of names of parts of the state
import * as boxes from './boxes.js';
import * as free from './free-energy.js';
import * as path from './path.js';
import * as provenance from './provenance.js';
import * as training from './training.js';
import { History } from '../history.js';
import { PARTICLES, RUNS, annealedSource, pooled } from './runs.js';

const panels = [boxes, path, free, training, provenance];

const CHECKPOINT = new URL('../../assets/dimer.safetensors', import.meta.url);
const SAMPLES = 1000;
const PATH_POINTS = 101;
const MOST_WORKERS = 4;
const TELL = 'Orange: a simulation, one small step after the other. Blue: draws of the flow, each independent of the last. Both boxes hold 36 particles of a fluid and one dimer that is closed or open.';

const freshState = () => (/** @type {any} */ ({
  system: undefined,
  about: undefined,
  batch: undefined,
  simulated: undefined,
  path: undefined,
  estimate: undefined,
  annealing: undefined,
  training: { running: false, step: 0, total: 0, rate: 0, evaluations: 0, history: new History() },
}));

export const mount = (root, page) => new DimerView(page, page.compiled.flavour, root, page.notices);

/** The view: { engine, colours, state, mark(…), draw(), walk(), anneal(), cancel(), train(on), move(on) }. */
class DimerView {
  /** @type {any} */
  firstParticles;

  /** @type {number[]} */
  pooling = [];

  /** @type {any} */
  opened;

  /** @type {Worker[]} */
  annealers = [];

  /** `page`: the page that it is a part of; `root`: the element that it fills. */
  constructor(page, flavour, root, notices) {
    this.page = page;
    this.flavour = flavour;
    this.root = root;
    this.notices = notices;
    this.state = freshState();
    this.changed = new Set();
    this.moving = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.mount();
    this.open();
  }

  get engine() { return this.page.engine; }

  get colours() { return this.page.colours; }

  mount() {
    const columns = { boxes: document.createElement('div'), answers: document.createElement('div') };
    for (const [name, element] of Object.entries(columns)) element.className = `column ${name}`;
    for (const panel of panels) {
      const section = Object.assign(document.createElement('section'), { className: 'panel', id: panel.id });
      section.setAttribute('aria-labelledby', `${panel.id}-title`);
      section.innerHTML = `<h2 id="${panel.id}-title">${panel.title}</h2>`;
      panel.mount(section, this);
      columns[panel.column].append(section);
    }
    this.root.replaceChildren(...Object.values(columns));
    addEventListener('resize', () => this.mark('size'));
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.rest();
      else this.mark();
    });
  }

  /** Starts the worker, which fetches the flow. */
  open() {
    this.opened = performance.now();
    this.firstParticles = undefined;
    this.closeAll();
    this.state = freshState();
    this.notices.clear('dimer-failed');
    this.notices.set('dimer', 'info', 'The trained flow is loading (0.9 MB, once).');
    this.worker = this.start((message) => this.on[message.type]?.(message));
    this.worker.postMessage({ type: 'open', flavour: this.flavour, url: CHECKPOINT.href });
    this.draw();
    this.mark('theme', 'training', 'annealing');
  }

  start(onMessage) {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => onMessage(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.failed({ message: event.message ? `The worker stopped: ${event.message}.` : 'The worker could not be started.', hint: 'Try again, or reload the page.' });
    };
    return worker;
  }

  closeAll() {
    this.worker?.terminate();
    this.worker = undefined;
    this.stopAnnealing();
    this.waiting = false;
    /** How many runs went into the estimates that the worker has not answered yet. */
    this.pooling = [];
  }

  /** Handlers of the worker's answers. */
  on = {
    opened: ({ system, about, compiled }) => {
      this.compiled = compiled;
      Object.assign(this.state, { system, about });
      this.mark('system', 'about');
      this.walk();
    },
    batch: (batch) => {
      this.state.batch = batch;
      this.firstParticles ??= performance.now() - this.opened;
      this.notices.set('dimer', 'info', TELL);
      this.mark('batch');
    },
    path: (found) => {
      this.state.path = found;
      this.mark('path');
    },
    simulated: (found) => {
      this.waiting = false;
      this.state.simulated = found;
      this.mark('simulated');
    },
    source: ({ source }) => this.beginRuns(source),
    estimate: ({ estimate }) => {
      this.state.estimate = { ...estimate, runs: this.pooling.shift() ?? 0 };
      this.mark('estimate', 'annealing');
    },
    trained: ({ reports, ...told }) => {
      const { training: known } = this.state;
      const rewound = known.history.add(reports);
      Object.assign(known, told);
      this.mark('training');
      if (rewound) this.notices.set('dimer-rewound', 'caution', `Training blew up at step ${rewound.at}; it went back to step ${rewound.to} with half the learning rate.`);
      if (!told.running) this.renew();
    },
    failed: (error) => this.failed(error),
  };

  /** What was drawn with older parameters is drawn anew. */
  renew() {
    this.draw();
    this.walk();
    if (this.state.estimate) this.state.estimate.isOld = true;
    this.mark('estimate');
  }

  /** Draws 1,000 samples of the flow. */
  draw() {
    this.worker?.postMessage({ type: 'batch', count: SAMPLES });
  }

  /** Another path from closed to open. */
  walk() {
    this.worker?.postMessage({ type: 'path', points: PATH_POINTS });
  }

  /** Begins independent runs of annealing, in workers of their own; those of the same flow that are done stay and count. */
  anneal() {
    const { annealing, estimate, system } = this.state;
    if (annealing?.running || !this.worker || !system) return;
    const { done = [], seconds = 0 } = (!estimate?.isOld && annealing) || {};
    const started = performance.now() - 1000 * seconds;
    this.state.annealing = { running: true, runs: done.length + RUNS, particles: PARTICLES, done, started };
    this.worker.postMessage({ type: 'source' });
    this.mark('annealing');
  }

  beginRuns(source) {
    const { annealing } = this.state;
    if (!annealing?.running) return;
    const annealed = annealedSource(source);
    const count = Math.max(1, Math.min(MOST_WORKERS, (navigator.hardwareConcurrency ?? 2) - 1));
    // The numbers that are still free: run 3 is the same whoever computes it.
    const known = new Set(annealing.done.map(({ run }) => run));
    const free = Array.from({ length: annealing.runs }, (_, run) => run).filter((run) => !known.has(run));
    for (let i = 0; i < count; i++) {
      const runs = free.filter((_, place) => place % count === i);
      const worker = this.start((message) => this.annealed(message));
      worker.postMessage({ type: 'open', compiled: this.compiled, source: annealed });
      worker.postMessage({ type: 'anneal', runs, particles: PARTICLES });
      this.annealers.push(worker);
    }
  }

  annealed(message) {
    if (message.type === 'failed') return this.failed(message);
    const { annealing } = this.state;
    if (message.type !== 'run' || !annealing?.running) return undefined;
    // In the order of their numbers: the pooled numbers do not depend on who was quicker.
    annealing.done = [...annealing.done, message].sort((a, b) => a.run - b.run);
    if (annealing.done.length >= 2) {
      this.pooling.push(annealing.done.length);
      this.worker?.postMessage({ type: 'pool', ...pooled(annealing.done) });
    }
    if (annealing.done.length === annealing.runs) this.cancel();
    this.mark('annealing');
    return undefined;
  }

  /** Ends the runs that are under way; what is done stays. */
  cancel() {
    const { annealing } = this.state;
    if (!annealing?.running) return;
    Object.assign(annealing, { running: false, seconds: (performance.now() - annealing.started) / 1000 });
    this.stopAnnealing();
    this.mark('annealing');
  }

  stopAnnealing() {
    for (const worker of this.annealers) worker.terminate();
    this.annealers = [];
  }

  train(running) {
    if (!this.worker || !this.state.system) return;
    this.state.training.running = running;
    this.worker.postMessage({ type: 'train', running });
    this.mark('training');
  }

  /** Nobody looks: training stands, what is annealing ends by itself. */
  rest() {
    if (this.state.training.running) this.train(false);
  }

  /** Whether the pictures move by themselves. */
  move(moving) {
    this.moving = moving;
    this.mark('moving');
  }

  /** The space bar. */
  play() {
    this.move(!this.moving);
  }

  /** Marks parts of the state as changed and draws in the next frame. */
  mark(...names) {
    for (const name of names) this.changed.add(name);
    if (this.frameAsked || this.root.hidden || document.hidden) return;
    this.frameAsked = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.frameAsked = false;
    const { changed, state } = this;
    this.changed = new Set();
    for (const panel of panels) panel.update(state, changed, now);
    if (!this.moving || !state.system || this.root.hidden) return;
    // Pulled: the simulation takes as much of the worker as the picture can show, less while it trains.
    const every = state.training.running ? 300 : 0;
    if (!this.waiting && now - (this.pulled ?? -Infinity) >= every) {
      this.waiting = true;
      this.pulled = now;
      this.worker?.postMessage({ type: 'simulate', milliseconds: 6 });
    }
    this.mark();
  }

  /** The view is seen again, or leaves the screen. */
  show(shown) {
    if (!shown) {
      this.rest();
      return this.notices.clear('dimer', 'dimer-failed', 'dimer-rewound');
    }
    if (this.error) this.failed(this.error);
    else this.notices.set('dimer', 'info', this.state.batch ? TELL : 'The trained flow is loading (0.9 MB, once).');
    return this.mark('theme', 'size', 'batch', 'path', 'estimate', 'training', 'annealing');
  }

  failed(error) {
    this.closeAll();
    this.error = error;
    if (this.state.annealing) this.state.annealing.running = false;
    this.state.training.running = false;
    this.notices.clear('dimer');
    const words = [error.message, error.hint].filter(Boolean).join(' ');
    const again = () => {
      this.error = undefined;
      this.open();
    };
    this.notices.set('dimer-failed', 'bad', words, [['Try again', again]]);
    this.mark('training', 'annealing');
  }
}
