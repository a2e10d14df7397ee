// A host for the folder that `cargo xtask page` writes, as any that sends files as they are.
import assert from 'node:assert/strict';
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.svg': 'image/svg+xml' };

/** Serves the published page below a path: `{ address, requests, close() }`, where `requests` collects the paths that are asked for. */
export async function publishedPage(below = '/') {
  const folder = process.env.BOLTZFLOW_PUBLISHED ?? 'target/page';
  assert.ok(existsSync(join(folder, 'index.html')), `${folder} holds no page: run \`cargo xtask page\``);
  const requests = [];
  const host = createServer(({ url }, response) => {
    const { pathname } = new URL(url, 'http://host');
    requests.push(pathname);
    const file = join(folder, pathname.slice(below.length) || 'index.html');
    if (!pathname.startsWith(below) || !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    return createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => { host.listen(0, '127.0.0.1', resolve); });
  const close = () => new Promise((resolve) => {
    host.close(resolve);
    host.closeAllConnections();
  });
  return { address: `http://127.0.0.1:${host.address().port}${below}`, requests, close };
}
