// The trained flow of the dimer: from its file, or as another worker has it by now.
import { loadFiles } from '../files.js';
/** @import { Failure, Files, Views } from '../types.d.ts' */

/**
 * What it is made from: settings as texts, the bias that it learnt with, and all its numbers.
 * @typedef {{ keys: string[], values: string[], bias: Float64Array, theta: Float32Array }} Source
 */

const PUBLISH = 'Publish the whole folder of the page, with assets; `cargo xtask checkpoint` makes the file anew.';
const RELOAD = 'Reload the page; if it happens again the file on the server is damaged, and `cargo xtask checkpoint` makes it anew.';

/**
 * @param {string} message
 * @param {string} [hint]
 * @param {unknown} [cause]
 */
const failure = (message, hint = RELOAD, cause) => Object.assign(new Error(message, { cause }), { code: 'checkpoint', hint });

/**
 * The source of a file, and what it tells of itself: `{ source, about }`.
 * @param {string} url
 */
export async function fetchFlow(url) {
  const response = await fetch(url).catch((cause) => {
    throw failure(`The trained flow could not be fetched from ${url}.`, 'Check the connection and try again.', cause);
  });
  if (!response.ok) throw failure(`The server answered ${response.status} for the trained flow ${url}.`, PUBLISH);
  return readFlow(await loadFiles(), new Uint8Array(await response.arrayBuffer()));
}

/**
 * The same of the bytes of a file; `about` holds its metadata, its reference values and its size in bytes.
 * @param {Files} files
 * @param {Uint8Array} bytes
 * @returns {{ source: Source, about: Record<string, any> }}
 */
export function readFlow(files, bytes) {
  try {
    const file = new files.ModelFile(bytes);
    const [{ theta, bias }, settings, about] = [file.model(), file.settings(), file.about()];
    file.free();
    if (!settings) throw failure('The file of the trained flow is of a system that this page does not have.');
    const reference = about.reference && JSON.parse(about.reference);
    return { source: { keys: Object.keys(settings), values: Object.values(settings), bias, theta }, about: { ...about, reference, bytes: bytes.length } };
  } catch (error) {
    const { code, message } = /** @type {Failure} */ (error);
    if (code !== 'checkpoint') throw error;
    throw failure(message.replace(/^the checkpoint/, 'The file of the trained flow'), RELOAD, error);
  }
}

/**
 * The flow of a source.
 * @param {Views} engine
 * @param {Source} source
 */
export const openFlow = (engine, { keys, values, bias, theta }) => new engine.Pretrained(keys, values, bias, theta);
