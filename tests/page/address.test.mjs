// The address holds every setting that differs from its default, and nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as engine from '../../www/pkg/glue.js';
import { Schema, checked, texts } from '../../www/src/settings.js';
import { VIEWS } from '../../www/src/views.js';
import { address, onPage, told, trained } from './browser.mjs';

engine.initSync({ module: readFileSync('www/pkg/simd.wasm') });
const schema = new Schema(engine, VIEWS.map(({ name }) => name));

/** An allowed text for a setting that is not its default. */
function other(spec, value) {
  const step = { number: 0.125, positive: 0.375, integer: 1, 'number or numbers': 0.25 }[spec.kind];
  if (step) return String(value + step <= (spec.max ?? Infinity) ? Number(value) + step : value - step);
  if (spec.choices.length) return spec.choices.find((choice) => choice !== value);
  return { integers: '24,16', numbers: '1,2', points: '0,0,1,0.5', text: spec.key === 'flow' ? 'R3' : 'x1' }[spec.kind];
}

/** Numbers from 0 to 1, the same for the same seed. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Any text for a setting: numbers of all sizes, also beyond its limits, which `checked` then applies. */
function any({ kind, choices, key }, next) {
  const number = () => String((next() - 0.3) * 10 ** Math.round(12 * next() - 6));
  if (kind === 'choice') return choices[Math.floor(next() * choices.length)];
  if (kind === 'text') return key === 'flow' ? `R${1 + Math.floor(8 * next())}` : `x${1 + Math.floor(2 * next())} & ${number()}`;
  if (kind === 'integers' || kind === 'numbers') return Array.from({ length: 1 + Math.floor(4 * next()) }, number).join(',');
  return number();
}

test('the default page has an empty address', () => {
  const { settings, complaints } = schema.read('');
  assert.deepEqual(complaints, []);
  assert.equal(schema.write(settings), '');
});

test('an address without a view is the story if it is bare, and the lab if it holds settings', () => {
  const view = (hash) => schema.read(hash).settings.view;
  assert.deepEqual(['', '#seed=2', '#view=plane', '#view=story&seed=2', '#view=dimer'].map(view), ['story', 'lab', 'lab', 'story', 'dimer']);
  const { settings } = schema.read('');
  assert.equal(schema.write({ ...settings, view: 'lab' }), 'view=lab');
  assert.equal(schema.write({ ...settings, seed: 2 }), 'seed=2&view=story');
});

for (const { name } of schema.presets) {
  test(`every setting of ${name} survives the way into the address and back`, () => {
    const { specs, defaults } = schema.of(name);
    assert.ok(specs.size > 20);
    for (const [key, spec] of specs) {
      // Where there is one choice, nothing else can be said.
      if (spec.choices?.length === 1) continue;
      const text = other(spec, defaults[key]);
      const { value, complaint } = checked(spec, text, defaults[key]);
      assert.equal(complaint, undefined, `${key}=${text}`);
      const settings = { ...defaults, [key]: value };
      const hash = schema.write(settings);
      // The story is what a bare address opens.
      assert.ok(hash.includes(`${key}=`) || (key === 'view' && hash === ''), `${key} is missing in ${hash}`);
      const back = schema.read(`#${hash}`);
      assert.deepEqual(back, { settings, complaints: [] }, key);
      assert.equal(schema.write(back.settings), hash);
    }
  });

  test(`any settings of ${name} together survive the way into the address and back`, () => {
    const { specs, defaults } = schema.of(name);
    const next = numbers(11);
    for (let i = 0; i < 200; i++) {
      const settings = { ...defaults };
      for (const [key, spec] of specs) if (next() < 0.3) settings[key] = checked(spec, any(spec, next), defaults[key]).value;
      const hash = schema.write(settings);
      const back = schema.read(`#${hash}`);
      assert.deepEqual(back, { settings, complaints: [] }, hash);
      assert.equal(schema.write(back.settings), hash);
    }
  });

  test(`the engine takes every default of ${name}`, () => {
    const run = new engine.Engine(...texts({ ...schema.of(name).defaults, iterations: 1 }));
    assert.equal(run.training.total_steps, 1);
    run.free();
  });
}

const bad = [
  ['batch=99999999', /^batch=99999999 became 4096, the most this page runs\.$/],
  ['seed=-3', /^seed=-3 became 0, the least this page runs\.$/],
  ['seed=2.6', /^seed=2\.6 became 3, the nearest whole number\.$/],
  ['seed=', /^seed= is not a number; seed stays 1\.$/],
  ['temperature=-1', /not a positive number; temperature stays 1/],
  ['temperature=NaN', /not a number/],
  ['trunk=both', /not one of separate, shared/],
  ['hidden=32,x', /not a list of numbers/],
  ['hidden=100000', /became 256: 256 is the most/],
  ['colour=red', /“colour” is not a setting of double-well/],
  ['preset=triple-well', /no “triple-well” on this page/],
];
for (const [hash, words] of bad) {
  test(`${hash} is corrected and told`, () => {
    const { settings, complaints } = schema.read(`#${hash}`);
    assert.equal(complaints.length, 1, complaints.join(' '));
    assert.match(complaints[0], words);
    assert.deepEqual(schema.read(`#${schema.write(settings)}`).complaints, []);
  });
}

test('an address with bad values opens, says so, and is corrected', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#batch=99999999&iterations=3&colour=red`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.isAtRest);
    const notice = await page.locator('#notice').innerText();
    assert.match(notice, /batch=99999999 became 4096.*“colour” is not a setting/s);
    assert.equal(new URL(page.url()).hash, '#iterations=3&batch=4096');
    assert.deepEqual(errors, []);
  }));

for (const [hash, words, left] of [
  ['flow=X7&iterations=20&batch=64', /flow = X7 is not allowed.*flow stays R4/s, '#iterations=20&batch=64'],
  ['preset=own&formula=log(x)%2By%5E2&wells=none&iterations=20', /has no equilibrium.*formula stays/s, '#preset=own&iterations=20'],
  // The engine finds these only when it begins.
  ['preset=double-well-by-energy&w_ml=3', /w_ml = 3 is not allowed/, '#preset=double-well-by-energy'],
  ['w_ml=0&w_kl=0&iterations=20', /not all zero/, '#view=lab'],
]) {
  test(`a page whose engine refuses #${hash} runs all the same, and says why`, () =>
    onPage(async (page, errors) => {
      await page.goto(`${address}#${hash}`);
      await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 0);
      assert.match((await told(page)).notice, words);
      assert.equal(new URL(page.url()).hash, left);
      // A visitor who does not know what to do reloads.
      await page.reload();
      await page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 0);
      assert.deepEqual(errors, []);
    }));
}

test('a value that is refused stays neither in its control nor in the address, and the run goes on', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#iterations=30&batch=64&seed=3`);
    await trained(page);
    await page.locator('#system summary', { hasText: 'Network' }).click();
    const { digest } = await told(page);
    for (const [key, text, refusal] of [['flow', 'X7', /flow = X7 is not allowed/], ['hidden', 'a lot', /hidden=a lot is not a list of numbers/]]) {
      const field = page.locator(`#set-${key}`);
      const before = await field.inputValue();
      await field.fill(text);
      // The keyboard stays in the field.
      await field.press('Enter');
      await page.waitForFunction(([name, value]) => document.getElementById(`set-${name}`).value === value, [key, before]);
      assert.match((await told(page)).notice, refusal);
      assert.equal(new URL(page.url()).hash, '#seed=3&iterations=30&batch=64');
      assert.equal((await told(page)).digest, digest, 'what ran is still there');
    }
    assert.deepEqual(errors, []);
  }));

test('a link to a place of the page leaves the run and its address as they are', () =>
  onPage(async (page, errors) => {
    await page.goto(`${address}#seed=3&iterations=20&batch=64`);
    await trained(page);
    const { digest } = await told(page);
    await page.locator('a[href="#how"]').click();
    await page.waitForFunction(() => location.hash === '#seed=3&iterations=20&batch=64' && scrollY > 100);
    assert.equal((await told(page)).digest, digest);
    assert.doesNotMatch((await told(page)).notice, /not a setting/);
    assert.deepEqual(errors, []);
  }));

test('a link to a place of the page opens the page with its own settings', () =>
  onPage(async (page, errors) => {
    for (const place of ['how', 'main']) {
      await page.goto(address);
      await page.goto('about:blank');
      await page.goto(`${address}#${place}`);
      await page.waitForFunction(() => globalThis.boltzflowPage?.state.system);
      assert.equal(await page.evaluate(() => document.body.dataset.view), 'story', place);
      assert.doesNotMatch((await told(page)).notice, /not a setting/);
    }
    assert.deepEqual(errors, []);
  }));

test('the way back leads through systems and views, and small changes replace', () =>
  onPage(async (page) => {
    const at = (hash) => page.waitForFunction((wanted) => location.hash === wanted && globalThis.boltzflowPage?.state.step > 0, hash);
    await page.goto(`${address}#iterations=20&batch=64`);
    await at('#iterations=20&batch=64');
    await page.evaluate(() => globalThis.boltzflowPage.controls.adopt('ring', { iterations: 20, batch: 64 }));
    await at('#preset=ring&iterations=20&batch=64');
    await page.evaluate(() => globalThis.boltzflowPage.controls.change('seed', '5'));
    await page.evaluate(() => globalThis.boltzflowPage.controls.change('batch', '32'));
    await at('#preset=ring&seed=5&iterations=20&batch=32');
    await page.locator('#view-compare').click();
    await at('#preset=ring&seed=5&iterations=20&batch=32&view=compare');
    await page.goBack();
    await at('#preset=ring&seed=5&iterations=20&batch=32');
    assert.equal(await page.evaluate(() => document.body.dataset.view), 'lab');
    await page.goBack();
    await at('#iterations=20&batch=64');
    assert.equal(await page.evaluate(() => globalThis.boltzflowPage.state.settings.preset), 'double-well');
    await page.goForward();
    await at('#preset=ring&seed=5&iterations=20&batch=32');
  }));

test('a view that is chosen is there at once, whatever follows in the same moment, and the way back leads through it', () =>
  onPage(async (page) => {
    await page.goto(`${address}#view=dimer`);
    await page.waitForFunction(() => globalThis.boltzflowPage?.views.dimer);
    await page.evaluate(() => {
      document.getElementById('view-lab').click();
      globalThis.boltzflowPage.controls.adopt('ring');
    });
    await page.waitForFunction(() => globalThis.boltzflowPage.state.step > 0);
    assert.deepEqual(await page.evaluate(() => [document.body.dataset.view, globalThis.boltzflowPage.state.settings.preset]), ['lab', 'ring']);
    // First the system of before, then its view.
    await page.goBack();
    await page.waitForFunction(() => document.body.dataset.view === 'lab' && globalThis.boltzflowPage.state.settings.preset === 'double-well');
    await page.goBack();
    await page.waitForFunction(() => document.body.dataset.view === 'dimer');
  }));
