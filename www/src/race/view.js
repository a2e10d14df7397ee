// The race: a Markov chain beside one-shot draws of the flow, and what a sample costs on either way. A view of the same run as the map.
import { chartCanvas } from '../draw/chart.js';
import { drawLines, span } from '../draw/lines.js';
import { wordsOf } from '../settings.js';
import { Table } from '../table.js';
import { count, number, percent } from '../words.js';
import { Lane } from './lane.js';
import { compare, rough } from './speed-up.js';
import { Trials, inUnits } from './trials.js';

const KERNELS = [['metropolis', 'Metropolis: random steps'], ['mala', 'Langevin: steps along the force']];
const UNITS = { evaluations: 'energy evaluations', time: 'ms' };
/** The slider holds log₁₀ of the step size, in parts of the width of the landscape. */
const SIZES = { min: -2.4, max: 0, step: 0.05, value: -1.4 };
const TELL = 'Orange: a Markov chain, one small step after the other. Blue: draws of the flow, each from scratch. Both pay for every energy; what counts is how many independent samples they get for it.';
const WORDS_EVERY_MS = 250;
const DESCRIBE_EVERY_MS = 5000;

export const mount = (root, page) => new CompareView(page, root);

class CompareView {
  /** @type {any} */
  parts;

  /** @type {any} */
  found;

  /** @type {any} */
  walk;

  /** @type {any} */
  flow;

  /** @type {any} */
  gaussian;

  /** @type {any} */
  table;

  /** `page`: the page that this is a view of; `root`: the element that it fills. */
  constructor(page, root) {
    this.page = page;
    this.root = root;
    this.changed = new Set();
    this.found = undefined;
    this.racing = false;
    this.anew = true;
    this.told = -Infinity;
    this.described = -Infinity;
    this.build();
    this.walk = new Lane(this.parts.walk, page, 'example', 'Chain');
    this.flow = new Lane(this.parts.flow, page, 'flow', 'Flow');
    this.gaussian = new Lane(this.parts.gaussian, page, 'grey', 'Gaussian');
    this.trials = new Trials(page, () => this.mark('trials'));
    this.connect();
    this.race(!matchMedia('(prefers-reduced-motion: reduce)').matches);
  }

  build() {
    this.root.innerHTML = `
      <section class="panel verdict" aria-labelledby="race-title">
        <h2 id="race-title">Which way is cheaper?</h2>
        <p class="answer"><span class="value" id="speed-up">–</span> <span class="chip" id="speed-up-chip" data-level="none">racing</span></p>
        <p id="speed-up-words" class="caption"></p>
        <p id="break-even"></p>
        <details><summary>How it is counted</summary><p class="caption"><b>Speed-up</b> = cost of an independent sample of the chain / cost of an effective sample of the flow. A chain of n steps holds n / 2τ independent samples, where τ is the integrated autocorrelation time of the slow coordinate; n draws of the flow count as n · ESS. Cost is counted in energy evaluations, rejected steps included, or measured in milliseconds. Until the chain has crossed ten times, τ is a guess: then the number is a bound that holds with 95 % confidence, from the crossings alone. Training is paid for once; its cost is all energy evaluations, those of the examples included, or its time.</p></details>
      </section>
      <section class="panel lane walk" aria-labelledby="race-walk"><h2 id="race-walk">One small step after the other</h2><div id="lane-walk"></div></section>
      <section class="panel lane flow" aria-labelledby="race-flow"><h2 id="race-flow">Every draw from scratch</h2><div id="lane-flow"></div></section>
      <section class="panel lane gaussian" aria-labelledby="race-gaussian"><details class="third" id="race-third"><summary><h2 id="race-gaussian">Without learning: a Gaussian and weights</h2></summary><div id="lane-gaussian"></div><p class="caption">A Gaussian over the whole landscape, a quarter as wide; nothing is trained for it. In two dimensions its weights do well; its effective size shrinks with every dimension.</p></details></section>
      <section class="panel controls" aria-labelledby="race-controls">
        <h2 id="race-controls">Race</h2>
        <div class="row">
          <button type="button" class="primary" id="race-run">Race</button>
          <button type="button" id="race-anew">Start anew</button>
          <label>Equal <select id="race-equal"><option value="evaluations">energy evaluations</option><option value="time">wall-clock time</option></select></label>
          <label>Chain <select id="race-kernel">${KERNELS.map(([name, words]) => `<option value="${name}">${words}</option>`).join('')}</select></label>
        </div>
        <div class="slider marked"><label for="race-step">Step size σ</label><span class="track"><input type="range" id="race-step" min="${SIZES.min}" max="${SIZES.max}" step="${SIZES.step}" value="${SIZES.value}"><i id="race-best" hidden></i></span><output id="race-step-text" for="race-step"></output></div>
        <div class="row"><button type="button" id="race-measure">Measure the best step</button> <button type="button" id="race-use" hidden>Use it</button> <progress id="race-progress" max="1" value="0" hidden aria-label="Step sizes measured"></progress></div>
        <p class="caption" id="race-best-words"></p>
        <div id="race-trials" hidden><div class="slot"></div></div>
      </section>`;
    const names = ['speed-up', 'speed-up-chip', 'speed-up-words', 'break-even', 'race-run', 'race-anew', 'race-equal', 'race-kernel', 'race-step', 'race-step-text', 'race-best', 'race-measure', 'race-use', 'race-progress', 'race-best-words', 'race-trials', 'race-third'];
    this.parts = Object.fromEntries(names.map((name) => [name, this.root.querySelector(`#${name}`)]));
    for (const name of ['walk', 'flow', 'gaussian']) this.parts[name] = this.root.querySelector(`#lane-${name}`);
    this.parts.chart = chartCanvas(this.parts['race-trials'].querySelector('.slot'), 'trials-chart');
    this.parts.chart.setAttribute('aria-label', 'Steps per crossing over the step size: nothing measured yet.');
    this.table = new Table(this.parts['race-trials'], 'Steps per crossing over the step size');
  }

  connect() {
    const { parts } = this;
    parts['race-run'].addEventListener('click', () => this.race(!this.racing));
    parts['race-anew'].addEventListener('click', () => this.restart());
    for (const name of ['race-equal', 'race-kernel']) parts[name].addEventListener('change', () => this.restart());
    parts['race-kernel'].addEventListener('change', () => this.trials.forget());
    parts['race-step'].addEventListener('input', () => this.sizeText());
    parts['race-step'].addEventListener('change', () => this.restart());
    parts['race-measure'].addEventListener('click', () => this.trials.measure(this.kernel, this.width));
    parts['race-use'].addEventListener('click', () => {
      parts['race-step'].value = Math.log10(this.trials.best.stepSize / this.width);
      this.restart();
    });
    parts['race-third'].addEventListener('toggle', () => this.mark('lanes'));
    document.addEventListener('visibilitychange', () => this.mark());
    new ResizeObserver(() => this.mark('size')).observe(this.root);
  }

  get kernel() { return this.parts['race-kernel'].value; }

  get equal() { return this.parts['race-equal'].value; }

  /** Width of the landscape along its first coordinate: the unit of the slider. */
  get width() {
    const [x0, x1] = this.page.state.system?.range ?? [-1, 1];
    return x1 - x0;
  }

  get stepSize() { return inUnits(Number(this.parts['race-step'].value), this.width); }

  /** The race goes on, or stands. */
  race(racing) {
    this.racing = racing;
    this.mark('racing');
  }

  restart() {
    this.anew = true;
    this.found = undefined;
    this.walk.clear();
    this.sizeText();
    this.race(true);
  }

  /** Another run begins: nothing measured belongs to it. */
  forget() {
    this.trials.forget();
    this.found = undefined;
    this.anew = true;
    this.walk.clear();
    this.mark('system');
  }

  show(shown) {
    this.shown = shown;
    if (shown) this.page.notices.set('race', 'info', TELL);
    else this.page.notices.clear('race');
    if (shown) this.mark('system', 'size', 'theme', 'racing', 'lanes', 'trials');
  }

  sizeText() {
    this.parts['race-step-text'].textContent = number(this.stepSize, this.stepSize < 0.1 ? 3 : 2);
    this.mark('trials');
  }

  /** Marks parts as changed and draws in the next frame. */
  mark(...names) {
    for (const name of names) this.changed.add(name);
    if (this.frameAsked || !this.shown || document.hidden) return;
    this.frameAsked = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.frameAsked = false;
    const { changed, page: { state } } = this;
    if (!this.shown || !state.system) return;
    this.changed = new Set();
    if (changed.has('racing')) this.parts['race-run'].textContent = this.racing ? '❚❚ Pause' : '▶ Race';
    if (changed.has('system')) this.sizeText();
    // Draws of a flow that still changes are not worth counting: both lanes begin when it rests.
    if (this.learning && !state.running) this.anew = true;
    this.learning = state.running;
    if (changed.has('trials') || changed.has('size') || changed.has('theme')) this.showTrials();
    this.drawLanes(changed);
    if (this.racing) {
      this.pull();
      this.mark();
    }
    const due = this.racing ? WORDS_EVERY_MS : 0;
    if (this.found && now - this.told >= due && (changed.size || this.racing)) {
      this.told = now;
      this.words();
    }
    if (this.found && (now - this.described >= DESCRIBE_EVERY_MS || changed.has('racing'))) {
      this.described = now;
      this.describe();
    }
  }

  drawLanes(changed) {
    const { page: { state }, found } = this;
    const isNew = ['system', 'theme', 'size'].some((name) => changed.has(name));
    if (isNew || changed.has('lanes')) {
      for (const lane of [this.walk, this.flow, this.gaussian]) lane.draw(state, isNew);
    }
    if (found) this.facts();
  }

  /** Asks the worker for the next stretch of the race. */
  async pull() {
    if (this.asked || !this.page.state.system) return;
    this.asked = true;
    try {
      const { anew, kernel, stepSize, equal, parts } = this;
      this.anew = false;
      const found = await this.page.session.ask('race', { kernel, stepSize, equal, anew, gaussian: parts['race-third'].open });
      if (!found || this.anew) return;
      this.found = found;
      this.walk.trail(found.walk.x);
      this.flow.cloud(found.flow.x, found.flow.state);
      if (found.gaussian) this.gaussian.cloud(found.gaussian.x, found.gaussian.state);
      this.mark('lanes');
    } catch (error) {
      this.race(false);
      this.page.notices.complain([wordsOf(error)]);
    } finally {
      this.asked = false;
    }
  }

  /** What a lane has paid, in the unit of the race. */
  cost(lane) {
    if (this.equal === 'time') return lane.ms;
    return lane.energy_evaluations ?? lane.count;
  }

  /** The equilibrium share of the second state: the exact one where it is known. */
  get share() {
    const { delta_f_exact: exact, share } = this.page.state.estimate ?? {};
    return Number.isFinite(exact) ? 1 / (1 + Math.exp(exact)) : share;
  }

  /** The comparison of the flow with a walk of these numbers. */
  against(walk) {
    const { flow, training_evaluations, trainingMs } = this.found;
    const training = this.equal === 'time' ? trainingMs : training_evaluations;
    return compare({ walk: { ...walk, cost: this.cost(walk) }, flow: { ...flow, cost: this.cost(flow) }, training, share: this.share });
  }

  facts() {
    const { walk, flow, gaussian } = this.found;
    const { states } = this.page.state.system;
    const kind = (lane) => `${count(lane.energy_evaluations ?? lane.count)} evaluations, ${rough(lane.ms)} ms`;
    this.walk.say(`${count(walk.steps)} steps, ${percent(walk.acceptance)} accepted. ${crossings(walk.crossings)} between ${states[0]} and ${states[1]}. ${kind(walk)}.`);
    this.flow.say(`${count(flow.count)} draws, worth ${count(flow.count * flow.ess)} independent ones (ESS ${percent(flow.ess)}). ${kind(flow)}. Flow of step ${count(this.found.trained)}.`);
    if (!gaussian) return;
    const each = `${rough(this.cost(gaussian) / (gaussian.count * gaussian.ess))} ${UNITS[this.equal]} each`;
    const worth = misses(gaussian.share, this.share) ? `It misses a state: ${percent(gaussian.share, 1)} of the weight lies in ${states[1]} instead of ${percent(this.share, 1)}, so its ESS means nothing.` : `Worth ${count(gaussian.count * gaussian.ess)} independent ones (ESS ${percent(gaussian.ess)}): ${each}.`;
    this.gaussian.say(`${count(gaussian.count)} draws. ${worth} ${kind(gaussian)}.`);
  }

  words() {
    const { parts, page: { state } } = this;
    const unit = UNITS[this.equal];
    const set = (text, chip, level) => {
      parts['speed-up'].textContent = text;
      parts['speed-up-chip'].textContent = chip;
      parts['speed-up-chip'].dataset.level = level;
    };
    const missed = state.estimate?.missed;
    if (this.learning) {
      set('–', 'the flow is still learning', 'none');
      parts['speed-up-words'].textContent = 'The count begins when training rests.';
      parts['break-even'].textContent = '';
      return;
    }
    if (missed || !Number.isFinite(this.share)) {
      set('no speed-up', missed ? `the flow misses “${missed.name}”` : 'no estimate yet', missed ? 'bad' : 'none');
      parts['speed-up-words'].textContent = missed ? 'Samples of a flow that leaves a state out are worth nothing, however cheap and even they look.' : 'The shares of the states are not known yet.';
      parts['break-even'].textContent = '';
      return;
    }
    const { trials, found: { walk } } = this;
    const it = this.against(walk);
    const best = trials.best && this.against({ ...trials.best, energy_evaluations: trials.best.steps });
    // The headline is that of a fair race: against the best step, or none.
    const headline = best ?? it;
    if (!best && !trials.isDone) {
      set('–', 'best step not measured yet', 'none');
    } else if (headline.isBound) {
      set(`> ${rough(headline.speedUp)}×`, best ? 'at the best step: a bound' : 'no step crossed ten times: a bound', 'caution');
    } else {
      set(`${rough(headline.speedUp)}×`, `${rough(headline.low)} to ${rough(headline.high)}, 95 %, at the best step`, 'good');
    }
    const here = `${it.isBound ? 'at least ' : ''}${rough(it.walkCost)} ${unit}, the flow ${rough(it.flowCost)}`;
    const tuned = best ? ` With its best step, σ = ${number(trials.best.stepSize)}, the chain is ${best.speedUp >= 1 ? `${rough(best.speedUp)} times dearer than the flow` : `cheaper than the flow, by a factor of ${rough(1 / best.speedUp)}`}.` : trials.isDone ? '' : ' A badly tuned chain flatters the flow: measure the best step for a fair number.';
    parts['speed-up-words'].textContent = `At step σ = ${number(this.stepSize)} an independent sample costs the chain ${here}.${tuned}`;
    parts['break-even'].textContent = this.training(it, best);
  }

  /** Training is paid for once: after how many samples it has paid. */
  training(it, best) {
    const { training_evaluations, trainingMs, trained } = this.found;
    const cost = this.equal === 'time' ? `${number(trainingMs / 1000, 1)} s` : `${count(training_evaluations)} evaluations`;
    if (trained === 0) return `Not trained yet; its examples have cost ${cost}.`;
    if (!best && !this.trials.isDone) return `Training has cost ${cost}; after how many samples that has paid is told against the best step.`;
    const after = ({ breakEven, isBound }) => (Number.isFinite(breakEven) ? `after ${isBound ? 'at most ' : ''}${rough(Math.ceil(breakEven))} independent samples` : 'never');
    return `Training included (${cost}): breaks even ${after(it)}${best ? `; against the best step ${after(best)}` : ''}.`;
  }

  showTrials() {
    const { parts, trials, stepSize, width } = this;
    const { best, list, planned } = trials;
    parts['race-measure'].disabled = trials.isMeasuring;
    Object.assign(parts['race-progress'], { hidden: !trials.isMeasuring, max: planned, value: list.length });
    parts['race-use'].hidden = !best || best.stepSize === stepSize;
    parts['race-best'].hidden = !best;
    parts['race-trials'].hidden = list.length === 0;
    if (best) {
      const at = (Math.log10(best.stepSize / width) - SIZES.min) / (SIZES.max - SIZES.min);
      parts['race-best'].style.setProperty('--at', Math.min(1, Math.max(0, at)));
    }
    parts['race-best-words'].textContent = trials.words(stepSize);
    if (list.length === 0) return;
    const crossed = list.filter(({ crossings: n }) => n > 0);
    const x = crossed.map(({ stepSize: size }) => Math.log10(size));
    const y = crossed.map(({ steps, crossings: n }) => Math.log10(steps / n));
    const here = Math.log10(stepSize);
    const [low, high] = span([y], 1);
    drawLines(this.page, parts.chart, ['log₁₀ of the step size', 'log₁₀ of steps per crossing'], [...span([list.map(({ stepSize: size }) => Math.log10(size))], 0.5), low, high], [
      ['solid example', x, y],
      ['dotted grey', [here, here], [low, high]],
    ]);
    this.table.show(() => ({ columns: ['σ', 'steps', 'crossings', 'steps per crossing'], rows: list.map((t) => [number(t.stepSize, 3), count(t.steps), String(t.crossings), t.crossings ? rough(t.steps / t.crossings) : '–']) }));
  }

  describe() {
    const { parts, page: { state } } = this;
    const summary = `${parts['speed-up'].textContent} speed-up: ${parts['speed-up-chip'].textContent}.`;
    this.walk.describe(`Markov chain on the energy landscape of ${state.settings.preset}. ${this.walk.said} ${summary}`);
    this.flow.describe(`Independent draws of the flow on the same landscape. ${this.flow.said}`);
    this.gaussian.describe(`Draws of a Gaussian on the same landscape. ${this.gaussian.said || 'It does not take part while this is folded.'}`);
    parts.chart.setAttribute('aria-label', `Steps per crossing over the step size of the chain. ${parts['race-best-words'].textContent}`);
  }
}

/** One of two states holds less than half of what it should. */
const misses = (share, exact) => share < exact / 2 || 1 - share < (1 - exact) / 2;

const crossings = (n) => (n === 0 ? 'No crossing yet' : n === 1 ? 'One crossing' : `${count(n)} crossings`);
