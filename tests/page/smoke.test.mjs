// The page as a visitor meets it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { address, onPage, settledStatus } from './browser.mjs';

const version = /^version = "(.+)"$/m.exec(readFileSync('Cargo.toml', 'utf8'))[1];

test('the page starts the engine and shows its version', () =>
  onPage(async (page, errors) => {
    await page.goto(address);
    assert.equal(await settledStatus(page), `Engine ${version}, module relaxed`);
    assert.deepEqual(errors, []);
  }));
