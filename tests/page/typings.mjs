// The surface of the engine's modules in www/src/engine*.d.ts against what is generated with them: names, arguments, and whether something is returned.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** `{ 'Class.method': 'arguments', 'function': … }` of typings without comments, with `: void` where nothing is returned; a property has no arguments. */
function surface(file) {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const found = new Map();
  const note = (name, args, returned = '') => {
    const given = args?.replaceAll(/Float64Array \| number\[\]/g, 'Numbers').trim();
    found.set(name, returned.trim() === 'void' ? `${given}: void` : given);
  };
  for (const [, name, args, returned] of text.matchAll(/^export function (\w+)\((.*?)\):(.*?);/gm)) note(name, args, returned);
  for (const [, name, body] of text.matchAll(/^export class (\w+)[^{]*\{([\s\S]*?)^\}/gm)) {
    for (const [, method, args, returned] of body.matchAll(/^\s+(?:static )?(\w+)\((.*?)\)(?::(.*?))?;/gm)) note(`${name}.${method}`, args, returned);
    for (const [, property] of body.matchAll(/^\s+readonly (\w+):/gm)) note(`${name}.${property}`);
  }
  return found;
}

/** Asserts that the generated typings hold what those kept in www/src say; `only` leaves out what another build has. */
export function compareTypings(generated, kept, only = () => true) {
  const made = surface(generated);
  const said = [...surface(`www/src/${kept}`)].filter(([name]) => only(name));
  assert.ok(made.size > 4 && said.length > 4, `${made.size} generated, ${said.length} kept`);
  for (const [name, args] of said) {
    assert.ok(made.has(name), `${name} is not generated any more: www/src/${kept} must follow`);
    assert.equal(args, made.get(name), `arguments of ${name}, and whether something is returned`);
  }
}
