// The past of a run under the chart of its losses: a bar to look back with, and the way to go on from there.
import { count } from './words.js';

export class Timeline {
  /** @type {any} */
  past;

  /** Fills `root`; `act` has replay(step, direction), lookBack(by), present() and resume(). */
  constructor(root, act) {
    root.className = 'timeline';
    root.innerHTML = `
      <input type="range" id="past" min="0" max="1" value="1" step="1" aria-label="Look back: training step">
      <div class="row">
        <button type="button" class="quiet" id="past-back" aria-keyshortcuts="ArrowLeft" title="One keyframe back (←)">◀ Back</button>
        <button type="button" class="quiet" id="past-forward" title="One keyframe forward (→)">Forward ▶</button>
        <button type="button" class="quiet" id="past-resume" title="Restores network and optimiser as they were, with the settings of that step">Go on from here</button>
        <span id="past-text"></span>
      </div>`;
    for (const name of ['past', 'past-back', 'past-forward', 'past-resume', 'past-text']) this[name] = root.querySelector(`#${name}`);
    this.past.addEventListener('input', () => {
      const step = Number(this.past.value);
      if (step >= Number(this.past.max)) act.present();
      else act.replay(step, 0);
    });
    this.past.addEventListener('keydown', (event) => {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      act.lookBack(by);
    });
    this['past-back'].addEventListener('click', () => act.lookBack(-1));
    this['past-forward'].addEventListener('click', () => act.lookBack(1));
    this['past-resume'].addEventListener('click', () => act.resume());
  }

  update({ replay, step }) {
    const shown = replay?.step;
    if (this.shown === shown && this.step === step) return;
    this.shown = shown;
    this.step = step;
    this.past.max = Math.max(1, step);
    this.past.value = shown ?? Math.max(1, step);
    this.past.disabled = step === 0;
    this['past-back'].disabled = step === 0 || shown === 0;
    this['past-forward'].disabled = this['past-resume'].disabled = shown === undefined;
    const words = shown === undefined ? `The present, step ${count(step)}` : `Step ${count(shown)} of ${count(step)}`;
    this.past.setAttribute('aria-valuetext', words);
    this['past-text'].textContent = words;
  }
}
