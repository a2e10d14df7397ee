// The page's modules are asked for at once, not as one after the other is found in the one before.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';

/** The files that a module imports before it runs, those of its imports included. */
function imported(file, found = new Set()) {
  const text = readFileSync(`www/${file}`, 'utf8');
  for (const [, path] of text.matchAll(/^(?:import|export) (?:[^'"]*? from )?'(\.[^']+)';/gm)) {
    const other = posix.join(posix.dirname(file), path);
    if (found.has(other)) continue;
    found.add(other);
    imported(other, found);
  }
  return found;
}

test('index.html preloads what page.js imports, and nothing else', () => {
  const html = readFileSync('www/index.html', 'utf8');
  const preloaded = [...html.matchAll(/<link rel="modulepreload" href="(.+?)">/g)].map(([, href]) => href);
  const scripts = [...html.matchAll(/<script type="module"[^>]* src="(.+?)">/g)].map(([, src]) => src);
  // The engine's own module is imported by name when it has been compiled: page.js waits for it before all else.
  const wanted = [...imported('src/page.js'), 'pkg/glue.js'].filter((file) => !scripts.includes(file));
  assert.deepEqual(preloaded.toSorted(), wanted.toSorted());
});
