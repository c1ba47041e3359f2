// hash-wasm 4.13.0: the two WebAssembly modules we take of it, a sign for each byte. Only vault-worker/argon2id.js reads them.
export const argon2: string;
export const blake2b: string;
