// The engine's surface in www/src/engine.d.ts against what is generated with the modules: names, arguments, and whether something is returned.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** `{ 'Class.method': 'arguments', 'function': … }` of typings without comments; a property has no arguments. */
function surface(file) {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const found = new Map();
  const note = (name, args) => found.set(name, args?.replaceAll(/Float64Array \| number\[\]/g, 'Numbers').trim());
  for (const [, name, args] of text.matchAll(/^export function (\w+)\((.*?)\):/gm)) note(name, args);
  for (const [, name, body] of text.matchAll(/^export class (\w+)[^{]*\{([\s\S]*?)^\}/gm)) {
    for (const [, method, args] of body.matchAll(/^\s+(?:static )?(\w+)\((.*?)\)[:;]/gm)) note(`${name}.${method}`, args);
    for (const [, property] of body.matchAll(/^\s+readonly (\w+):/gm)) note(`${name}.${property}`);
  }
  return found;
}

/** Asserts that the generated typings hold what the kept ones say; `only` leaves out what another build has. */
export function compareTypings(generated, only = () => true) {
  const made = surface(generated);
  const kept = [...surface('www/src/engine.d.ts')].filter(([name]) => only(name));
  assert.ok(made.size > 20 && kept.length > 20, `${made.size} generated, ${kept.length} kept`);
  for (const [name, args] of kept) {
    assert.ok(made.has(name), `${name} is not generated any more: www/src/engine.d.ts must follow`);
    assert.equal(args, made.get(name), `arguments of ${name}`);
  }
}
