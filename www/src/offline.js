// Has ../offline.js keep the page, so that it opens without a connection the next time.

/** `flavour`: the engine's module that this browser takes. */
export function keep(flavour) {
  // Refused, by a browser in private mode for instance: the page then needs its server, as any other page.
  navigator.serviceWorker?.register(new URL(`../offline.js?module=${flavour}`, import.meta.url)).catch(() => {});
}
