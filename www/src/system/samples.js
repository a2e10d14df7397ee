// Samples that the visitor pastes, to learn from instead of walks. They stay in this tab: an address has no room for them.

/** More would make the page slow to start, fewer say nothing. */
const FEWEST = 8;
const MOST = 50_000;

/** Two columns of numbers: `{ x }` with the numbers of all lines one after the other, or `{ fault }` in one sentence. */
export function readSamples(text) {
  const x = [];
  let header = true;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const cells = line.trim().split(/\s*[,;\t]\s*|\s+/);
    if (cells.length === 1 && cells[0] === '') continue;
    const numbers = cells.map((cell) => (cell === '' ? NaN : Number(cell)));
    const first = header;
    header = false;
    // A first line of words names the columns.
    if (first && numbers.every(Number.isNaN)) continue;
    if (cells.length !== 2) return fault(i, `${cells.length} ${cells.length === 1 ? 'value' : 'values'}`);
    const wrong = numbers.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) return fault(i, cells[wrong] ? `“${cells[wrong].slice(0, 20)}”, which is not a number` : 'an empty value');
    x.push(...numbers);
  }
  const count = x.length / 2;
  if (count < FEWEST) return { fault: `There are ${count} samples; at least ${FEWEST} lines of two numbers are needed.` };
  if (count > MOST) return { fault: `There are ${count} samples; the page takes at most ${MOST}.` };
  return { x: Float64Array.from(x) };
}

const fault = (i, found) => ({ fault: `Line ${i + 1} holds ${found}; each line holds two numbers, such as 0.5, -1.2.` });

export class SamplesField {
  constructor(root, page) {
    this.page = page;
    root.innerHTML = `
      <details><summary>Learn from your own samples</summary>
        <label for="own-csv" class="effect">Two columns, one sample a line; CSV with or without names.</label>
        <textarea id="own-csv" rows="4" spellcheck="false" aria-describedby="own-csv-fault"></textarea>
        <p id="own-csv-fault" class="fault" role="status"></p>
        <div class="row"><button type="button" id="own-csv-use">Learn from these</button><button type="button" id="own-csv-drop" hidden>Back to walks</button></div>
      </details>`;
    this.parts = Object.fromEntries(['own-csv', 'own-csv-fault', 'own-csv-use', 'own-csv-drop'].map((name) => [name, root.querySelector(`#${name}`)]));
    this.parts['own-csv-use'].addEventListener('click', () => this.use());
    this.parts['own-csv-drop'].addEventListener('click', () => this.learnFrom(undefined));
  }

  use() {
    const { x, fault: words } = readSamples(this.parts['own-csv'].value);
    this.parts['own-csv-fault'].textContent = words ?? '';
    this.parts['own-csv'].setAttribute('aria-invalid', String(Boolean(words)));
    if (x) this.learnFrom(x);
  }

  /** Learns from pairs of numbers instead of walks, or from walks again. */
  learnFrom(samples) {
    const { page, page: { schema, state: { settings } } } = this;
    const w_ml = settings.w_ml || schema.of(settings.preset).defaults.w_ml;
    page.run.restart({ settings: samples ? { ...settings, w_ml } : settings, samples });
  }

  update() {
    const { samples } = this.page.run;
    this.parts['own-csv-drop'].hidden = !samples;
    if (samples) this.parts['own-csv-fault'].textContent = `Learning from ${samples.length / 2} samples of yours; they stay in this tab.`;
    else if (!this.parts['own-csv'].getAttribute('aria-invalid')?.includes('true')) this.parts['own-csv-fault'].textContent = '';
  }
}
