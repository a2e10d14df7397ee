// Play, step, reset, speed, seed, what can be kept, and how far training is.
import { onDone, show } from './typing.js';
import { count } from './words.js';

const SPEEDS = [['1', '1 step/s'], ['5', '5 steps/s'], ['25', '25 steps/s'], ['100', '100 steps/s'], ['full', 'full speed']];

/** The speed that lies so many places beside another. */
export function speedBeside(speed, by) {
  const at = SPEEDS.findIndex(([value]) => value === speed);
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))][0];
}

/** Fills the bar; `act` has play, step, reset, speed, seed, newSeed and keep. */
export class Transport {
  /** @type {any} */
  play;

  /** @type {any} */
  step;

  /** @type {any} */
  reset;

  /** @type {any} */
  speed;

  /** @type {any} */
  seed;

  /** @type {any} */
  progress;

  /** @type {any} */
  more;

  constructor(root, act) {
    root.innerHTML = `
      <div class="buttons">
        <button type="button" class="primary" id="play" aria-keyshortcuts="Space">▶ Play</button>
        <button type="button" id="step" aria-keyshortcuts="ArrowRight" title="One training step (→)">Step</button>
        <button type="button" id="reset" aria-keyshortcuts="R" title="Back to the untrained network, same seed (R)">Reset</button>
      </div>
      <button type="button" id="more" aria-expanded="false" aria-controls="more-controls">More</button>
      <div class="progress">
        <progress id="progress" max="1" value="0" aria-label="Training progress"></progress>
        <span id="step-text"></span>
      </div>
      <div class="more" id="more-controls">
      <label class="speed"><span>Speed</span> <select id="speed">${SPEEDS.map(([value, words]) => `<option value="${value}">${words}</option>`).join('')}</select></label>
      <label class="seed"><span>Seed</span> <input type="number" id="seed" min="0" step="1" inputmode="numeric"></label>
      <button type="button" id="new-seed" aria-keyshortcuts="N" title="Start anew with another seed (N)">New seed</button>
      <button type="button" id="keep-open" aria-haspopup="dialog" aria-keyshortcuts="E" title="Link, figures, samples, model, code (E)">Save / Share</button>
      </div>`;
    for (const name of ['play', 'step', 'reset', 'speed', 'progress', 'step-text', 'seed', 'new-seed', 'keep-open', 'more']) this[name] = root.querySelector(`#${name}`);
    this.play.addEventListener('click', act.play);
    this.step.addEventListener('click', act.step);
    this.reset.addEventListener('click', act.reset);
    this['new-seed'].addEventListener('click', act.newSeed);
    this['keep-open'].addEventListener('click', act.keep);
    // Only narrow screens show this button; wide ones always show what it opens: speed, seed and the column of controls.
    this.more.addEventListener('click', () => this.openSheet(!document.body.classList.contains('sheet')));
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || !document.body.classList.contains('sheet')) return;
      this.openSheet(false);
      this.more.focus();
    });
    new ResizeObserver(() => document.body.style.setProperty('--transport', `${root.offsetHeight}px`)).observe(root);
    this.speed.addEventListener('change', () => act.speed(this.speed.value));
    onDone(this.seed, act.seed);
  }

  openSheet(open) {
    document.body.classList.toggle('sheet', open);
    this.more.setAttribute('aria-expanded', String(open));
  }

  update({ running, step, total, rate, settings }) {
    const done = step >= total && total > 0;
    write(this.play, running ? '❚❚ Pause' : done ? '▶ Train on' : '▶ Play');
    this.play.title = running ? 'Pause (Space)' : 'Train (Space)';
    this.progress.value = total ? Math.min(1, step / total) : 0;
    const parts = [total ? `Step ${count(step)} of ${count(total)}` : 'Starting …'];
    if (running && rate > 0) {
      parts.push(`${count(rate)} steps/s`);
      if (total > step) parts.push(`${count(Math.ceil((total - step) / rate))} s left`);
    } else if (!running && step > 0) parts.push(done ? 'done' : 'paused');
    write(this['step-text'], parts.join(' · '));
    show(this.seed, settings.seed);
    this.speed.value = settings.speed;
  }
}

/** Sets the text of an element; a new text, even the same, has the browser lay out the line again. */
function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
