// The page's end of the worker. Messages are listed in worker.js.

/** One worker that trains; every start has a run number, and what belongs to an older run is dropped. */
export class Session {
  /** `compiling`: what settles to the engine as `compileEngine` gives it; the worker starts meanwhile. */
  constructor(compiling) {
    this.compiling = compiling;
    this.run = 0;
    this.asked = 0;
    this.waiting = new Map();
    this.open();
  }

  /** `on`: handlers by message type; what has failed by now is told at once. */
  connect(on) {
    this.on = on;
    if (this.failure) on.failed(this.failure);
  }

  open() {
    this.failure = undefined;
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }) => {
      if (data.run !== this.run) return;
      if (data.type === 'answer') this.settle(data);
      else this.on[data.type]?.(data);
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      const message = event.message ? `The worker stopped: ${event.message}.` : 'The worker could not be started.';
      this.failure = { code: 'worker', message, hint: 'Start over, or reload the page.' };
      this.on?.failed(this.failure);
    };
    const { worker } = this;
    // Where the engine does not compile nothing starts.
    this.compiling.then((compiled) => worker.postMessage({ type: 'load', compiled }), () => {});
  }

  /** Begins anew with these settings, and these samples to learn from if there are any; waits for `run`. */
  start(settings, samples) {
    this.run += 1;
    for (const { resolve } of this.waiting.values()) resolve();
    this.waiting.clear();
    this.send('start', { settings, samples });
  }

  /** Ends the worker whatever it is doing, and opens a new one. */
  replace() {
    this.worker.terminate();
    this.open();
  }

  /** Asks for something and waits for it; undefined if a newer run has begun meanwhile. */
  ask(type, content = {}) {
    const id = (this.asked += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send(type, { id, ...content });
    });
  }

  settle({ id, content, error }) {
    const { resolve, reject } = this.waiting.get(id) ?? {};
    this.waiting.delete(id);
    if (error) reject?.(Object.assign(new Error(error.message), error));
    else resolve?.(content);
  }

  send(type, content = {}) {
    this.worker.postMessage({ type, run: this.run, ...content });
  }
}
