// The last runs, kept by the browser: their settings, how they went, and their parameters.

const KEY = 'boltzflow-runs';
const MOST = 8;

/** The runs, newest first. `problem` says in words why they last only as long as the page. */
export class Records {
  constructor(storage = () => localStorage) {
    this.storage = storage;
    this.problem = '';
    this.list = this.read();
  }

  read() {
    try {
      const list = JSON.parse(this.storage().getItem(KEY) ?? '[]');
      return Array.isArray(list) ? list.filter(isRecord).slice(0, MOST) : [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) this.problem = 'This browser keeps nothing for this page: the runs last as long as the page is open.';
      return [];
    }
  }

  /** Puts a run first, in place of what was known of it; those that other tabs have kept meanwhile stay. */
  put(record) {
    const known = new Map(this.list.map((other) => [other.id, other]));
    const kept = this.read();
    const others = [...kept.map((other) => known.get(other.id) ?? other), ...this.list.filter(({ id }) => !kept.some((other) => other.id === id))];
    this.list = [record, ...others.filter(({ id }) => id !== record.id)].slice(0, MOST);
    this.write();
  }

  write() {
    // Parameters are large: where there is no room for all, the oldest runs go without, and restoring one trains it anew.
    for (let kept = this.list.length; kept >= 0; kept--) {
      try {
        this.storage().setItem(KEY, JSON.stringify(this.list.map((record, i) => (i < kept ? record : { ...record, theta: undefined }))));
        this.problem = kept < this.list.length ? `The storage is full: only the newest ${kept} runs keep their parameters after the page is closed.` : '';
        return;
      } catch { /* fewer, or none */ }
    }
    this.problem = 'The storage is full or switched off: the runs last as long as the page is open.';
  }
}

const isRecord = (record) => typeof record?.id === 'string' && typeof record.hash === 'string' && Array.isArray(record.curve);

/** Numbers of single precision as a text and back, to the last bit. */
export function packed(theta) {
  const bytes = new Uint8Array(theta.buffer, theta.byteOffset, theta.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

export function unpacked(text) {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}
