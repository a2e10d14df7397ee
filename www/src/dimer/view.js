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
import { wordsOf } from '../settings.js';
import { PARTICLES, RUNS, annealedSource, pooled } from './runs.js';
/** @import { Action, Level } from '../types.d.ts' */
/** @import { FromDimer, ToDimer } from '../messages.d.ts' */
/** @import { Source } from './flow.js' */

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

/** The view: { colours, state, mark(…), draw(), walk(), anneal(), cancel(), train(on), move(on) }. */
class DimerView {
  /** @type {any} */
  firstParticles;

  /** The annealing that was begun last. */
  token = 0;

  /**
   * What stands among the notices while the view is seen.
   * @type {Map<string, [Level, string, Action[]?]>}
   */
  notes = new Map();

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
    this.unsay('dimer-failed', 'dimer-rewound');
    this.say('dimer', 'info', 'The trained flow is loading (0.9 MB, once).');
    this.worker = this.start((message) => this.on[message.type]?.(message));
    this.ask({ type: 'open', flavour: this.flavour, url: CHECKPOINT.href });
    this.draw();
    this.mark('theme', 'training', 'annealing');
  }

  /**
   * A notice: it waits where the view is not seen.
   * @param {string} name
   * @param {Level} level
   * @param {string} words
   * @param {Action[]} [actions]
   */
  say(name, level, words, actions) {
    this.notes.set(name, [level, words, actions]);
    if (!this.root.hidden) this.notices.set(name, level, words, actions);
  }

  /** @param {string[]} names */
  unsay(...names) {
    for (const name of names) this.notes.delete(name);
    this.notices.clear(...names);
  }

  /**
   * @param {ToDimer} message
   * @param {Worker} [worker]
   */
  ask(message, worker = this.worker) {
    worker?.postMessage(message);
  }

  /** @param {(message: FromDimer) => void} onMessage */
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
  }

  /**
   * Handlers of the worker's answers.
   * @type {{ [type: string]: (message: any) => void }}
   */
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
      this.say('dimer', 'info', TELL);
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
    source: ({ token, source }) => this.beginRuns(token, source),
    estimate: ({ token, runs, estimate }) => {
      const { annealing } = this.state;
      if (annealing?.token !== token) return;
      this.state.estimate = { ...estimate, runs, isOld: annealing.isOld };
      this.mark('estimate', 'annealing');
    },
    trained: ({ reports, ...told }) => {
      const { training: known } = this.state;
      const rewound = known.history.add(reports);
      Object.assign(known, told);
      this.mark('training');
      if (rewound) this.unsay('dimer-rewound');
      if (rewound) this.say('dimer-rewound', 'caution', `Training blew up at step ${rewound.at}; it went back to step ${rewound.to} with half the learning rate.`);
      this.age();
      if (!told.running) this.renew();
    },
    failed: (error) => this.failed(error),
  };

  /** What was drawn with older parameters is drawn anew. */
  renew() {
    this.draw();
    this.walk();
  }

  /** The flow is another one by now: what was annealed from it, or still is, does not count with what comes. */
  age() {
    const { annealing, estimate } = this.state;
    for (const known of [annealing, estimate]) if (known) known.isOld = true;
    this.mark('estimate');
  }

  /** Draws 1,000 samples of the flow. */
  draw() {
    this.ask({ type: 'batch', count: SAMPLES });
  }

  /** Another path from closed to open. */
  walk() {
    this.ask({ type: 'path', points: PATH_POINTS });
  }

  /** Begins independent runs of annealing, in workers of their own; those of the same flow that are done stay and count. */
  anneal() {
    const { annealing, system } = this.state;
    if (annealing?.running || !this.worker || !system) return;
    const { done = [], seconds = 0 } = (!annealing?.isOld && annealing) || {};
    const started = performance.now() - 1000 * seconds;
    const token = (this.token += 1);
    this.state.annealing = { token, running: true, runs: done.length + RUNS, particles: PARTICLES, done, started, isOld: false };
    this.ask({ type: 'source', token });
    this.mark('annealing');
  }

  /**
   * The flow of an annealing is here.
   * @param {number} token
   * @param {Source} source
   */
  beginRuns(token, source) {
    const { annealing } = this.state;
    if (annealing?.token !== token || !annealing.running) return;
    // What was annealed before is of another flow, if that was trained until now.
    if (annealing.isOld) Object.assign(annealing, { runs: RUNS, done: [], started: performance.now(), isOld: false });
    const annealed = annealedSource(source);
    const count = Math.max(1, Math.min(MOST_WORKERS, (navigator.hardwareConcurrency ?? 2) - 1));
    // The numbers that are still free: run 3 is the same whoever computes it.
    const known = new Set(annealing.done.map(({ run }) => run));
    const free = Array.from({ length: annealing.runs }, (_, run) => run).filter((run) => !known.has(run));
    for (let i = 0; i < count; i++) {
      const runs = free.filter((_, place) => place % count === i);
      const worker = this.start((message) => this.annealed(token, message));
      this.ask({ type: 'open', compiled: this.compiled, source: annealed }, worker);
      this.ask({ type: 'anneal', runs, particles: PARTICLES }, worker);
      this.annealers.push(worker);
    }
  }

  /**
   * A run is done: it counts once, and in the annealing that it was begun for.
   * @param {number} token
   * @param {FromDimer} message
   */
  annealed(token, message) {
    const { annealing } = this.state;
    if (annealing?.token !== token || !annealing.running) return undefined;
    if (message.type === 'failed') return this.failed(message);
    if (message.type !== 'run' || annealing.done.some(({ run }) => run === message.run)) return undefined;
    // In the order of their numbers: the pooled numbers do not depend on who was quicker.
    annealing.done = [...annealing.done, message].sort((a, b) => a.run - b.run);
    if (annealing.done.length >= 2) {
      this.ask({ type: 'pool', token, runs: annealing.done.length, ...pooled(annealing.done) });
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
    this.ask({ type: 'train', running });
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
      this.ask({ type: 'simulate', milliseconds: 6 });
    }
    this.mark();
  }

  /** The view is seen again, or leaves the screen. */
  show(shown) {
    if (!shown) {
      this.rest();
      return this.notices.clear(...this.notes.keys());
    }
    for (const [name, note] of this.notes) this.notices.set(name, ...note);
    return this.mark('theme', 'size', 'batch', 'path', 'estimate', 'training', 'annealing');
  }

  failed(error) {
    this.closeAll();
    if (this.state.annealing) this.state.annealing.running = false;
    this.state.training.running = false;
    this.unsay('dimer');
    this.say('dimer-failed', 'bad', wordsOf(error), [['Try again', () => this.open()]]);
    this.mark('training', 'annealing');
  }
}
