// Addresses and pasted samples as accidents and attackers make them: valid ones, changed at random.
//   BOLTZFLOW_INPUTS=1000000 node --test tests/page/hostile.test.mjs        tries as many of each
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as engine from '../../www/pkg/glue.js';
import * as files from '../../www/pkg/files.js';
import { Schema, texts } from '../../www/src/settings.js';
import { readSamples } from '../../www/src/system/samples.js';
import { readWells, writeWells } from '../../www/src/system/wells.js';
import { VIEWS } from '../../www/src/views.js';

engine.initSync({ module: readFileSync('www/pkg/simd.wasm') });
files.initSync({ module: readFileSync('www/pkg/files.wasm') });
const schema = new Schema(engine, VIEWS.map(({ name }) => name));
const INPUTS = Number(process.env.BOLTZFLOW_INPUTS ?? 20_000);
/** Of so many addresses one is given to the engine, which takes longer. */
const EACH = 20;

let state = 1;
/** A whole number below n; the same ones in every run. */
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor(state / 2 ** 32 * n);
};
const pick = (list) => list[random(list.length)];

const WORDS = ['0', '-1', '1e308', '1e-320', 'NaN', 'Infinity', '18446744073709551616', '%', '%00', '%F0%9F%92%A5', '&', '=', '&&', '#', ';', ',', ',,', '__proto__', 'constructor', 'preset', 'toString', 'R4', 'D(W)WR8(Q2)', '((((', ' ', '\n', '\r\n', '\t', '"', '💥', '\0', '0x10', '１', '−1'];

/** A text with some changes. */
function changed(text) {
  let letters = text;
  for (let n = 1 + random(4); n > 0; n--) {
    const at = random(letters.length + 1);
    const until = Math.min(letters.length, at + random(8));
    const kind = random(4);
    if (kind === 0) letters = letters.slice(0, at) + letters.slice(until);
    else if (kind === 1) letters = letters.slice(0, at) + pick(WORDS) + letters.slice(until);
    else if (kind === 2) letters = letters.slice(0, until) + letters.slice(at);
    else letters = letters.slice(0, at) + String.fromCharCode(random(random(2) ? 128 : 65536)) + letters.slice(at);
  }
  return letters;
}

test(`${INPUTS} addresses: what is read is allowed, and reads the same again`, (t) => {
  const addresses = ['#seed=3', '#preset=own&formula=x^2%2By^2&wells=0,1,5,0.6;2,0,4,0.5&view=lab', '#preset=many-well-live&dim=8&hidden=24,16&w_kl=0.5&learning_rate=0.001', '#flow=R4&iterations=100&batch=64&temperature=2&view=story&scene=3&speed=25', '#preset=mueller-brown&example_method=hmc&whitening=zca&split=halves&moving_average=0.99'];
  let clean = 0;
  let refused = 0;
  for (let i = 0; i < INPUTS; i++) {
    const address = changed(pick(addresses));
    const { settings, complaints } = schema.read(address);
    assert.ok(complaints.every((words) => typeof words === 'string' && words.length > 10), address);
    clean += Number(complaints.length === 0);
    const again = schema.read(`#${schema.write(settings)}`);
    assert.deepEqual(again.settings, settings, address);
    assert.deepEqual(again.complaints, [], address);
    if (i % EACH) continue;
    try {
      // Parameters that are missing are what is told where nothing else is wrong.
      files.model_file(...texts(settings), new Float64Array(), new Float32Array(), 0, 0, 0);
      assert.fail(address);
    } catch (error) {
      assert.ok(error.code && error.hint, `${address}: ${error.stack}`);
      refused += Number(error.code !== 'checkpoint');
    }
  }
  t.diagnostic(`${clean} without a complaint; of every ${EACH}th the engine refused ${refused} in words`);
  assert.ok(clean > 0 && clean < INPUTS);
});

test(`${INPUTS} pasted texts: two columns of finite numbers, or one sentence`, (t) => {
  const rows = (join, count) => Array.from({ length: count }, (_, i) => [Math.sin(i), i / 7].join(join)).join('\n');
  const texts = [rows(',', 9), `x,y\n${rows(';', 12)}`, rows('\t', 10).replaceAll('\n', '\r\n'), rows('  ', 8)];
  let read = 0;
  for (let i = 0; i < INPUTS; i++) {
    const text = changed(pick(texts));
    const { x, fault } = readSamples(text);
    if (x) assert.ok(x.length >= 16 && x.length % 2 === 0 && x.every(Number.isFinite), text);
    else assert.match(fault, /^[^\n]+\.$/, text);
    read += Number(Boolean(x));
  }
  t.diagnostic(`${read} were read`);
  assert.ok(read > 0 && read < INPUTS);
});

test(`${INPUTS} lists of wells: those that the address lets in are read and written`, () => {
  const { specs, defaults } = schema.of('own');
  assert.equal(specs.get('wells').kind, 'points');
  for (let i = 0; i < INPUTS; i++) {
    const { settings } = schema.read(`#${new URLSearchParams({ preset: 'own', wells: changed('0,1,5,0.6;2,0,4,0.5') })}`);
    const wells = readWells(settings.wells);
    assert.ok(wells.every((well) => well.every(Number.isFinite)), settings.wells);
    assert.equal(typeof writeWells(wells), 'string');
  }
  assert.ok(readWells(defaults.wells).length > 0);
});
