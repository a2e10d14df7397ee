// Light and dark: the system's choice, or the visitor's; and the tokens of style/tokens.css as colours a canvas takes.

const NAMES = ['ground', 'panel', 'ink', 'flow', 'example', 'grey', 'probe', 'line', 'field', 'halo'];
const CHOICES = [['', 'system'], ['light', 'light'], ['dark', 'dark']];

/** Connects the button that goes through the choices; `changed` is called whenever colours change. */
export function connectTheme(button, changed) {
  const root = document.documentElement;
  const show = () => {
    const [, words] = CHOICES.find(([scheme]) => scheme === root.style.colorScheme) ?? CHOICES[0];
    button.textContent = `Theme: ${words}`;
  };
  button.addEventListener('click', () => {
    const at = CHOICES.findIndex(([scheme]) => scheme === root.style.colorScheme);
    const [scheme] = CHOICES[(at + 1) % CHOICES.length];
    root.style.colorScheme = scheme;
    try { localStorage.setItem('theme', scheme); } catch { /* the choice lasts as long as the page */ }
    show();
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  show();
  button.classList.remove('later');
}

/** Every token as `rgb(…)`, for the theme that is shown now. */
export function colours() {
  const sample = document.body.appendChild(document.createElement('i'));
  const found = {};
  for (const name of NAMES) {
    sample.style.color = `var(--${name})`;
    found[name] = getComputedStyle(sample).color;
  }
  sample.remove();
  return found;
}
