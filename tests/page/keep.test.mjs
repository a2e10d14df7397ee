// What is kept: figures, samples, models, code and the last runs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as engine from '../../www/pkg/glue.js';
import { rust } from '../../www/src/keep/code.js';
import { changesOf } from '../../www/src/keep/model.js';
import { Records, packed, unpacked } from '../../www/src/keep/records.js';
import { csv, npy, xyz } from '../../www/src/keep/samples.js';
import { Schema } from '../../www/src/settings.js';
import { VIEWS } from '../../www/src/views.js';
import { address, onPage, told, trained } from './browser.mjs';

engine.initSync({ module: readFileSync('www/pkg/simd.wasm') });

const samples = { dim: 3, x: Float64Array.of(1, -2, 0.1, 1 / 3, 1e-17, 6), energy: Float64Array.of(-9.5, NaN), log_weight: Float64Array.of(0.25, -Infinity) };

test('samples are written as they are', async () => {
  assert.equal(await csv(samples, 'a test').text(), '# a test\nx0,x1,x2,energy,log_weight\n1,-2,0.1,-9.5,0.25\n0.3333333333333333,1e-17,6,NaN,-Infinity\n');
  const lines = (await xyz(samples).text()).split('\n');
  assert.deepEqual([lines[0], lines[2], lines[3]], ['2', 'X 1 -2 0', 'X 0.1 0 0']);
  assert.match(lines[1], /^Properties=species:S:1:pos:R:3 energy=-9.5 log_weight=0.25 /);
  const bytes = await npy(samples).arrayBuffer();
  const view = new DataView(bytes);
  const start = 10 + view.getUint16(8, true);
  assert.equal(start % 64, 0);
  const header = new TextDecoder('latin1').decode(bytes.slice(0, start));
  assert.match(header, /^\x93NUMPY\x01\x00[\s\S]{2}\{'descr': \[\('x', '<f8', \(3,\)\), \('energy', '<f8'\), \('log_weight', '<f8'\)\], 'fortran_order': False, 'shape': \(2,\), \} *\n$/);
  assert.equal(bytes.byteLength, start + 8 * 5 * 2);
  assert.deepEqual(Array.from({ length: 5 }, (_, i) => view.getFloat64(start + 8 * i, true)), [1, -2, 0.1, -9.5, 0.25]);
});

const schema = new Schema(engine, VIEWS.map(({ name }) => name));

test('the program in Rust is the one among the examples, which cargo compiles', () => {
  // A formula takes along the wells, which have to be said although they are the usual ones.
  const { defaults } = schema.of('own');
  const settings = { ...defaults, formula: '(x^2 + 2*y^2)/4', seed: 5, iterations: 60, batch: 128, hidden: '16,16', temperature: 1.5 };
  const edits = [{ step: 30, key: 'w_kl', value: '0.5' }, { step: 60 }];
  const made = rust({ changes: changesOf(schema, settings), edits, step: 61 }, '1.2.3');
  const known = readFileSync('core/examples/from_the_page.rs', 'utf8').replace(/boltzflow = "[^"]+"/, 'boltzflow = "1.2.3"');
  assert.equal(made, known);
});

test('what programs are made of is a number, a list or a text, whatever the kind of the setting', () => {
  const kinds = { one: 'number', many: 'number or numbers', list: 'integers', words: 'text' };
  const specs = new Map(Object.entries(kinds).map(([key, kind]) => [key, { key, kind, group: 'run' }]));
  const changed = (settings) => changesOf({ of: () => ({ specs }), said: () => [...specs.keys()] }, settings).settings;
  assert.deepEqual(changed({ one: 2, many: '1,-0.5', list: '16', words: '1,2' }), { one: 2, many: [1, -0.5], list: [16], words: '1,2' });
  assert.deepEqual(changed({ one: 2, many: 3, list: '4,4', words: 'x' }), { one: 2, many: 3, list: [4, 4], words: 'x' });
});

const record = (id, theta) => ({ id, hash: '', curve: [[1, 0.5]], theta });

test('the last eight runs are kept, and parameters come back to the last bit', () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const records = new Records(() => storage);
  const theta = Float32Array.of(1, -0, 1e-42, 1 / 3, 3e38);
  for (let i = 0; i < 10; i++) records.put(record(String(i), packed(theta)));
  records.put(record('7', packed(theta)));
  const again = new Records(() => storage);
  assert.deepEqual(again.list.map(({ id }) => id), ['7', '9', '8', '6', '5', '4', '3', '2']);
  assert.deepEqual(unpacked(again.list[0].theta), theta);
  kept.set('boltzflow-runs', '{broken');
  assert.deepEqual(new Records(() => storage).list, []);
});

test('two tabs keep the runs of both', () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const [one, two] = [0, 1].map(() => new Records(() => storage));
  one.put(record('a'));
  two.put(record('b'));
  one.put(record('c'));
  assert.deepEqual(new Records(() => storage).list.map(({ id }) => id), ['c', 'b', 'a']);
  assert.deepEqual(one.list.map(({ id }) => id), ['c', 'b', 'a']);
});

test('a full storage, and none, are told', () => {
  const room = 400;
  const kept = new Map();
  const full = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => { if (value.length > room) throw new Error('quota'); kept.set(key, value); } };
  const records = new Records(() => full);
  for (let i = 0; i < 3; i++) records.put(record(String(i), 'x'.repeat(150)));
  assert.match(records.problem, /storage is full: only the newest \d runs? keep/);
  assert.equal(records.list.length, 3);
  assert.ok(records.list.every(({ theta }) => theta), 'they last as long as the page');
  const none = new Records(() => { throw new Error('denied'); });
  assert.match(none.problem, /keeps nothing for this page/);
  none.put(record('a'));
  assert.equal(none.list.length, 1);
  assert.match(none.problem, /last as long as the page is open/);
});

/** Clicks in the open menu and gives the file that is saved: `{ name, bytes }`. */
async function saved(page, button) {
  const download = page.waitForEvent('download');
  await page.locator(`#keep-${button}`).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test('the menu saves figures and samples, a model that opens again, and code with the same digest', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#iterations=60&batch=128&seed=5`);
    await trained(page);
    await page.evaluate(() => globalThis.boltzflowPage.picture.complete);
    // A change on the way, and more steps after the end: the code has to know both.
    await page.locator('#set-w_kl').fill('0.5');
    await page.locator('#step').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step === 61);
    await page.waitForFunction(() => document.getElementById('digest').textContent.startsWith('State at step 61'));
    const [, digest] = /: ([0-9a-f]{16}),/.exec((await told(page)).digest);
    await page.keyboard.press('e');
    await page.locator('#keep').waitFor({ state: 'visible' });

    const titles = await page.locator('#keep-figure option').allInnerTexts();
    assert.ok(titles.length >= 5, titles.join());
    const svg = await saved(page, 'svg');
    const text = svg.bytes.toString();
    assert.match(svg.name, /^double-well-seed5-step61-map\.svg$/);
    assert.match(text, /<path[^>]+stroke="rgb\(/);
    assert.match(text, /boltzflow \d+\.\d+\.\d+: double-well, seed 5, step 61, #/);
    assert.equal(await page.evaluate((source) => new DOMParser().parseFromString(source, 'image/svg+xml').querySelector('parsererror')?.textContent ?? '', text), '');
    await page.locator('#keep-figure').selectOption({ label: 'Free-energy profile' });
    const png = await saved(page, 'png');
    assert.deepEqual([...png.bytes.subarray(1, 4)], [...Buffer.from('PNG')]);
    const [width, shown] = [png.bytes.readUInt32BE(16), await page.locator('#profile').evaluate((panel) => panel.clientWidth)];
    assert.ok(width >= 2 * shown, `${width} pixels for ${shown}`);
    assert.equal((await saved(page, 'csv')).bytes.toString().split('\n').length, 1003);

    const showsCode = (begin) => page.waitForFunction((text) => document.getElementById('keep-code').value.startsWith(text), begin);
    await page.locator('#keep-javascript').click();
    await showsCode('// double-well');
    const code = await page.locator('#keep-code').inputValue();
    const said = await page.evaluate(async (source) => {
      const { log } = console;
      const lines = [];
      console.log = (...words) => lines.push(words);
      try { await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))); } finally { console.log = log; }
      return lines[0][0];
    }, code);
    assert.equal(said, digest);
    await page.locator('#keep-rust').click();
    await showsCode('//! double-well');
    const rust = await page.locator('#keep-code').inputValue();
    assert.match(rust, /settings\.set\("seed", &Value::Number\(5\.0\)\)/);
    assert.match(rust, /setting\("w_kl"\)[^]*Value::Number\(0\.5\)/);

    const model = await saved(page, 'model');
    const before = await page.evaluate(() => globalThis.boltzflowPage.state.estimate.delta_f);
    await page.locator('#keep-open-model').setInputFiles({ name: 'other.safetensors', mimeType: '', buffer: Buffer.from('no model') });
    await page.waitForFunction(() => /cannot be used: it is truncated or not a checkpoint/.test(document.getElementById('keep-told').textContent));
    const flipped = Buffer.from(model.bytes);
    flipped[flipped.length - 5] ^= 64;
    await page.locator('#keep-open-model').setInputFiles({ name: model.name, mimeType: '', buffer: model.bytes });
    await page.waitForFunction(() => globalThis.boltzflowPage.state.opened && globalThis.boltzflowPage.state.step === 61 && globalThis.boltzflowPage.state.estimate);
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.estimate.delta_f), before);
    assert.match(new URL(page.url()).hash, /seed=5/);
    await page.keyboard.press('e');
    await page.locator('#keep-open-model').setInputFiles({ name: model.name, mimeType: '', buffer: flipped });
    await page.waitForFunction(() => /do not match their digest/.test(document.getElementById('keep-told').textContent));
    assert.deepEqual(errors, []);
  }));

test('a run that is done becomes a card, and a click has it back', () =>
  onPage(async (page) => {
    await page.goto(`${address}#iterations=30&batch=64&seed=11`);
    await trained(page);
    await page.locator('#run-0').waitFor();
    const value = await page.evaluate(() => globalThis.boltzflowPage.state.estimate.delta_f);
    await page.locator('#seed').fill('12');
    await page.locator('#seed').press('Enter');
    await page.locator('#run-1').waitFor();
    await page.waitForFunction(() => /seed 12/.test(document.getElementById('run-0').textContent));
    for (const pin of ['#pin-0', '#pin-1']) await page.locator(pin).click();
    await page.waitForFunction(() => /seed\s*12\s*11|seed\s*11\s*12/.test(document.getElementById('runs-compared').innerText.replaceAll('\t', ' ')));
    await page.locator('#run-1').click();
    await page.waitForFunction(() => globalThis.boltzflowPage.state.opened && globalThis.boltzflowPage.isAtRest !== undefined && globalThis.boltzflowPage.state.step === 30 && globalThis.boltzflowPage.state.estimate);
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.estimate.delta_f), value);
    assert.match(new URL(page.url()).hash, /seed=11/);
    await page.reload();
    await page.locator('#run-0').waitFor();
  }));
