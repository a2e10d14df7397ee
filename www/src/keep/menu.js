// Save and share: the link, figures, samples, the model, and code that does the same.
import { wordsOf } from '../settings.js';
import { count } from '../words.js';
import { javascript, recipe, rust } from './code.js';
import { figures, pngOf, svgOf } from './figure.js';
import { modelFile, openModel, readModel } from './model.js';
import { WRITERS } from './samples.js';

const COUNTS = [1000, 10_000, 100_000];

export class KeepMenu {
  /** @type {any} */
  dialog;

  /** @type {any} */
  shown;

  constructor(page) {
    this.page = page;
    this.dialog = document.getElementById('keep');
    this.dialog.innerHTML = `
      <h2 id="keep-title">Save and share</h2>
      <p class="caption" id="keep-source"></p>
      <section><h3>Link</h3><p class="row"><button type="button" id="keep-link">Copy link</button> <span class="caption">It holds every setting that differs from the default, and the seed.</span></p></section>
      <section><h3>Figure</h3><p class="row"><label>Figure <select id="keep-figure"></select></label> <button type="button" id="keep-png">PNG</button> <button type="button" id="keep-svg">SVG</button></p></section>
      <section class="of-samples"><h3>Samples with log-weights</h3><p class="row"><label class="of-run">Draws <select id="keep-count">${COUNTS.map((n) => `<option value="${n}">${count(n)}</option>`).join('')}</select></label> ${Object.keys(WRITERS).map((kind) => `<button type="button" id="keep-${kind}">.${kind}</button>`).join(' ')}</p></section>
      <section><h3>Model</h3><p class="row"><button type="button" id="keep-model" class="of-run">Save .safetensors</button> <label class="file">Open a model <input type="file" id="keep-open-model" accept=".safetensors"></label></p>
      <p class="caption of-run">The native program opens it, too: <code>boltzflow analyze FILE</code>.</p></section>
      <section class="of-run"><h3>Code that does the same</h3><p class="row"><button type="button" id="keep-javascript">JavaScript</button> <button type="button" id="keep-rust">Rust</button> <button type="button" id="keep-copy" hidden>Copy code</button></p>
      <textarea id="keep-code" rows="12" readonly hidden spellcheck="false" aria-label="Code"></textarea></section>
      <p id="keep-told" role="status"></p>
      <form method="dialog"><button class="primary" autofocus>Close</button></form>`;
    const on = (name, act, event = 'click') => this.find(name).addEventListener(event, (given) => this.attempt(() => act(given)));
    on('link', () => this.copy(location.href, 'The link is copied.'));
    for (const kind of ['png', 'svg']) on(kind, () => this.figure(kind));
    for (const kind of Object.keys(WRITERS)) on(kind, () => this.samples(kind));
    on('model', () => this.model());
    on('open-model', ({ target }) => this.openModel(target), 'change');
    on('javascript', () => recipe(page).then((made) => this.code(javascript(made))));
    on('rust', () => recipe(page).then((made) => this.code(rust(made, page.engine.version()))));
    on('copy', () => this.copy(this.find('code').value, 'The code is copied.'));
  }

  find(name) { return this.dialog.querySelector(`#keep-${name}`); }

  open() {
    if (this.dialog.open) return;
    this.shown = figures();
    this.find('figure').replaceChildren(...this.shown.map(({ title }, i) => new Option(title, String(i))));
    const { state } = this.page;
    const hasRun = Boolean(this.isRun && state.system);
    for (const element of this.dialog.querySelectorAll('.of-run')) element.hidden = !hasRun;
    this.dialog.querySelector('.of-samples').hidden = !hasRun && !this.particles;
    this.find('source').textContent = this.source;
    this.find('code').hidden = true;
    this.find('copy').hidden = true;
    this.tell('');
    this.dialog.showModal();
  }

  /** The view shows the run that trains, not the dimer. */
  get isRun() { return this.page.screen.current.trains; }

  /** The step that is shown, which is what is kept. */
  get step() {
    const { replay, step } = this.page.state;
    return replay?.step ?? step;
  }

  /** The draws that the dimer's view shows, as the engine gives samples. */
  get particles() {
    const { screen: { current }, views: { dimer } } = this.page;
    const { batch, system } = dimer?.state ?? {};
    return current.name === 'dimer' && batch ? { dim: system.dim, ...batch } : undefined;
  }

  /** Where everything that is kept comes from, in a line. */
  get source() {
    const { page } = this;
    const { settings } = page.state;
    const what = this.isRun ? `${settings.preset}, seed ${settings.seed}, step ${count(this.step)}` : 'dimer';
    const hash = page.schema.write(settings);
    return `boltzflow ${page.engine.version()}: ${what}${hash ? `, #${hash}` : ''}`;
  }

  /** The begin of the names of files. */
  get stem() {
    const { page: { state: { settings } } } = this;
    return this.isRun ? `${settings.preset}-seed${settings.seed}-step${this.step}` : 'dimer';
  }

  tell(words, level = 'info') {
    const line = this.find('told');
    line.textContent = words;
    line.dataset.level = level;
  }

  async attempt(act) {
    try {
      await act();
    } catch (error) {
      this.tell(wordsOf(error), 'bad');
    }
  }

  async copy(text, words) {
    try {
      await navigator.clipboard.writeText(text);
      this.tell(words);
    } catch {
      this.tell('This browser does not let the page copy: copy the address or the code yourself.', 'caution');
    }
  }

  async figure(kind) {
    const { page } = this;
    const chosen = this.shown[Number(this.find('figure').value)];
    if (!chosen) throw new Error('There is no figure on the screen now.');
    const drawn = await svgOf(chosen, () => page.screen.drawAnew(), page.colours, this.source);
    const blob = kind === 'svg' ? new Blob([drawn.svg], { type: 'image/svg+xml' }) : await pngOf(drawn);
    this.save(blob, `${this.stem}-${chosen.section.id}.${kind}`);
  }

  async samples(kind) {
    const samples = this.particles ?? await this.page.session.ask('samples', { count: Number(this.find('count').value) });
    if (samples) this.save(WRITERS[kind](samples, this.source), `${this.stem}.${kind}`);
  }

  async model() {
    const { page } = this;
    const { settings } = page.state;
    const model = await page.session.ask('model');
    if (!model) return;
    const bytes = await modelFile(model, settings);
    this.save(new Blob([bytes], { type: 'application/octet-stream' }), `${this.stem}.safetensors`);
  }

  async openModel(input) {
    const { page } = this;
    const [file] = input.files;
    if (!file) return;
    input.value = '';
    const model = await readModel(page, file.name, new Uint8Array(await file.arrayBuffer()));
    openModel(page, model);
    this.dialog.close();
    page.notices.tell(`${file.name} is open, at step ${count(model.step)}. Its optimiser starts afresh if you train on.`);
  }

  code(text) {
    if (this.page.state.opened) throw new Error('This run began with a model from a file, which no code can repeat: reset it first.');
    Object.assign(this.find('code'), { value: text, hidden: false });
    this.find('copy').hidden = false;
    this.tell(`It ends with the digest of step ${count(this.page.state.step)}, on machines that compute the same bits.`);
  }

  save(blob, name) {
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.tell(`${name}, ${count(Math.ceil(blob.size / 1000))} kB.`);
  }
}
