// What is drawn and when: pulls snapshots from the worker as often as both threads can spare, and has the panels draw.
import { Pace } from './pace.js';
import { panels } from './panels/index.js';
import { request } from './panels/map.js';
import { foldable } from './fold.js';
import { Table } from './table.js';

const MAP_EVERY_MS = 33;
const ESTIMATE_EVERY_MS = 450;
/** What is shown may take one part in so many of the worker's time. */
const COST_SHARE = 6;
const DESCRIBE_EVERY_MS = 5000;
const TABLE_EVERY_MS = 500;
/** Milliseconds of drawing after which a frame leaves the rest to the next one. */
const FRAME_MS = 2;
/** Samples in a plane at first, on narrow screens and on others. */
const POINTS = [700, 1400];
/** The parts of the state that a panel draws from when it appears. */
const ALL = ['settings', 'system', 'layer', 'theme', 'map', 'reports', 'estimate', 'transport'];
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** @returns {any} */
const $ = (/** @type {string} */ name) => document.getElementById(name);

/** Whether a panel is on the page and not folded; canvases of others have no size. */
const isSeen = ({ id }) => !$(`${id}-body`).closest('[hidden]');

/** The canvases of a panel that carry a text alternative. */
const figures = ({ id }) => $(id).querySelectorAll('canvas[role="img"]');

export class Picture {
  /** @type {any} */
  places;

  /** @type {any} */
  chosen;

  /** `page`: the state, the session and the transport bar that this draws. */
  constructor(page, notices) {
    this.page = page;
    this.notices = notices;
    this.changed = new Set();
    this.charted = 0;
    this.panels = [];
    this.turn = 0;
    this.tables = new Map();
    this.loading = new Map();
    this.asked = { waiting: false, map: 0, estimate: 0, numbers: 0, described: -Infinity, tables: -Infinity };
    this.stale = { map: true, estimate: true };
    this.every = { map: MAP_EVERY_MS, estimate: ESTIMATE_EVERY_MS };
    // A message comes after everything that belongs to a frame, the browser's painting too.
    this.behind = new MessageChannel();
    this.behind.port1.onmessage = ({ data: { now, start } }) => this.pace.frame(now, performance.now() - start);
    this.pace = new Pace(POINTS[innerWidth < 700 ? 0 : 1], () => notices.tell('This device draws slowly, so the planes show fewer points and the charts follow less often. Training and every number are the same.', 'slow'));
  }

  /** True if nothing is on its way to the screen. */
  get isCurrent() {
    return !this.asked.waiting && !this.isStale && !this.frameAsked;
  }

  /** Something shown is out of date. */
  get isStale() {
    return this.stale.estimate || (this.stale.map && this.page.screen.current.panels);
  }

  /** Builds the panels in place of the still figure. */
  mount(root, figure) {
    const names = ['system', 'map', 'result'];
    const columns = Object.fromEntries(names.map((name) => [name, Object.assign(document.createElement('div'), { className: `column ${name}` })]));
    this.places = new Map();
    for (const { id, title, column } of panels) {
      const section = Object.assign(document.createElement('section'), { className: 'panel', id });
      section.setAttribute('aria-labelledby', `${id}-title`);
      this.places.set(id, foldable(section, id, title, () => this.arrange()));
      columns[column].append(section);
    }
    figure.remove();
    root.append(...Object.values(columns));
    for (const { module, ...panel } of panels) if (module) this.add({ ...module, ...panel });
  }

  /** Builds the content of a panel; from now on it is drawn. */
  add(panel) {
    const { body } = this.places.get(panel.id);
    panel.mount(body, this.page);
    for (const canvas of figures(panel)) canvas.setAttribute('aria-label', `${panel.title}: nothing to show yet.`);
    if (panel.table) this.tables.set(panel, new Table(body, panel.title));
    this.panels.push({ ...panel, owed: new Set(ALL) });
  }

  /** Fetches the panels that are seen for the first time. */
  fetchSeen(hasEstimate) {
    const seen = panels.filter((panel) => panel.load && (hasEstimate || !panel.late) && !this.loading.has(panel) && isSeen(panel));
    for (const panel of seen) this.loading.set(panel, this.load(panel));
  }

  /** @param {import('./types.d.ts').PanelLine} line */
  async load({ id, load, ...panel }) {
    try {
      this.add({ ...(await load?.()), ...panel, id });
    } catch (error) {
      const words = Object.assign(document.createElement('p'), { className: 'caption', textContent: `This panel could not be loaded: ${/** @type {Error} */ (error).message}. Reload the page to try again.` });
      this.places.get(id).body.replaceChildren(words);
      return;
    }
    this.asked.described = -Infinity;
    this.mark();
  }

  /** Settles when all panels that are seen have been fetched. */
  get complete() {
    return Promise.all(this.loading.values());
  }

  /** Shows these panels whole; `undefined` shows all of them as they were left. */
  choose(ids) {
    this.chosen = ids;
    for (const { show } of this.places.values()) show(Boolean(ids));
    this.arrange();
  }

  /** Panels have appeared or gone: what those that appear have missed is drawn. */
  arrange() {
    for (const [id, { show }] of this.places) {
      $(id).hidden = Boolean(this.chosen && !this.chosen.includes(id));
      if (!this.chosen) show(false);
    }
    this.renew();
    this.mark(...ALL);
  }

  /** Everything shown is out of date. */
  renew() {
    this.stale = { map: true, estimate: true };
    this.asked.described = -Infinity;
  }

  /** No answer will come to what was asked. */
  forget() {
    this.asked.waiting = false;
  }

  /** An answer came; what its parts cost the worker, in milliseconds, decides how soon they are asked for again. */
  received({ map = 0, estimate = 0 }) {
    this.asked.waiting = false;
    if (map) this.every.map = Math.max(MAP_EVERY_MS, COST_SHARE * map);
    if (estimate) this.every.estimate = Math.max(ESTIMATE_EVERY_MS, COST_SHARE * estimate);
  }

  /** Marks parts of the state as changed and draws in the next frame. */
  mark(...names) {
    for (const name of names) this.changed.add(name);
    if (!this.frameAsked) {
      this.frameAsked = true;
      requestAnimationFrame((now) => this.frame(now));
    }
  }

  frame(now) {
    this.frameAsked = false;
    // Without training nothing changes: what has changed is drawn when another view comes back.
    if (!this.page.screen.current.trains) return;
    const { changed, page: { state, transport } } = this;
    this.changed = new Set();
    // Charts follow training less often than points.
    if (state.running && changed.has('reports') && now - this.charted < this.pace.chartsEvery) {
      changed.delete('reports');
      this.changed.add('reports');
    } else if (changed.has('reports')) this.charted = now;
    const start = performance.now();
    if (changed.size > 0 && state.running) this.behind.port2.postMessage({ now, start });
    if (changed.has('transport') || changed.has('settings')) transport.update(state);
    for (const { owed } of this.panels) for (const name of changed) owed.add(name);
    this.draw(start);
    this.ask(now);
    this.describe(now);
    this.tabulate(now);
    this.fetchSeen(Boolean(state.estimate));
    if (state.running || this.isStale) this.mark();
  }

  /** Draws what panels are owed, in turn: one at least, and then for as long as the frame has time; who comes too late is the first in the next. */
  draw(start) {
    const { panels: { length } } = this;
    let drawn = 0;
    for (let i = 0; i < length; i++) {
      const at = (this.turn + i) % length;
      const panel = this.panels[at];
      // What a panel that is not seen has missed is drawn when it appears.
      if (!isSeen(panel)) panel.owed.clear();
      if (panel.owed.size === 0) continue;
      if (drawn > 0 && performance.now() - start > FRAME_MS) {
        this.turn = at;
        return this.mark();
      }
      const { owed } = panel;
      panel.owed = new Set();
      panel.update(this.page.state, owed);
      drawn += 1;
    }
    return undefined;
  }

  /** Whether a panel has not been drawn since a part of the state was marked as changed. */
  owes(name) {
    return this.page.screen.current.trains && (this.changed.has(name) || this.panels.some(({ owed }) => owed.has(name)));
  }

  /** Pulls what is due; with reduced motion only what is at rest. */
  ask(now) {
    const { asked, stale, page: { state, session } } = this;
    if (asked.waiting || !state.system) return;
    const moving = state.running && !still.matches;
    const map = this.page.screen.current.panels && (stale.map || (moving && now - asked.map >= this.every.map));
    // What is seen to move comes before its numbers.
    const estimate = !(map && stale.map) && (state.map || !this.page.screen.current.panels) && (stale.estimate || (moving && now - asked.estimate >= this.every.estimate));
    const numbers = state.running && now - asked.numbers >= ESTIMATE_EVERY_MS;
    if (!map && !estimate && !numbers) return;
    asked.waiting = true;
    asked.numbers = now;
    if (map) { asked.map = now; stale.map = false; }
    if (estimate) { asked.estimate = now; stale.estimate = false; }
    session.send('view', { map, estimate, layer: state.layer, points: this.pace.points, ...request() });
  }

  /** Text alternatives of the canvases, at most every five seconds and when training rests. */
  describe(now) {
    const { asked, notices, page: { state } } = this;
    if (!state.estimate || now - asked.described < DESCRIBE_EVERY_MS) return;
    asked.described = now;
    for (const panel of this.panels) {
      const words = panel.describe(state);
      for (const canvas of figures(panel)) canvas.setAttribute('aria-label', words);
    }
    if (!state.running) notices.speak(this.panels.find(({ id }) => id === 'result').describe(state));
  }

  /** The tables that are open, while training runs twice a second at most. */
  tabulate(now) {
    const { asked, page: { state } } = this;
    if (!state.estimate || (state.running && now - asked.tables < TABLE_EVERY_MS)) return;
    asked.tables = now;
    for (const [panel, table] of this.tables) table.show(() => panel.table(state));
  }
}
