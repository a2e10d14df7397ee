// What tests have to know of the machine.
import { existsSync, readFileSync } from 'node:fs';

/** Whether this machine fuses multiply-adds; only there is the relaxed module expected to do so. */
export const fuses = process.arch === 'arm64' || (existsSync('/proc/cpuinfo') && /\bfma\b/.test(readFileSync('/proc/cpuinfo', 'utf8')));
