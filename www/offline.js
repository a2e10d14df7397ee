// Keeps the page for later: once it has been opened, all of it works without a connection, views that were never opened included.
// Only a published page has this worker: `cargo xtask page` fills in the two constants, and src/offline.js starts it.
//
// A version is a cache of its own, so files of two versions never meet. A new version is fetched beside the old one and takes
// over when the last tab of the old one is closed: a tab that is open may still fetch a view, and gets that of its own version.
const VERSION = '';
const FILES = [];

const PREFIX = 'boltzflow ';
const CACHE = PREFIX + VERSION;
/** The module of the engine that this browser takes, and the one that it does not. */
const FLAVOURS = ['relaxed', 'simd'];
const taken = new URL(location.href).searchParams.get('module');

addEventListener('install', (event) => {
  const wanted = FILES.filter((file) => !FLAVOURS.some((flavour) => flavour !== taken && file === `pkg/${flavour}.wasm`));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(wanted)));
});

addEventListener('activate', (event) => {
  const isOld = (name) => name.startsWith(PREFIX) && name !== CACHE;
  const remove = async () => Promise.all((await caches.keys()).filter(isOld).map((name) => caches.delete(name)));
  event.waitUntil(remove().then(() => clients.claim()));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(registration.scope)) return;
  const kept = caches.open(CACHE).then((cache) => cache.match(request, { ignoreSearch: true }));
  event.respondWith(kept.then((answer) => answer ?? fetch(request)));
});
