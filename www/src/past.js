// The past of a run: what is shown instead of the present, how it goes on from there, and its next step in slow motion.

const $ = (name) => document.getElementById(name);

export class Past {
  /** `page`: the state, the session and the picture that follow; `tell(words)` shows the digest of what is shown. */
  constructor(page, tell) {
    Object.assign(this, { page, tell });
  }

  /** Shows the run as it was: at the keyframe nearest to a step, the last before it (`direction` −1) or the first after it (1). */
  replay(step, direction) {
    const { state, session } = this.page;
    if (!state.system) return;
    state.running = false;
    this.slow?.close();
    session.send('replay', { step, direction });
  }

  /** Shows one keyframe back or forward; after the last one comes the present. */
  lookBack(by) {
    const { replay, step } = this.page.state;
    if (by < 0 || replay) this.replay(replay?.step ?? step, by);
  }

  present() {
    this.replay(NaN, 0);
  }

  /** The worker shows a keyframe from now on, or else the present. */
  replayed({ shown, present }) {
    this.page.state.replay = shown;
    this.showDigest(shown ?? present);
    this.changed();
  }

  /** One keyframe back or forward, or one stage of slow motion; false if neither is to be seen. */
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

  resumed({ step, total, digest }) {
    const { page, page: { state } } = this;
    for (const { undo } of state.history.truncate(step)) undo?.();
    Object.assign(state, { step, total, replay: undefined, last: state.history.recent() });
    page.finished = false;
    this.showDigest({ step, digest });
    this.changed();
    page.writeAddress();
    page.tell(`Back at step ${step}, with network, optimiser and settings of that step: the same training goes on from here.`);
    page.mark('settings');
  }

  changed() {
    const { page } = this;
    page.picture.renew();
    page.mark('reports', 'transport');
    page.explain();
  }

  /** The digest of a state; what address leads to it only if no setting was changed on the way. */
  showDigest({ step, digest }) {
    const change = this.page.state.history.changes.findLast(({ undo }) => undo);
    const edited = change ? `, settings changed at step ${change.step}` : '';
    this.tell(`State at step ${step}: ${digest}${edited}`);
  }

  /** The step after what is shown in slow motion, learning from energy or from examples. */
  async showNextStep(energy) {
    const { page } = this;
    if (page.state.running) page.play(false);
    const { SlowMotion } = await import('./map/slow-motion.js');
    this.slow ??= new SlowMotion($('slow-motion'), page);
    this.slow.open(energy);
  }
}
