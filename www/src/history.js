// The reports of a run as columns, thinned so that a long run stays quick to draw.

/** Columns of a report as web/src/engine writes them. */
export const COLUMNS = ['step', 'kl', 'nll', 'u', 's', 'f', 'rate', 'rewound'];
const MOST = 800;
const RECENT = 25;

export class History {
  constructor() {
    this.every = 1;
    this.rows = [];
    this.tail = [];
  }

  /** Takes rows of `COLUMNS`; `{ at, to }` if one of them tells of a rewind. */
  add(values) {
    let rewound;
    for (let i = 0; i < values.length; i += COLUMNS.length) {
      const row = Object.fromEntries(COLUMNS.map((name, k) => [name, values[i + k]]));
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
    return Object.fromEntries(COLUMNS.map((name) => [name, median(this.tail.map((row) => row[name]))]));
  }

  get step() { return this.column('step'); }

  get kl() { return this.column('kl'); }

  get nll() { return this.column('nll'); }

  column(name) {
    return Float64Array.from(this.rows, (row) => row[name]);
  }
}

function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : NaN;
}
