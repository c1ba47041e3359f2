// Every limit of the phone, by name, and the fixed numbers and paths of the protocol. Those marked "wire" equal sync/wire.py; a house test compares them.

export const SUITE = 1; // wire: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
export const PROTOCOL_VERSION = 1; // wire
export const FUNCTION_SET = 2; // wire: which expression functions this app evaluates

export const EXCHANGE_PATH = "/sync/v1/exchange";
export const ENROL_PATH = "/sync/v1/enrol";
export const SHARE_PATH = "/sync/v1/share";
export const DIGEST_PATH = "/sync/v1/digest";
export const EMERGENCY_PATH = "/emergency.json";

export const CHUNK_BYTES = 65_536; // wire
export const HEAD_SEALED_BYTES_MAX = 4_096 + 16; // wire: 4 KiB compressed and its tag
export const HEAD_INFLATED_BYTES_MAX = 16_384; // wire
export const BODY_SEALED_BYTES_MAX = 262_144; // wire
export const BODY_INFLATED_BYTES_MAX = 2_097_152; // wire
export const FRAME_BYTES_MAX = 262_144; // wire: one package alone may be larger
export const FRAME_PACKAGES_MAX = 200; // wire
export const REPLY_BYTES_MAX = 4_194_304;
export const CHANGE_INFLATED_BYTES_MAX = 8_388_608; // a plan with its lists is the largest thing that comes down

export const BATCH_BYTES_START = 49_152; // a day of twenty reports; 8 s at 50 kbit/s
export const BATCH_BYTES_MIN = 8_192;
export const NO_LINK_MS = 1_000; // what fails sooner was never on its way: its size is no cause
export const QUICK_FAILURES_MAX = 3; // or something on the way cuts what is large at once
export const BATCH_AIM_MS = 5_000; // a request that takes longer grows no more, one of twice that is halved
export const PULL_BYTES_WANTED = 262_144;

export const RETRY_BASE_MS = 2_000;
export const RETRY_MAX_MS = 300_000;
export const POLL_DEFAULT_S = 300;
export const POLL_MAX_S = 3_600;
export const STOPPED_RETRY_MS = 3_600_000; // an unknown vault is asked again hourly, or by hand
export const REQUEST_TIMEOUT_MS = 90_000; // 256 KB on a link of 30 kbit/s

export const KDF_STRONG = Object.freeze({ name: "argon2id", memory_kib: 65_536, iterations: 3, parallelism: 1 });
export const KDF_LIGHT = Object.freeze({ name: "argon2id", memory_kib: 47_104, iterations: 1, parallelism: 1 });
export const KDF_PIN = Object.freeze({ name: "argon2id", memory_kib: 19_456, iterations: 2, parallelism: 1 });
export const KDF_STRONG_MAX_MS = 2_000;
export const DIGITS_STRONG = 12;
export const DIGITS_LIGHT = 14;
export const PASSPHRASE_CHARACTERS_MIN = 12;
export const PASSPHRASE_CHARACTERS_MAX = 200;
export const PASSPHRASE_DISTINCT_MIN = 5;
export const PIN_DIGITS = 6;
export const PIN_TRIES = 5;

export const VALUE_BUCKET_BYTES = 256;
export const VALUE_STEP_BYTES = 65_536;
export const PACK_CASES = 100;
