// How many of the flow's layers the planes show: a slider, and an animation through all of them.

const LAYER_MS = 700;
const STEP_MS = 240;
const still = matchMedia('(prefers-reduced-motion: reduce)');
const ease = (t) => t * t * (3 - 2 * t);

export class LayerScrubber {
  /** @type {any} */
  layer;

  /** @type {any} */
  frame;

  /** Fills `root`; `choose(layer)` shows a number of layers, between two of them where it is no whole number. */
  constructor(root, choose) {
    this.choose = choose;
    this.at = this.most = 1;
    root.innerHTML = `
      <label for="layer">Layer</label>
      <input type="range" id="layer" min="0" max="1" value="1" step="any" aria-keyshortcuts="[ ]">
      <output id="layer-text" for="layer"></output>
      <button type="button" class="quiet" id="layer-play"></button>`;
    for (const name of ['layer', 'layer-text', 'layer-play']) this[name] = root.querySelector(`#${name}`);
    this.layer.addEventListener('input', () => {
      const at = Number(this.layer.value);
      this.halt();
      this.show(at);
    });
    // What the slider is left at is a whole layer: there places are exact.
    this.layer.addEventListener('change', () => this.glide(Math.round(Number(this.layer.value))));
    this.layer.addEventListener('keydown', (event) => {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.move(by);
    });
    this['layer-play'].addEventListener('click', () => this.play());
    still.addEventListener('change', () => this.update());
  }

  /** For a flow of so many layers, all of which are shown. */
  reset(layers) {
    this.stop();
    this.at = layers;
    this.most = layers;
    this.target = layers;
    this.layer.max = layers;
    this.update();
  }

  /** One layer further or back. */
  move(by) {
    const from = this.frame ? this.target : Math.round(this.at);
    this.glide(Math.min(this.most, Math.max(0, from + by)));
  }

  /** From the Gaussian to the end; with reduced motion one layer at a press. */
  play() {
    if (this.playing) return this.stop();
    if (still.matches) return this.move(this.at >= this.most ? -this.most : 1);
    this.playing = true;
    this.run(0, this.most, this.most * LAYER_MS, (t) => t);
  }

  glide(layer) {
    this.playing = false;
    if (still.matches) {
      this.target = layer;
      return this.show(layer);
    }
    this.run(this.at, layer, STEP_MS, ease);
  }

  run(from, to, milliseconds, pace) {
    cancelAnimationFrame(this.frame);
    this.target = to;
    let start;
    const next = (now) => {
      start ??= now;
      const t = Math.min(1, (now - start) / milliseconds);
      this.frame = t < 1 ? requestAnimationFrame(next) : undefined;
      if (t === 1) this.playing = false;
      this.show(from + (to - from) * pace(t));
    };
    this.frame = requestAnimationFrame(next);
    this.update();
  }

  halt() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.playing = false;
  }

  /** Stops at the nearest layer. */
  stop() {
    const wasPlaying = this.playing;
    this.halt();
    if (wasPlaying) this.show(Math.round(this.at));
    this.update();
  }

  show(layer) {
    this.at = layer;
    this.update();
    this.choose(layer);
  }

  update() {
    const { at, most } = this;
    const whole = Math.round(at) === at;
    const words = whole ? (at >= most ? `all ${most}` : `${at} of ${most}`) : `${Math.floor(at)} → ${Math.ceil(at)}`;
    this.layer.value = at;
    this.layer.setAttribute('aria-valuetext', whole ? `${words} layers` : `between layers ${Math.floor(at)} and ${Math.ceil(at)}`);
    if (this['layer-text'].textContent !== words) this['layer-text'].textContent = words;
    const label = this.playing ? '❚❚ Stop' : still.matches ? 'Next layer' : '▶ Through all';
    if (this['layer-play'].textContent !== label) this['layer-play'].textContent = label;
  }
}
