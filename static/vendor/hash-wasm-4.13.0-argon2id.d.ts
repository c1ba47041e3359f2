// hash-wasm 4.13.0: the one function we take of it. Only vault-worker.js may import it.
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
export function argon2id(options: Argon2Options & { outputType: "binary" }): Promise<Uint8Array>;
export function argon2id(options: Argon2Options & { outputType?: "hex" | "encoded" }): Promise<string>;
