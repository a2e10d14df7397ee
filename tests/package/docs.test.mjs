// The JavaScript of README.md and of the book runs in a project that has the package.
// The package's own README is tested by install.test.mjs.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inProject, run } from './project.mjs';

const documents = ['README.md', ...readdirSync('docs', { recursive: true }).filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];

for (const document of documents) {
  const blocks = [...readFileSync(document, 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
  if (!blocks.length) continue;
  test(`the JavaScript of ${document} runs`, async () => {
    const files = Object.fromEntries(blocks.map((code, i) => [`block-${i + 1}.js`, code]));
    await inProject(files, (root) => {
      for (const file of Object.keys(files)) assert.equal(typeof run(process.execPath, [file], root), 'string');
    });
  });
}
