// What a page fetches up to its first step of training, and how large that is on the wire.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** The bytes of a file as a static host sends it, with either compression at its best. */
export function compressed(bytes) {
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  return { brotli: brotli.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

/** Opens an address and returns `[{ name, raw, brotli, gzip }]` of all that was asked for before the first step of training was told. */
export async function transferred(page, address) {
  const answers = [];
  const note = (response) => response.url().startsWith('data:') || answers.push(response);
  page.on('response', note);
  await page.goto(address);
  await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 0);
  page.off('response', note);
  // What was asked for between that step and now does not count.
  const later = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ startTime }) => startTime > globalThis.boltzflowPage.firstStep).map(({ name }) => name));
  // The page and its worker ask for some files both; the second time the browser has them.
  const first = answers.filter((answer) => !later.includes(answer.url())).filter((answer, i, all) => all.findIndex((other) => other.url() === answer.url()) === i);
  return Promise.all(first.map(async (answer) => {
    const bytes = await answer.body();
    return { name: new URL(answer.url()).pathname, raw: bytes.length, ...compressed(bytes) };
  }));
}

/** The sum of one column. */
export const total = (files, column) => files.reduce((sum, file) => sum + file[column], 0);
