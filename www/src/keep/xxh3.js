// @ts-nocheck: numbers of 64 bits and of 53 side by side.
// XXH3 with 64 bits and seed 0 (Collet, github.com/Cyan4973/xxHash, doc/xxhash_spec.md): what guards the native program's model files.

const MASK = (1n << 64n) - 1n;
const P32 = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn];
const P64 = [0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n];
const SECRET = Uint8Array.from(`
b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c
3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364
eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e`.match(/[0-9a-f]{2}/g), (byte) => parseInt(byte, 16));
const STRIPE = 64;
const STRIPES = (SECRET.length - STRIPE) / 8;

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const secret = view(SECRET);
const word = (data, at) => data.getBigUint64(at, true);
const key = (at) => word(secret, at);

function avalanche(h) {
  let x = h ^ (h >> 37n);
  x = x * 0x165667919e3779f9n & MASK;
  return x ^ (x >> 32n);
}

function avalanche64(h) {
  let x = (h ^ (h >> 33n)) * P64[1] & MASK;
  x = (x ^ (x >> 29n)) * P64[2] & MASK;
  return x ^ (x >> 32n);
}

/** The product of two words, its halves combined. */
function fold(a, b) {
  const product = a * b;
  return (product & MASK) ^ (product >> 64n);
}

const mix = (data, at, from) => fold(word(data, at) ^ key(from), word(data, at + 8) ^ key(from + 8));

const rotated = (x, by) => ((x << by) | (x >> (64n - by))) & MASK;

function swapped(x) {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, x, true);
  return bytes.getBigUint64(0, false);
}

/** The hash of bytes as 16 hexadecimal digits. */
export function xxh3(bytes) {
  const data = view(bytes);
  const n = bytes.length;
  const hash = n <= 16 ? upTo16(data, n) : n <= 128 ? upTo128(data, n) : n <= 240 ? upTo240(data, n) : long(data, n);
  return hash.toString(16).padStart(16, '0');
}

function upTo16(data, n) {
  const length = BigInt(n);
  if (n > 8) {
    const low = word(data, 0) ^ key(24) ^ key(32);
    const high = word(data, n - 8) ^ key(40) ^ key(48);
    return avalanche((length + swapped(low) + high + fold(low, high)) & MASK);
  }
  if (n >= 4) {
    const [first, last] = [0, n - 4].map((at) => BigInt(data.getUint32(at, true)));
    let x = (last + (first << 32n)) ^ key(8) ^ key(16);
    x ^= rotated(x, 49n) ^ rotated(x, 24n);
    x = x * 0x9fb21c651e98df25n & MASK;
    x ^= (x >> 35n) + length;
    x = x * 0x9fb21c651e98df25n & MASK;
    return x ^ (x >> 28n);
  }
  if (n === 0) return avalanche64(key(56) ^ key(64));
  const [a, b, c] = [0, n >> 1, n - 1].map((at) => BigInt(data.getUint8(at)));
  const combined = (a << 16n) | (b << 24n) | c | (length << 8n);
  return avalanche64(combined ^ BigInt((secret.getUint32(0, true) ^ secret.getUint32(4, true)) >>> 0));
}

function upTo128(data, n) {
  let sum = BigInt(n) * P64[0];
  for (let i = Math.floor((n - 1) / 32); i >= 0; i--) {
    sum += mix(data, 16 * i, 32 * i) + mix(data, n - 16 * (i + 1), 32 * i + 16);
  }
  return avalanche(sum & MASK);
}

function upTo240(data, n) {
  let sum = BigInt(n) * P64[0];
  for (let i = 0; i < 8; i++) sum += mix(data, 16 * i, 16 * i);
  sum = avalanche(sum & MASK);
  for (let i = 8; i < Math.floor(n / 16); i++) sum += mix(data, 16 * i, 16 * (i - 8) + 3);
  return avalanche((sum + mix(data, n - 16, 136 - 17)) & MASK);
}

function long(data, n) {
  const lanes = BigUint64Array.of(P32[2], P64[0], P64[1], P64[2], P64[3], P32[1], P64[4], P32[0]);
  const add = (at, from) => {
    for (let i = 0; i < 8; i++) {
      const value = word(data, at + 8 * i);
      const keyed = value ^ key(from + 8 * i);
      lanes[i ^ 1] += value;
      lanes[i] += (keyed & 0xffffffffn) * (keyed >> 32n);
    }
  };
  const block = STRIPE * STRIPES;
  const blocks = Math.floor((n - 1) / block);
  for (let b = 0; b < blocks; b++) {
    for (let s = 0; s < STRIPES; s++) add(b * block + s * STRIPE, 8 * s);
    for (let i = 0; i < 8; i++) lanes[i] = (lanes[i] ^ (lanes[i] >> 47n) ^ key(SECRET.length - STRIPE + 8 * i)) * P32[0] & MASK;
  }
  const rest = Math.floor((n - 1 - block * blocks) / STRIPE);
  for (let s = 0; s < rest; s++) add(blocks * block + s * STRIPE, 8 * s);
  add(n - STRIPE, SECRET.length - STRIPE - 7);
  let sum = BigInt(n) * P64[0];
  for (let i = 0; i < 4; i++) sum += fold(lanes[2 * i] ^ key(11 + 16 * i), lanes[2 * i + 1] ^ key(19 + 16 * i));
  return avalanche(sum & MASK);
}
