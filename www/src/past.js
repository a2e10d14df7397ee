// The past of a run: what is shown instead of the present, how it goes on from there, and its next step in slow motion.

import { explain } from './explain.js';
/** @import { Keyframe, Page } from './types.d.ts' */
/** @import { FromWorker } from './messages.d.ts' */

export class Past {
  /**
   * @param {Page} page the state, the session and the picture that follow
   * @param {(words: string) => void} show shows the digest of what is shown
   */
  constructor(page, show) {
    this.page = page;
    this.show = show;
    this.told = '';
    /** @type {import('./map/slow-motion.js').SlowMotion | undefined} */
    this.slow = undefined;
  }

  /** @param {string} words about the state that is shown */
  tell(words) {
    this.told = words;
    this.show(words);
  }

  /**
   * Shows the run as it was: at the keyframe nearest to a step, the last before it (`direction` −1) or the first after it (1).
   * @param {number} step
   * @param {number} direction
   */
  replay(step, direction) {
    const { state, session } = this.page;
    if (!state.system) return;
    state.running = false;
    this.slow?.close();
    session.send('replay', { step, direction });
  }

  /**
   * Shows one keyframe back or forward; after the last one comes the present.
   * @param {number} by
   */
  lookBack(by) {
    const { replay, step } = this.page.state;
    if (by < 0 || replay) this.replay(replay?.step ?? step, by);
  }

  present() {
    this.replay(NaN, 0);
  }

  /**
   * The worker shows a keyframe from now on, or else the present.
   * @param {FromWorker<'replayed'>} message
   */
  replayed({ shown, present }) {
    this.page.state.replay = shown;
    this.showDigest(shown ?? present);
    this.changed();
  }

  /**
   * One keyframe back or forward, or one stage of slow motion; false if neither is to be seen.
   * @param {number} by
   */
  move(by) {
    if (this.slow?.isOpen) this.slow.move(by);
    else if (by > 0 && !this.page.state.replay) return false;
    else this.lookBack(by);
    return true;
  }

  /** Training is about to go on: what is shown is the present again, and nothing stands in slow motion. */
  leave() {
    this.slow?.close();
    const { state } = this.page;
    if (!state.replay) return;
    state.replay = undefined;
    this.tell('');
    this.changed();
  }

  /** Goes on from the keyframe that is shown, with the settings of that time. */
  resume() {
    const { state, session } = this.page;
    this.slow?.close();
    if (state.replay) session.send('resume');
  }

  /** @param {FromWorker<'resumed'>} message */
  resumed({ step, total, digest }) {
    const { page, page: { state } } = this;
    for (const { undo } of state.history.truncate(step)) undo?.();
    Object.assign(state, { step, total, replay: undefined, last: state.history.recent() });
    page.run.finished = false;
    this.showDigest({ step, digest });
    this.changed();
    page.address.write();
    page.notices.tell(`Back at step ${step}, with network, optimiser and settings of that step: the same training goes on from here.`);
    page.mark('settings');
  }

  changed() {
    const { page } = this;
    page.picture.renew();
    page.mark('reports', 'transport');
    if (page.screen.current.panels) explain(page);
  }

  /**
   * The digest of a state; what address leads to it only if no setting was changed on the way.
   * @param {Keyframe} state
   */
  showDigest({ step, digest }) {
    const change = this.page.state.history.changes.findLast(({ undo }) => undo);
    const edited = change ? `, settings changed at step ${change.step}` : '';
    this.tell(`State at step ${step}: ${digest}${edited}`);
  }

  /**
   * The step after what is shown in slow motion, learning from energy or from examples.
   * @param {boolean} energy
   */
  async showNextStep(energy) {
    const { page } = this;
    if (page.state.running) page.run.play(false);
    const { SlowMotion } = await import('./map/slow-motion.js');
    this.slow ??= new SlowMotion(document.getElementById('slow-motion'), page);
    this.slow.open(energy);
  }
}
