// Starts the page: loads the engine, connects controls, worker and panels. This thread only draws.
//
// A panel's `page`: { engine, schema, state, colours, change(key, text), choosePreset(name), chooseLayer(k),
// probe(plane, point), addExamples(), redraw(), renewMap(), past (past.js) }. The state is listed in `freshState`. The views are listed in views.js; one that has
// been opened is `page[its name]`.
import { loadEngine } from '../engine.js';
import { History } from './history.js';
import { connectKeys } from './keyboard.js';
import { Notices } from './notices.js';
import { Past } from './past.js';
import { moveLayer, toggle, toggleRegion } from './panels/map.js';
import { checked, ofPage, reset, Schema, texts } from './settings.js';
import { Session } from './session.js';
import { Picture } from './picture.js';
import { colours, connectTheme } from './theme.js';
import { compiling } from './start.js';
import { Transport } from './transport.js';
import { VIEWS, markTab, mountTabs } from './views.js';
import { explain } from './explain.js';
import { loadCharts } from './draw/chart.js';

/** Settings that take effect while training goes on; every other one starts anew. */
const LIVE = { w_ml: 'weight of examples', w_kl: 'weight of energy', learning_rate: 'learning rate' };
const KEEP_AFTER_MS = 3000;

const $ = (name) => document.getElementById(name);
const notices = new Notices($('notice'), $('notice-text'), $('live'));

main().catch(fatal);

async function main() {
  notices.set('state', 'info', $('notice-text').textContent);
  const session = new Session(compiling);
  const compiled = await compiling;
  const { engine, flavour } = await loadEngine(compiled);
  const page = new Page(engine, compiled, session);
  $('status').textContent = `Engine ${engine.version()}, module ${flavour}`;
  globalThis.boltzflowPage = page; // for the console, and for tests
  // A published page keeps itself for later, but not before its first steps of training, which that would slow down.
  if (document.documentElement.dataset.version) setTimeout(() => import('./offline.js').then(({ keep }) => keep(flavour)), KEEP_AFTER_MS);
}

/** The engine cannot load: the text and the still figure stay, and this says why. */
function fatal(error) {
  const words = [error.message, error.hint].filter(Boolean).join(' ');
  $('status').textContent = words;
  for (const name of ['transport', 'story']) $(name).hidden = true;
  delete document.body.dataset.view;
  notices.set('failed', 'bad', `${words} You can still read everything; live training is off.`, [['Reload', () => location.reload()]]);
  console.error(error);
}

const freshState = (settings) => ({
  settings,
  /** What the run began with: some settings change while it goes on. */
  started: { ...settings },
  /** The model that the run began with, if it came from a file or an earlier run. */
  opened: undefined,
  running: false,
  step: 0,
  total: 0,
  rate: 0,
  layers: 1,
  layer: 1,
  system: undefined,
  map: undefined,
  overlays: undefined,
  estimate: undefined,
  probe: undefined,
  /** `{ step, digest }` of the keyframe that is shown instead of the present. */
  replay: undefined,
  history: new History(),
  last: {},
});

class Page {
  constructor(engine, compiled, session) {
    Object.assign(this, { engine, compiled, session, notices });
    this.schema = new Schema(engine);
    const { settings, complaints } = this.schema.read(location.hash);
    this.state = freshState(settings);
    this.colours = colours();
    /** Training has begun: what it does not wait for can be fetched. */
    this.begun = new Promise((resolve) => { this.begin = resolve; });
    this.past = new Past(this, (words) => { $('digest').textContent = words; });
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
    mountTabs($('views'), (href) => {
      // At once: what follows in the same moment belongs to the view that was chosen.
      if (href !== location.href) history.pushState(null, '', href);
      this.readAddress();
    });
    // The worker makes the examples while the panels are built.
    this.restart(true);
    this.complain(complaints);
    this.picture.mount($('panels'), $('still'));
    connectTheme($('theme'), () => {
      this.colours = colours();
      this.mark('theme', 'map');
      this.dimer?.mark('theme');
      this.compare?.mark('theme');
    });
    this.connectKeys();
    session.connect({
      ready: (message) => this.ready(message),
      view: (message) => this.view(message),
      paused: (message) => this.paused(message),
      probe: ({ found }) => { this.state.probe = found; this.mark('probe'); },
      adjusted: (message) => this.adjusted(message),
      replayed: (message) => this.past.replayed(message),
      resumed: (message) => this.past.resumed(message),
      nextStep: (message) => this.past.slow.show(message),
      failed: (error) => this.failed(error),
    });
    document.addEventListener('visibilitychange', () => this.visibility());
    addEventListener('hashchange', () => this.readAddress());
    addEventListener('resize', () => this.redraw());
    this.show();
  }

  /** The view that is open. */
  get current() {
    return VIEWS.find(({ name }) => name === this.state.settings.view);
  }

  /** Shows the view that the settings name. */
  async show() {
    const { current: view, shown } = this;
    this.shown = view.name;
    if (shown && shown !== view.name) this[shown]?.show(false);
    document.body.dataset.view = view.name;
    markTab(view.name);
    for (const { name, load } of VIEWS) if (load) $(name).hidden = name !== view.name;
    $('panels').hidden = !view.panels;
    $('transport').hidden = !view.trains;
    if (!view.panels) notices.clear('state', 'collapse', 'few', 'rewound');
    if (!view.trains && this.state.running) {
      this.play(false);
      this.resume = true;
    } else if (view.trains && (this.resume || this.state.step === 0)) {
      this.play(!document.hidden);
      this.resume = false;
    }
    if (view.panels) this.picture.choose(Array.isArray(view.panels) ? view.panels : undefined);
    this.mark('transport');
    if (view.load) await this.open(view);
  }

  /** Fetches a view when it is first opened. */
  async open(view) {
    try {
      const { mount } = await view.load();
      this[view.name] ??= mount($(view.name), this);
    } catch (error) {
      console.error(error);
      const words = `The view “${view.label}” could not be loaded: ${error.message}.`;
      return notices.set('view-failed', 'bad', words, [['Try again', () => this.show()]]);
    }
    notices.clear('view-failed');
    if (!view.trains) this.drawCharts();
    if (view === this.current) this[view.name].show(true);
    return undefined;
  }

  /** Fetches what draws charts, for which the first step of training does not wait. */
  async drawCharts() {
    if (this.charting) return;
    this.charting = true;
    try {
      await loadCharts();
    } catch (error) {
      console.error(error);
      const again = () => {
        this.charting = false;
        this.drawCharts();
      };
      notices.set('charts', 'caution', 'What draws the charts could not be loaded: check the connection.', [['Try again', again]]);
      return;
    }
    notices.clear('charts');
    this.mark('size');
    this.compare?.mark('size');
    this.dimer?.mark('size');
  }

  /** Training has ended by itself, and everything shown belongs to its end. */
  get isAtRest() {
    return Boolean(this.finished) && this.picture.isCurrent;
  }

  connectKeys() {
    const training = (act) => () => this.current.trains && act();
    connectKeys([
      { key: ' ', label: 'Space', words: 'train or pause; with the dimer: move or still', act: () => (this.current.trains ? this.play(!this.state.running) : this.dimer?.move(!this.dimer.moving)) },
      { key: 'ArrowRight', label: '→', words: 'one training step; while looking back, one keyframe forward', act: training(() => this.past.move(1) || this.step()) },
      { key: 'ArrowLeft', label: '←', words: 'look back: one keyframe', act: training(() => this.past.move(-1)) },
      { key: 'r', label: 'R', words: 'reset: the untrained network, same seed', act: training(() => this.restart()) },
      { key: 'n', label: 'N', words: 'new seed', act: training(() => this.newSeed()) },
      { key: 'g', label: 'G', words: 'grid on or off', act: training(() => toggle('grid')) },
      { key: 's', label: 'S', words: 'samples on or off', act: training(() => toggle('samples')) },
      { key: 'b', label: 'B', words: 'mark a region, or not', act: training(toggleRegion) },
      { key: '[', label: '[ ]', words: 'one layer less or more', act: training(() => moveLayer(-1)) },
      { key: ']', act: training(() => moveLayer(1)) },
      { key: '+', label: '+', words: 'faster', act: training(() => this.change('speed', this.transport.nextSpeed(1))) },
      { key: '-', label: '−', words: 'slower', act: training(() => this.change('speed', this.transport.nextSpeed(-1))) },
      { key: 'e', label: 'E', words: 'save and share', act: () => this.keep() },
      { key: '.', label: '.', words: 'story: next scene', act: () => this.current.name === 'story' && this.story?.go(1) },
      { key: ',', label: ',', words: 'story: the scene before', act: () => this.current.name === 'story' && this.story?.go(-1) },
      ...VIEWS.map(({ name, label, key }) => ({ key, label: key, words: `${label.toLowerCase()}`, act: () => $(`view-${name}`).click() })),
    ], $('help'), $('help-open'));
  }

  /** Begins a run with the present settings; it trains at once unless `train` is false. */
  restart(train = true, opened = undefined) {
    const { settings } = this.state;
    Object.assign(this.state, freshState(settings), { opened });
    this.finished = false;
    this.trainWhenReady = train;
    this.picture.forget();
    this.compare?.forget();
    this.past.leave();
    notices.clear('failed', 'rewound', 'collapse', 'few', 'hidden');
    $('digest').textContent = '';
    this.session.start(texts(settings), this.samples);
    this.writeAddress();
    this.mark('settings', 'reports', 'theme');
  }

  ready({ system, total, layers, parameters }) {
    Object.assign(this.state, { system, total, layers, layer: layers, parameters });
    this.picture.renew();
    this.mark('system', 'layer');
    if (this.state.opened) this.session.send('adopt', this.state.opened);
    if (this.trainWhenReady && this.current.trains) this.play(!document.hidden);
  }

  play(running) {
    if (!this.state.system) return;
    if (running && this.state.step >= this.state.total) {
      this.session.send('extend');
    }
    this.state.running = running;
    if (running) this.past.leave();
    this.session.send('run', { running, stepsPerSecond: Number(this.state.settings.speed) || 0 });
    notices.clear('hidden');
    this.mark('transport');
  }

  step() {
    if (!this.state.system) return;
    if (this.state.step >= this.state.total) this.session.send('extend');
    this.state.running = false;
    this.past.leave();
    this.session.send('step', { count: 1 });
  }

  /** One setting as a text from a control or a key; checked, told, applied. */
  change(key, text) {
    const { settings } = this.state;
    const { specs } = this.schema.of(settings.preset);
    const { value, complaint } = checked(specs.get(key), text, settings[key]);
    this.complain(complaint ? [complaint] : []);
    if (value === settings[key]) return this.mark('settings');
    const weights = [...specs.values()].filter(({ group }) => group === 'objective').map((spec) => spec.key);
    if (weights.includes(key) && weights.every((name) => (name === key ? value : settings[name]) === 0)) {
      this.complain(['There must be something to learn from: one of the weights stays above zero.']);
      return this.mark('settings');
    }
    const before = settings[key];
    settings[key] = value;
    reset(settings, specs.get(key));
    if (key === 'speed') {
      if (this.state.running) this.play(true);
    } else if (LIVE[key] && this.state.step > 0 && (key !== 'w_ml' || this.state.system.has_examples)) {
      this.session.send('adjust', { key, value: String(value), before });
    } else {
      return this.restart();
    }
    this.writeAddress();
    this.mark('settings');
  }

  /** A setting has been changed while training. */
  adjusted({ step, key, value, before }) {
    const undo = () => { this.state.settings[key] = before; };
    this.state.history.note({ step, what: LIVE[key], before, after: value, undo });
    this.mark('reports');
  }

  choosePreset(name) {
    this.adopt(name);
  }

  /** A preset with some settings changed, at the present seed; starts anew unless it is what runs. */
  adopt(preset, changes = {}) {
    const { settings } = this.state;
    const wanted = { ...this.schema.of(preset).defaults, ...changes, seed: settings.seed, ...ofPage(settings) };
    if (this.schema.write(wanted) === this.schema.write(settings)) return;
    if (preset !== settings.preset) this.samples = undefined;
    this.state.settings = wanted;
    this.restart();
  }

  /** Learns from pairs of numbers instead of walks, or from walks again. */
  learnFrom(samples) {
    const { settings } = this.state;
    this.samples = samples;
    if (samples && settings.w_ml === 0) settings.w_ml = this.schema.of(settings.preset).defaults.w_ml;
    this.restart();
    this.mark('settings');
  }

  /** Nothing of the run differs from the default page's. */
  get isUntouched() {
    const { settings } = this.state;
    const usual = this.schema.of(this.schema.presets[0].name).defaults;
    return this.schema.write({ ...usual, ...ofPage(settings) }) === this.schema.write(settings);
  }

  chooseScene(scene) {
    this.state.settings.scene = scene;
    this.writeAddress();
  }

  /** Begins a run from a model: `{ settings, theta, digest, step, evaluations }`; it does not train before it is told to. */
  openModel({ settings, ...model }) {
    const { trains } = this.current;
    this.samples = undefined;
    this.state.settings = { ...settings, ...ofPage(this.state.settings), ...(!trains && { view: 'lab' }) };
    this.restart(false, model.theta && model);
    if (!trains) this.show();
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
    if (layer === this.state.layer) return;
    this.state.layer = layer;
    this.renewMap();
  }

  /** What the planes show is out of date. */
  renewMap() {
    this.picture.stale.map = true;
    this.mark('layer');
  }

  probe(plane, point) {
    if (this.state.system) this.session.send('probe', { plane, point, layer: Math.round(this.state.layer) });
  }

  redraw() {
    if (this.current.panels) this.mark('map', 'size');
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
    for (const { name: view } of VIEWS) $(`view-${view}`).href = `#${this.schema.write({ ...settings, view })}`;
  }

  readAddress() {
    const { settings, complaints } = this.schema.read(location.hash);
    this.complain(complaints);
    const before = this.state.settings;
    if (this.schema.write({ ...settings, ...ofPage(before) }) === this.schema.write(before)) {
      this.state.settings = settings;
      if (settings.speed !== before.speed && this.state.running) this.play(true);
      this.mark('settings');
    } else {
      if (settings.preset !== before.preset) this.samples = undefined;
      this.state.settings = settings;
      this.restart();
    }
    this.writeAddress();
    if (settings.view !== before.view) this.show();
  }

  /** Has everything that is shown drawn again, and waits until it is. */
  async drawAnew() {
    this.picture.asked.described = -Infinity;
    this.mark('theme', 'map', 'reports', 'estimate', 'weights', 'temperature', 'runs', 'size');
    this.compare?.mark('theme', 'lanes', 'trials');
    this.dimer?.mark('theme', 'batch', 'path', 'estimate', 'training', 'simulated');
    // The views' own figures need two frames at most.
    for (let i = 0; i < 4 || this.picture.owes('theme'); i++) await new Promise(requestAnimationFrame);
  }

  /** Marks parts of the state as changed: the next frame draws them. */
  mark(...names) {
    this.picture.mark(...names);
    if (this.current.trains) this[this.current.name]?.mark(...names);
  }

  visibility() {
    if (!this.current.trains) return;
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
  view({ step, total, rate, reports, map, mapCost, overlays, estimate, estimateCost }) {
    const { state } = this;
    this.picture.received({ map: mapCost, estimate: estimateCost });
    // Whether it runs is known here: an answer under way may be older than the last press.
    Object.assign(state, { step, total, rate });
    this.mark('transport');
    if (reports.length) {
      const rewound = state.history.add(reports);
      state.last = state.history.recent();
      this.mark('reports');
      if (rewound) state.history.note({ step: rewound.to, what: `back from step ${rewound.at}, where training blew up: half the learning rate` });
      if (rewound) notices.set('rewound', 'caution', `Training blew up at step ${rewound.at}; it went back to step ${rewound.to} with half the learning rate.`);
    }
    if (map) {
      Object.assign(state, { map, overlays });
      this.mark('map');
      if (!this.firstFrame) this.firstFrame = performance.now();
    }
    if (step > 0) this.firstStep ??= performance.now();
    if (step > 0 || estimate) {
      this.begin();
      this.drawCharts();
    }
    if (estimate) {
      // With the step it belongs to: the next one may come much later.
      state.estimate = { ...estimate, step };
      this.mark('estimate');
    }
    this.explain();
  }

  explain() {
    if (this.current.panels) explain(this.state, notices, this);
  }

  paused({ reason, step, digest }) {
    Object.assign(this.state, { running: false, step });
    this.picture.renew();
    this.past.showDigest({ step, digest });
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
