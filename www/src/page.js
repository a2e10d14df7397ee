// Starts the page: loads the engine, connects controls, worker and panels. This thread only draws.
//
// A panel's `page`: { engine, schema, state, colours, change(key, text), choosePreset(name), chooseLayer(k),
// probe(plane, point), addExamples(), redraw() }. The state is listed in `freshState`. The dimer is a view of its own, fetched when
// it is first opened (dimer/view.js); training in the plane rests meanwhile.
import { compileEngine, loadEngine } from '../engine.js';
import { History } from './history.js';
import { connectKeys } from './keyboard.js';
import { Notices } from './notices.js';
import { toggle } from './panels/map.js';
import { Schema, checked, texts } from './settings.js';
import { Session } from './session.js';
import { Picture } from './picture.js';
import { colours, connectTheme } from './theme.js';
import { Transport } from './transport.js';
import { explain } from './explain.js';

/** Settings that take effect while training goes on; every other one starts anew. */
const LIVE = ['w_ml', 'w_kl', 'learning_rate'];
const VIEWS = ['plane', 'compare', 'dimer'];
const LOSSES = ['w_ml', 'w_kl', 'w_rc'];

const $ = (name) => document.getElementById(name);
const notices = new Notices($('notice'), $('notice-text'), $('live'));

main().catch(fatal);

async function main() {
  notices.set('state', 'info', $('notice-text').textContent);
  const compiled = await compileEngine();
  const { engine, flavour } = await loadEngine(compiled);
  const page = new Page(engine, compiled);
  $('status').textContent = `Engine ${engine.version()}, module ${flavour}`;
  globalThis.boltzflowPage = page; // for the console, and for tests
}

/** The engine cannot load: the text and the still figure stay, and this says why. */
function fatal(error) {
  const words = [error.message, error.hint].filter(Boolean).join(' ');
  $('status').textContent = words;
  notices.set('failed', 'bad', `${words} You can still read everything; live training is off.`, [['Reload', () => location.reload()]]);
  console.error(error);
}

const freshState = (settings) => ({
  settings,
  /** What the run began with: some settings change while it goes on. */
  started: { ...settings },
  running: false,
  step: 0,
  total: 0,
  rate: 0,
  layers: 1,
  layer: 1,
  system: undefined,
  map: undefined,
  estimate: undefined,
  probe: undefined,
  history: new History(),
  last: {},
  /** Changes while training went on: `{ step, key?, value? }`, see worker.js. */
  edits: [],
  /** The model that the run began with, if it came from a file or an earlier run. */
  opened: undefined,
});

class Page {
  constructor(engine, compiled) {
    this.engine = engine;
    this.schema = new Schema(engine);
    const { settings, complaints } = this.schema.read(location.hash);
    this.state = freshState(settings);
    this.colours = colours();
    this.picture = new Picture(this, notices);
    this.transport = new Transport($('transport'), {
      play: () => this.play(!this.state.running),
      step: () => this.step(),
      reset: () => this.restart(),
      speed: (value) => this.change('speed', value),
      seed: (value) => this.change('seed', value),
      newSeed: () => this.newSeed(),
      keep: () => this.keep(),
    });
    this.picture.mount($('panels'), $('still'));
    connectTheme($('theme'), () => {
      this.colours = colours();
      this.mark('theme', 'map');
      this.dimer?.mark('theme');
    });
    this.connectKeys();
    this.session = new Session(compiled, {
      ready: (message) => this.ready(message),
      view: (message) => this.view(message),
      paused: (message) => this.paused(message),
      edited: ({ step, key, value }) => { this.state.edits.push({ step, key, value }); this.mark('edits'); },
      probe: ({ found }) => { this.state.probe = found; this.mark('probe'); },
      failed: (error) => this.failed(error),
    });
    this.compiled = compiled;
    document.addEventListener('visibilitychange', () => this.visibility());
    addEventListener('hashchange', () => this.readAddress());
    addEventListener('resize', () => this.redraw());
    this.complain(complaints);
    $('views').hidden = false;
    this.restart(true);
    this.show().catch(fatal);
  }

  get isInPlane() {
    return this.state.settings.view === 'plane';
  }

  /** The view shows the run in the plane, in one way or another. */
  get isTraining() {
    return this.state.settings.view !== 'dimer';
  }

  /** Shows the view that the settings name. */
  async show() {
    const { isInPlane: inPlane, isTraining: training } = this;
    for (const name of VIEWS) {
      const link = $(`view-${name}`);
      if (name === this.state.settings.view) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    $('panels').hidden = !inPlane;
    $('transport').hidden = !training;
    $('dimer').hidden = training;
    $('compare').hidden = inPlane || !training;
    if (training) {
      this.dimer?.show(false);
      this.compare?.show(false);
      if (this.resume || this.state.step === 0) this.play(!document.hidden);
      this.resume = false;
      this.picture.renew();
      this.mark('settings', 'system', 'layer', 'theme', 'map', 'reports', 'estimate', 'transport');
      if (!inPlane) {
        const { CompareView } = await import('./race/view.js');
        this.compare ??= new CompareView(this, $('compare'));
        this.compare.show(!$('compare').hidden);
      }
      return;
    }
    this.compare?.show(false);
    if (this.state.running) {
      this.play(false);
      this.resume = true;
    }
    notices.clear('state', 'collapse', 'few', 'rewound');
    const { DimerView } = await import('./dimer/view.js');
    this.dimer ??= new DimerView(this, this.compiled, $('dimer'), notices);
    this.dimer.show(!this.isTraining);
  }

  /** Training has ended by itself, and everything shown belongs to its end. */
  get isAtRest() {
    return Boolean(this.finished) && this.picture.isCurrent;
  }

  connectKeys() {
    const training = (act) => () => this.isTraining && act();
    const inPlane = (act) => () => this.isInPlane && act();
    connectKeys([
      { key: ' ', label: 'Space', words: 'train or pause; with the dimer: move or still', act: () => (this.isTraining ? this.play(!this.state.running) : this.dimer?.move(!this.dimer.moving)) },
      { key: 'ArrowRight', label: '→', words: 'one training step', act: training(() => this.step()) },
      { key: 'r', label: 'R', words: 'reset: the untrained network, same seed', act: training(() => this.restart()) },
      { key: 'n', label: 'N', words: 'new seed', act: training(() => this.newSeed()) },
      { key: 'g', label: 'G', words: 'grid on or off', act: inPlane(() => toggle('grid')) },
      { key: 's', label: 'S', words: 'samples on or off', act: inPlane(() => toggle('samples')) },
      { key: '+', label: '+', words: 'faster', act: training(() => this.change('speed', this.transport.nextSpeed(1))) },
      { key: '-', label: '−', words: 'slower', act: training(() => this.change('speed', this.transport.nextSpeed(-1))) },
      { key: 'd', label: 'D', words: 'the next view: plane, compare, dimer', act: () => $(`view-${VIEWS[(VIEWS.indexOf(this.state.settings.view) + 1) % VIEWS.length]}`).click() },
      { key: 'e', label: 'E', words: 'save and share', act: () => this.keep() },
    ], $('help'), $('help-open'));
  }

  /** Begins a run with the present settings; it trains at once unless `train` is false. */
  restart(train = true, opened = undefined) {
    const { settings } = this.state;
    Object.assign(this.state, freshState(settings), { opened });
    this.edited = undefined;
    this.finished = false;
    this.trainWhenReady = train;
    this.picture.forget();
    this.compare?.forget();
    notices.clear('failed', 'rewound', 'collapse', 'few', 'hidden');
    $('digest').textContent = '';
    this.session.start(texts(settings));
    this.writeAddress();
    this.mark('settings', 'reports', 'theme');
  }

  ready({ system, total, layers, parameters }) {
    Object.assign(this.state, { system, total, layers, layer: layers, parameters });
    this.picture.renew();
    this.mark('system', 'layer');
    if (this.state.opened) this.session.send('adopt', this.state.opened);
    if (this.trainWhenReady && this.isTraining) this.play(!document.hidden);
  }

  play(running) {
    if (!this.state.system) return;
    if (running && this.state.step >= this.state.total) {
      this.session.send('extend');
    }
    this.state.running = running;
    this.session.send('run', { running, stepsPerSecond: Number(this.state.settings.speed) || 0 });
    notices.clear('hidden');
    this.mark('transport');
  }

  step() {
    if (!this.state.system) return;
    if (this.state.step >= this.state.total) this.session.send('extend');
    this.state.running = false;
    this.session.send('step', { count: 1 });
  }

  /** One setting as a text from a control or a key; checked, told, applied. */
  change(key, text) {
    const { settings } = this.state;
    const { specs } = this.schema.of(settings.preset);
    const { value, complaint } = checked(specs.get(key), text, settings[key]);
    this.complain(complaint ? [complaint] : []);
    if (value === settings[key]) return this.mark('settings');
    if (LOSSES.includes(key) && LOSSES.every((name) => (name === key ? value : settings[name]) === 0)) {
      this.complain(['There must be something to learn from: one of the weights stays above zero.']);
      return this.mark('settings');
    }
    settings[key] = value;
    if (key === 'speed') {
      if (this.state.running) this.play(true);
    } else if (LIVE.includes(key) && this.state.step > 0 && (key !== 'w_ml' || this.state.system.has_examples)) {
      this.edited = this.state.step;
      this.session.send('adjust', { key, value: String(value) });
    } else {
      return this.restart();
    }
    this.writeAddress();
    this.mark('settings');
  }

  choosePreset(name) {
    const { seed, speed, view } = this.state.settings;
    this.state.settings = { ...this.schema.of(name).defaults, seed, speed, view };
    this.restart();
  }

  /** Begins a run from a model: `{ settings, theta, digest, step, evaluations }`; it does not train before it is told to. */
  openModel({ settings, ...model }) {
    const { speed, view } = this.state.settings;
    this.state.settings = { ...settings, speed, view: view === 'dimer' ? 'plane' : view };
    this.restart(false, model.theta && model);
    if (view === 'dimer') this.show().catch(fatal);
  }

  /** Examples for a run that has none: that is another run. */
  addExamples() {
    const { settings } = this.state;
    settings.w_ml = 6;
    settings.example_chains = Math.max(settings.example_chains, 2);
    this.restart();
    this.tell('Started anew, with examples from two short chains, one in each well.');
  }

  newSeed() {
    this.change('seed', String(1 + Math.floor(Math.random() * 99_998)));
  }

  chooseLayer(layer) {
    this.state.layer = layer;
    this.picture.stale.map = true;
    this.mark('layer');
  }

  probe(plane, point) {
    if (this.state.system) this.session.send('probe', { plane, point });
  }

  redraw() {
    this.compare?.mark('size');
    if (this.isInPlane) this.mark('map', 'size');
  }

  /** The menu of what can be kept: link, figures, samples, model, code. */
  async keep() {
    this.writeAddress();
    const { KeepMenu } = await import('./keep/menu.js').catch(() => ({}));
    if (!KeepMenu) return this.complain(['The menu could not be loaded: check the connection and try again.']);
    this.keepMenu ??= new KeepMenu(this);
    return this.keepMenu.open();
  }

  tell(words) {
    notices.set('told', 'info', words);
    notices.speak(words, true);
    setTimeout(() => notices.clear('told'), 6000);
  }

  complain(complaints) {
    if (complaints.length) notices.set('complaints', 'caution', complaints.join(' '), [['OK', () => notices.clear('complaints')]]);
  }

  writeAddress() {
    const { settings } = this.state;
    const hash = this.schema.write(settings);
    history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
    for (const view of VIEWS) $(`view-${view}`).href = `#${this.schema.write({ ...settings, view })}`;
  }

  readAddress() {
    const { settings, complaints } = this.schema.read(location.hash);
    this.complain(complaints);
    const { view } = this.state.settings;
    if (this.schema.write({ ...settings, view }) === this.schema.write(this.state.settings)) {
      this.state.settings.view = settings.view;
    } else {
      this.state.settings = settings;
      this.restart();
    }
    this.writeAddress();
    if (settings.view !== view) this.show().catch(fatal);
  }

  /** Has everything that is shown drawn again, and waits until it is. */
  async drawAnew() {
    this.picture.asked.described = -Infinity;
    if (this.isInPlane) this.mark('theme', 'map', 'reports', 'estimate', 'weights', 'temperature', 'runs', 'size');
    this.compare?.mark('theme', 'lanes', 'trials');
    this.dimer?.mark('theme', 'batch', 'path', 'estimate', 'training', 'simulated');
    // The two large drawings take a frame each.
    for (let i = 0; i < 4; i++) await new Promise(requestAnimationFrame);
  }

  /** Marks parts of the state as changed: the next frame draws them. */
  mark(...names) {
    this.picture.mark(...names);
  }

  visibility() {
    if (!this.isTraining) return;
    if (document.hidden && this.state.running) {
      this.play(false);
      this.resume = true;
    } else if (!document.hidden && this.resume) {
      this.resume = false;
      this.play(true);
    } else if (!document.hidden && this.trainWhenReady && this.state.step === 0) {
      this.play(true);
    }
  }

  /** What the worker answered: kept, and drawn in the next frame. */
  view({ step, total, rate, running, reports, map, mapCost, estimate, estimateCost }) {
    const { state } = this;
    this.picture.received({ map: mapCost, estimate: estimateCost });
    Object.assign(state, { step, total, rate, running });
    this.mark('transport');
    if (reports.length) {
      const rewound = state.history.add(reports);
      state.last = state.history.recent();
      this.mark('reports');
      if (rewound) notices.set('rewound', 'caution', `Training blew up at step ${rewound.at}; it went back to step ${rewound.to} with half the learning rate.`);
    }
    if (map) {
      state.map = map;
      this.mark('map');
      if (!this.firstFrame) this.firstFrame = performance.now();
    }
    if (estimate) {
      state.estimate = estimate;
      this.mark('estimate');
    }
    if (this.isTraining) explain(state, notices, this);
    if (estimate) this.compare?.mark('estimate');
  }

  paused({ reason, step, digest }) {
    Object.assign(this.state, { running: false, step });
    this.picture.renew();
    const edited = this.edited === undefined ? '' : `, settings changed at step ${this.edited}`;
    $('digest').textContent = `State at step ${step}: ${digest}${edited}`;
    this.finished = reason === 'done';
    this.mark('transport');
  }

  failed({ code, message, hint }) {
    this.state.running = false;
    this.picture.forget();
    const words = [message, hint].filter(Boolean).join(' ');
    const startOver = ['Start over', () => { this.session.replace(); this.restart(); }];
    notices.set('failed', 'bad', words, code === 'invalid-setting' ? [] : [startOver]);
    this.mark('transport');
  }
}
