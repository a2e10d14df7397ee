// Models as files, which the native program opens, too; and the settings of a run as what differs from its preset.
import { isList, ofPage, texts } from '../settings.js';
import { loadFiles } from '../files.js';

/** The bytes of a file. `model`: as the engine gives it. */
export async function modelFile({ theta, step, training_evaluations: training, data_evaluations: data }, settings) {
  const files = await loadFiles();
  return files.model_file(...texts(settings), new Float64Array(), theta, step, training, data);
}

/** What a file holds, for `openModel`; an error in a sentence where this page cannot train it. */
export async function readModel(page, name, bytes) {
  const files = await loadFiles();
  const file = new files.ModelFile(bytes);
  try {
    const changes = file.settings(page.schema.presets.map((preset) => preset.name));
    if (!changes) throw new Error(`${name} holds a flow of “${file.system()}”, which this page does not train.`);
    const { theta, digest, step, training_evaluations: evaluations, bias } = file.model();
    if (bias.length) throw new Error(`${name} holds a flow of a biased target, which this page does not train.`);
    const { settings, complaints } = page.schema.read(`#${new URLSearchParams(changes)}`);
    if (complaints.length) throw new Error(`${name} does not fit this page: ${complaints.join(' ')}`);
    return { settings, theta, digest, step, evaluations };
  } finally {
    file.free();
  }
}

/**
 * Begins a run from a model `{ settings, theta, digest, step, evaluations }`, or from its settings alone; it does not train before
 * it is told to.
 */
export function openModel(page, { settings, ...model }) {
  const { screen, state } = page;
  const { trains } = screen.current;
  const opened = model.theta && model;
  page.run.restart({ settings: { ...settings, ...ofPage(state.settings), ...(!trains && { view: 'lab' }) }, samples: undefined, train: false, opened });
  if (!trains) screen.show();
}

/**
 * What has to be said of these settings beside their preset, as values that are numbers, lists of numbers or texts:
 * `{ preset, settings, parameters, seed }`, where `parameters` are those of the energy.
 */
export function changesOf(schema, all) {
  const { preset, seed } = all;
  const { specs } = schema.of(preset);
  const found = { preset, settings: {}, parameters: {}, seed };
  for (const key of schema.said(all)) {
    const spec = specs.get(key);
    if (!spec.group) continue;
    const isText = typeof all[key] === 'string';
    found[spec.group === 'system' ? 'parameters' : 'settings'][key] = isText && isList(spec) ? all[key].split(',').map(Number) : all[key];
  }
  return found;
}
