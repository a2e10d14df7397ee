// What the visitor sets: checked, told, and applied to the run or to another one.
import { checked, ofPage, reset } from '../settings.js';
/** @import { Page, Settings } from '../types.d.ts' */
/** @import { FromWorker } from '../messages.d.ts' */

/**
 * Settings that take effect while training goes on; every other one starts anew.
 * @type {Record<string, string>}
 */
const LIVE = { w_ml: 'weight of examples', w_kl: 'weight of energy', learning_rate: 'learning rate' };
/** Examples for a run that has none: walks, one in each of two wells, and how much they weigh. */
const CHAINS = 2;
const WEIGHT = 6;
const WITH_EXAMPLES = 'Started anew, with examples from two short chains, one in each well.';

export class Controls {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * One setting as a text from a control or a key.
   * @param {string} key
   * @param {string} text
   */
  change(key, text) {
    this.changeAll({ [key]: text });
  }

  /**
   * Settings that belong together, as texts.
   * @param {Record<string, string>} texts
   */
  changeAll(texts) {
    const { notices, schema, state: { settings } } = this.page;
    const { specs } = schema.of(settings.preset);
    const complaints = [];
    /** @type {Record<string, any>} */
    const changes = {};
    for (const [key, text] of Object.entries(texts)) {
      const spec = specs.get(key);
      if (!spec) continue;
      const { value, complaint } = checked(spec, text, settings[key]);
      if (complaint) complaints.push(complaint);
      if (value === settings[key]) continue;
      changes[key] = value;
      reset(changes, spec, (other) => other in texts);
    }
    const asked = Object.keys(changes).length > 0 ? this.put(changes) : '';
    if (asked) complaints.push(asked);
    notices.complain(complaints);
    // A control shows what the run has, whatever it was given.
    this.page.mark('settings');
  }

  /**
   * Applies settings that are allowed one by one; a sentence if together they are not.
   * @param {Record<string, any>} changes
   */
  put(changes) {
    const { page, page: { session, state, state: { settings } } } = this;
    const wanted = { ...settings, ...changes };
    const weights = [...page.schema.of(settings.preset).specs.values()].filter(({ group }) => group === 'objective');
    if (weights.every((weight) => wanted[weight.key] === 0)) return 'There must be something to learn from: one of the weights stays above zero.';
    const lacksExamples = !page.run.samples && wanted.w_ml > 0 && wanted.example_chains === 0;
    if (lacksExamples && !('w_ml' in changes)) return 'Without chains there are no examples; set “Learn from examples” to 0 first.';
    if (lacksExamples) wanted.example_chains = CHAINS;
    const keys = Object.keys(changes);
    const [key] = keys;
    const isLive = keys.length === 1 && key in LIVE && state.step > 0 && (key !== 'w_ml' || state.system?.has_examples);
    if (key === 'speed' || isLive) {
      const before = settings[key];
      settings[key] = wanted[key];
      if (isLive) session.send('adjust', { key, value: String(wanted[key]), before });
      else if (state.running) page.run.play(true);
      page.address.write();
      return '';
    }
    const refusal = page.schema.refusal(wanted);
    if (refusal) return refusal;
    page.run.restart({ settings: wanted });
    if (lacksExamples) page.notices.tell(WITH_EXAMPLES);
    return '';
  }

  /**
   * A setting has been changed while training.
   * @param {FromWorker<'adjusted'>} message
   */
  adjusted({ step, key, value, before }) {
    const { page, page: { state } } = this;
    const undo = () => { state.settings[key] = before; };
    state.history.note({ step, what: LIVE[key], before, after: value, undo });
    page.mark('reports');
  }

  /**
   * A preset with some settings changed, at the present seed; starts anew unless it is what runs.
   * @param {string} preset
   * @param {Partial<Settings>} [changes]
   */
  adopt(preset, changes = {}) {
    const { page, page: { schema, state } } = this;
    const wanted = { ...schema.of(preset).defaults, ...changes, seed: state.settings.seed, ...ofPage(state.settings) };
    if (schema.write(wanted) === schema.write(state.settings)) return;
    page.run.restart({ settings: wanted, ...(preset !== state.settings.preset && { samples: undefined }) });
  }

  /** Examples for a run that has none: that is another run. */
  addExamples() {
    const { settings } = this.page.state;
    this.page.run.restart({ settings: { ...settings, w_ml: WEIGHT, example_chains: Math.max(settings.example_chains, CHAINS) } });
    this.page.notices.tell(WITH_EXAMPLES);
  }

  newSeed() {
    this.change('seed', String(1 + Math.floor(Math.random() * 99_998)));
  }

  /** Nothing of the run differs from the default page's. */
  get isUntouched() {
    const { schema, state: { settings } } = this.page;
    const usual = schema.of(schema.presets[0].name).defaults;
    return schema.write({ ...usual, ...ofPage(settings) }) === schema.write(settings);
  }
}
