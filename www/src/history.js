// The reports of a run as columns, thinned so that a long run stays quick to draw.

const MOST = 800;
const RECENT = 25;
/** Steps between two changes of a setting that are told as one. */
const DRAG = 50;
/** Rows on each side of a step that is looked back at. */
const NEAR = 8;

export class History {
  constructor() {
    this.every = 1;
    /** Reports as web/src/training.rs gives them: `{ step, kl, nll, … }`. */
    this.rows = [];
    this.tail = [];
    /** Interventions `{ step, what, before?, after?, undo? }`: settings changed while training, blow-ups. */
    this.changes = [];
  }

  note(change) {
    this.changes.push(change);
  }

  /** Interventions in words, `{ step, words }`; a slider that is dragged makes one of many. */
  get interventions() {
    const told = [];
    for (const { step, what, before, after } of this.changes) {
      const last = told.at(-1);
      if (last?.what === what && step - last.until <= DRAG) Object.assign(last, { after, until: step });
      else told.push({ step, until: step, what, before, after });
    }
    return told.map(({ step, what, before, after }) => ({ step, words: after === undefined ? what : `${what} ${before} → ${after}` }));
  }

  /** Forgets what came after a step; the interventions that are undone, the last one first. */
  truncate(step) {
    const later = (row) => row.step > step;
    this.rows = this.rows.filter((row) => !later(row));
    this.tail = this.rows.slice(-RECENT);
    const undone = this.changes.filter((change) => change.step >= step).reverse();
    this.changes = this.changes.filter((change) => change.step < step);
    return undone;
  }

  /** Takes reports; `{ at, to }` if one of them tells of a rewind. */
  add(reports) {
    let rewound;
    for (const row of reports) {
      if (!Number.isNaN(row.rewound)) {
        rewound = { at: row.step, to: row.rewound };
        continue;
      }
      this.tail.push(row);
      if (row.step % this.every === 0) this.rows.push(row);
    }
    this.tail = this.tail.slice(-RECENT);
    if (this.rows.length > MOST) {
      this.every *= 2;
      this.rows = this.rows.filter(({ step }) => step % this.every === 0);
    }
    return rewound;
  }

  /** Medians over the last steps: single batches jitter. */
  recent() {
    return medians(this.tail);
  }

  /** Medians over the rows next to a step. */
  around(step) {
    const at = this.rows.findIndex((row) => row.step >= step);
    return medians(this.rows.slice(Math.max(0, at - NEAR), at + NEAR + 1));
  }

  get step() { return this.column('step'); }

  get kl() { return this.column('kl'); }

  get nll() { return this.column('nll'); }

  column(name) {
    return Float64Array.from(this.rows, (row) => row[name]);
  }
}

function medians(rows) {
  return Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, median(rows.map((row) => row[name]))]));
}

function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : NaN;
}
