import { loadEngine } from './engine.js';

const status = document.getElementById('status');
try {
  const { flavour, engine } = await loadEngine();
  status.textContent = `Engine ${engine.version()}, module ${flavour}`;
} catch (error) {
  status.textContent = [error.message, error.hint].filter(Boolean).join(' ');
}
