// What the scripts believe of the engine's modules, and what they are.
import { test } from 'node:test';
import { compareTypings } from './typings.mjs';

for (const [module, kept] of [['glue', 'engine.d.ts'], ['views', 'engine-views.d.ts'], ['files', 'engine-files.d.ts']]) {
  test(`www/src/${kept} says what the page's module has`, () => compareTypings(`www/pkg/${module}.d.ts`, kept));
}
// The second module has a Training and a Share, too.
test('the modules agree about what both have', () => compareTypings('www/pkg/views.d.ts', 'engine.d.ts', (name) => /^(Training|Share)\./.test(name)));
