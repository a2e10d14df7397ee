// The page as panels and views see it: what it is made of, and what is marked to be drawn anew.
import { Notices } from '../notices.js';
import { Past } from '../past.js';
import { Picture } from '../picture.js';
import { Session } from '../session.js';
import { Schema, wordsOf } from '../settings.js';
import { colours, connectTheme } from '../theme.js';
import { Transport } from '../transport.js';
import { VIEWS } from '../views.js';
import { Address, hashOf } from './address.js';
import { Answers } from './answers.js';
import { Controls } from './controls.js';
import { connectPageKeys } from './keys.js';
import { Run } from './run.js';
import { Screen } from './screen.js';
import { freshState } from './state.js';
/** @import { Compiled, Engine, Plane, ViewObject } from '../types.d.ts' */

/** @returns {any} */
const $ = (/** @type {string} */ name) => document.getElementById(name);

export class Page {
  /** @type {any} */
  firstFrame;

  /** @type {any} */
  firstStep;

  /** @type {any} */
  keepMenu;

  /**
   * @param {Engine} engine the engine of this thread
   * @param {Compiled} compiled what other workers start theirs from
   * @param {Session} session the worker that trains
   * @param {Notices} notices
   */
  constructor(engine, compiled, session, notices) {
    this.engine = engine;
    this.compiled = compiled;
    this.session = session;
    this.notices = notices;
    this.schema = new Schema(engine, VIEWS.map(({ name }) => name));
    const { settings, complaints } = this.schema.open(hashOf());
    this.state = freshState(settings);
    this.colours = colours();
    /**
     * The views that have been opened, by name.
     * @type {Record<string, ViewObject>}
     */
    this.views = {};
    this.begin = () => {};
    /** Training has begun: what it does not wait for can be fetched. */
    this.begun = new Promise((resolve) => { this.begin = () => resolve(undefined); });
    this.run = new Run(this);
    this.controls = new Controls(this);
    this.address = new Address(this);
    this.screen = new Screen(this);
    this.past = new Past(this, (words) => { $('digest').textContent = words; });
    this.picture = new Picture(this, notices);
    const { run, controls, screen } = this;
    this.transport = new Transport($('transport'), {
      play: () => run.play(!this.state.running),
      step: () => run.step(),
      reset: () => run.restart(),
      speed: (value) => controls.change('speed', value),
      seed: (value) => controls.change('seed', value),
      newSeed: () => controls.newSeed(),
      keep: () => this.keep(),
    });
    screen.mount();
    // The worker makes the examples while the panels are built.
    run.restart();
    notices.complain(complaints);
    this.picture.mount($('panels'), $('still'));
    connectTheme($('theme'), () => {
      this.colours = colours();
      this.mark('theme', 'map');
      screen.each((view) => view.mark('theme'));
    });
    connectPageKeys(this);
    session.connect(new Answers(this));
    screen.connect();
    addEventListener('hashchange', () => this.address.read());
    // What nobody waits for fails in words, too: a file that does not come, a question that the engine refuses.
    addEventListener('unhandledrejection', ({ reason }) => notices.complain([wordsOf(reason)]));
    screen.show();
  }

  /** Training has ended by itself, and everything shown belongs to its end. */
  get isAtRest() {
    return this.run.finished && this.picture.isCurrent;
  }

  /**
   * Marks parts of the state as changed: the next frame draws them.
   * @param {string[]} names
   */
  mark(...names) {
    this.picture.mark(...names);
    const { current, open } = this.screen;
    if (current.trains) open?.mark(...names);
  }

  redraw() {
    if (this.screen.current.panels) this.mark('map', 'size');
  }

  /** What the planes show is out of date. */
  renewMap() {
    this.picture.stale.map = true;
    this.mark('layer');
  }

  /** @param {number} layer */
  chooseLayer(layer) {
    if (layer === this.state.layer) return;
    this.state.layer = layer;
    this.renewMap();
  }

  /**
   * Asks for a point and its partner.
   * @param {Plane} plane
   * @param {number[]} point
   */
  probe(plane, point) {
    if (this.state.system) this.session.send('probe', { plane, point, layer: Math.round(this.state.layer) });
  }

  /** The menu of what can be kept: link, figures, samples, model, code. */
  async keep() {
    this.address.write();
    const found = await import('../keep/menu.js').catch(() => undefined);
    if (!found) return this.notices.complain(['The menu could not be loaded: check the connection and try again.']);
    this.keepMenu ??= new found.KeepMenu(this);
    return this.keepMenu.open();
  }
}
