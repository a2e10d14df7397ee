// The run: it begins, trains, stands, and goes back to the run before when the engine refuses it.
import { ofPage, texts, wordsOf } from '../settings.js';
import { freshState } from './state.js';
/** @import { Failure, Model, Page, Settings, State } from '../types.d.ts' */
/** @import { FromWorker } from '../messages.d.ts' */

export class Run {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** Training has ended by itself. */
    this.finished = false;
    this.trainWhenReady = false;
    /**
     * Pairs of numbers to learn from instead of walks.
     * @type {Float64Array | undefined}
     */
    this.samples = undefined;
    /**
     * The run before this one, while the engine has not taken this one.
     * @type {{ state: State, samples: Float64Array | undefined, finished: boolean, digest: string } | undefined}
     */
    this.before = undefined;
  }

  /**
   * Begins a run, with the present settings unless others are given; it trains at once unless it is told not to.
   * @param {{ settings?: Settings, samples?: Float64Array, train?: boolean, opened?: Model }} [given] `samples`: to learn from
   *   instead of walks; `opened`: parameters to begin with
   */
  restart(given = {}) {
    const { page, page: { notices, session, state } } = this;
    if (state.system) this.before = { state: { ...state }, samples: this.samples, finished: this.finished, digest: page.past.told };
    if ('samples' in given) this.samples = given.samples;
    Object.assign(state, freshState(given.settings ?? state.settings), { opened: given.opened });
    this.finished = false;
    this.trainWhenReady = given.train ?? true;
    page.picture.forget();
    page.screen.each((view) => view.forget?.());
    page.past.leave();
    page.past.tell('');
    notices.clear('failed', 'rewound', 'collapse', 'few', 'told');
    state.run = session.start(texts(state.settings), this.samples);
    page.address.write();
    page.mark('settings', 'reports', 'theme');
  }

  /** @param {FromWorker<'ready'>} message */
  ready({ system, total, layers, parameters }) {
    const { page, page: { state } } = this;
    this.before = undefined;
    Object.assign(state, { system, total, layers, layer: layers, parameters });
    page.picture.renew();
    page.mark('system', 'layer');
    if (state.opened) page.session.send('adopt', state.opened);
    if (this.trainWhenReady && page.screen.current.trains) this.play(!document.hidden);
  }

  /** @param {boolean} running */
  play(running) {
    const { page, page: { session, state } } = this;
    if (!state.system) return;
    if (running && state.step >= state.total) session.send('extend');
    state.running = running;
    if (running) page.past.leave();
    session.send('run', { running, stepsPerSecond: Number(state.settings.speed) || 0 });
    page.mark('transport');
  }

  step() {
    const { page, page: { session, state } } = this;
    if (!state.system) return;
    if (state.step >= state.total) session.send('extend');
    state.running = false;
    page.past.leave();
    session.send('step', { count: 1 });
  }

  /** @param {FromWorker<'paused'>} message */
  paused({ reason, step, digest }) {
    const { page } = this;
    // For any other reason the page has stood since it asked, and may go on by now.
    if (reason === 'done') page.state.running = false;
    page.state.step = step;
    page.picture.renew();
    page.past.showDigest({ step, digest });
    this.finished = reason === 'done';
    if (this.finished) page.notices.speak('Training is done and has paused itself.', true);
    page.mark('transport');
  }

  /**
   * The engine does not take what was set: that leaves controls and address, and what ran before goes on.
   * @param {FromWorker<'refused'>} message
   */
  refused({ key, before, held, ...error }) {
    const { page, page: { notices, state, state: { settings } } } = this;
    const words = wordsOf(error);
    const isOther = !key && this.before?.state.run !== held;
    // Nothing has come of what was told when it was asked for.
    if (!key) notices.clear('told');
    if (key) settings[key] = before;
    else if (!isOther && this.before) this.goBack(this.before);
    else if (!this.beginOther(settings)) return this.failed(error);
    if (!key) state.refused = { settings, words };
    page.address.last = state.settings; // what was refused is no step of the way back
    page.address.write();
    page.mark('settings');
    return notices.complain([isOther ? `${words} The page shows ${state.settings.preset} as it is.` : words]);
  }

  /**
   * The worker still has the run before.
   * @param {NonNullable<Run['before']>} before
   */
  goBack({ state, samples, finished, digest }) {
    const { page } = this;
    Object.assign(page.state, state, { running: false, settings: { ...state.settings, ...ofPage(page.state.settings) } });
    this.samples = samples;
    this.finished = finished;
    this.before = undefined;
    page.past.tell(digest);
    page.picture.renew();
    page.mark('system', 'layer', 'reports', 'theme', 'map', 'estimate');
    if (state.running) this.play(true);
  }

  /**
   * Another run instead of one that cannot begin: with the settings of the run before, of the preset or of the page; false if all
   * of them have been tried.
   * @param {Settings} asked
   */
  beginOther(asked) {
    const { schema } = this.page;
    const others = [this.before?.state.settings, schema.of(asked.preset).defaults, schema.of(schema.presets[0].name).defaults];
    const settings = others.map((other) => other && { ...other, ...ofPage(asked) }).find((other) => other && schema.write(other) !== schema.write(asked));
    if (!settings) return false;
    const samples = this.before?.samples;
    this.before = undefined;
    this.restart({ settings, samples, train: this.trainWhenReady });
    return true;
  }

  /** @param {Failure} error */
  failed(error) {
    const { page } = this;
    page.state.running = false;
    page.picture.forget();
    const startOver = () => {
      page.session.replace();
      this.restart();
    };
    page.notices.set('failed', 'bad', wordsOf(error), [['Start over', startOver]]);
    page.mark('transport');
  }
}
