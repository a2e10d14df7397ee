// The trained flow of the dimer: from its file, or as another worker has it by now.
//
// Its source is { keys, values, tilt, theta }: settings as texts, the bias that it learnt with, and all its numbers.
import { loadFiles } from '../files.js';

const PUBLISH = 'Publish the whole folder of the page, with assets; `cargo xtask checkpoint` makes the file anew.';
const RELOAD = 'Reload the page; if it happens again the file on the server is damaged, and `cargo xtask checkpoint` makes it anew.';

const failure = (message, hint, cause) => Object.assign(new Error(message, { cause }), { code: 'checkpoint', hint });

/** The source of a file, and what it tells of itself: `{ source, about }`. */
export async function fetchFlow(url) {
  const response = await fetch(url).catch((cause) => {
    throw failure(`The trained flow could not be fetched from ${url}.`, 'Check the connection and try again.', cause);
  });
  if (!response.ok) throw failure(`The server answered ${response.status} for the trained flow ${url}.`, PUBLISH);
  return readFlow(await loadFiles(), new Uint8Array(await response.arrayBuffer()));
}

/** The same of the bytes of a file; `about` holds its metadata, its reference values and its size in bytes. */
export function readFlow(files, bytes) {
  try {
    const file = new files.ModelFile(bytes);
    const [{ theta, tilt }, settings, about] = [file.model(), file.settings(), file.about()];
    file.free();
    const reference = about.reference && JSON.parse(about.reference);
    return { source: { keys: Object.keys(settings), values: Object.values(settings), tilt, theta }, about: { ...about, reference, bytes: bytes.length } };
  } catch (error) {
    if (error.code !== 'checkpoint') throw error;
    throw failure(error.message.replace(/^the checkpoint/, 'The file of the trained flow'), RELOAD, error);
  }
}

/** The flow of a source. */
export const openFlow = (engine, { keys, values, tilt, theta }) => new engine.Pretrained(keys, values, tilt, theta);
