// The trained flow of the dimer: from its file, or as another worker has it by now.
//
// Its source is { bytes, settings?, blocks? }: the bytes of the file, settings beside its own, and all its numbers where they are no longer those of the file.

const PUBLISH = 'Publish the whole folder of the page, with assets; `cargo xtask checkpoint` makes the file anew.';
const RELOAD = 'Reload the page; if it happens again the file on the server is damaged, and `cargo xtask checkpoint` makes it anew.';

const failure = (message, hint, cause) => Object.assign(new Error(message, { cause }), { code: 'checkpoint', hint });

/** The bytes of a file. */
export async function fetchFlow(url) {
  const response = await fetch(url).catch((cause) => {
    throw failure(`The trained flow could not be fetched from ${url}.`, 'Check the connection and try again.', cause);
  });
  if (!response.ok) throw failure(`The server answered ${response.status} for the trained flow ${url}.`, PUBLISH);
  return new Uint8Array(await response.arrayBuffer());
}

/** The flow of a source. */
export function openFlow(engine, { bytes, settings = {}, blocks }) {
  try {
    const flow = new engine.Pretrained(bytes, Object.keys(settings), Object.values(settings).map(String));
    if (blocks) flow.put_blocks(blocks);
    return flow;
  } catch (error) {
    if (error.code !== 'checkpoint') throw error;
    throw failure(error.message.replace(/^the checkpoint/, 'The file of the trained flow'), RELOAD, error);
  }
}

/** What the file of a flow tells of itself: its metadata, its reference values and its size in bytes. */
export function aboutFlow(flow, { bytes }) {
  const about = flow.about();
  return { ...about, reference: about.reference && JSON.parse(about.reference), bytes: bytes.length };
}
