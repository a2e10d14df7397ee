// The page's end of the worker. Messages are listed in worker.js.

/** One worker that trains; every start has a run number, and what belongs to an older run is dropped. */
export class Session {
  /** `compiled`: the engine as `compileEngine` gives it; `on`: handlers by message type. */
  constructor(compiled, on) {
    this.compiled = compiled;
    this.on = on;
    this.run = 0;
    this.asked = 0;
    this.waiting = new Map();
    this.open();
  }

  open() {
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }) => {
      if (data.run !== this.run) return;
      if (data.type === 'answer') this.settle(data);
      else this.on[data.type]?.(data);
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      const message = event.message ? `The worker stopped: ${event.message}.` : 'The worker could not be started.';
      this.on.failed({ code: 'worker', message, hint: 'Start over, or reload the page.' });
    };
    this.worker.postMessage({ type: 'load', compiled: this.compiled });
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
