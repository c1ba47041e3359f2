// hash-wasm 4.13.0, dist/argon2.umd.min.js: a classic script. Imported for its effect alone (a module has no `this`, so it
// falls back to globalThis), it leaves one global, `hashwasm`. Only vault-worker.js may do so.
export {};

declare global {
  namespace hashwasm {
    interface Argon2Options {
      password: string | Uint8Array;
      salt: Uint8Array;
      secret?: Uint8Array;
      /** Passes over the memory. */
      iterations: number;
      parallelism: number;
      /** KiB. */
      memorySize: number;
      /** Bytes. */
      hashLength: number;
    }
    function argon2id(options: Argon2Options & { outputType: "binary" }): Promise<Uint8Array>;
    function argon2id(options: Argon2Options & { outputType?: "hex" | "encoded" }): Promise<string>;
  }
}
