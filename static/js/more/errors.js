// Refusals that few meet: who choose what opens their phone, and where a newer app was. They join the others with the first act that can say them.

import { SENTENCES } from "../errors.js";

/** @type {Record<string, [string, string]>} */
const MORE = {
  secret_common: ["这个口令太常见", "诗句、吉祥话、生日、电话和键盘上连着的键都容易被猜到。请换成几个互不相关的词。"],
  secret_same: ["新口令和原来的一样", "请换一个没有用过的口令。"],
  way_forbidden: ["单位不允许用这种方式打开", "请用口令；有疑问请问管理员。"],
  prf_missing: ["这台手机不支持用指纹或锁屏打开", "请继续用口令。"],
  prf_synced: ["这台手机会把通行密钥同步到云端", "为了安全不能这样打开，请继续用口令。"],
  storage_newer: ["这部手机上的内容是由更新版本的应用保存的", "内容都在，没有改动。请联网，点“现在更新”，再打开。"],
  prf_failed: ["没有验证成功", "请再试一次，或改用口令。"],
};

Object.assign(SENTENCES, MORE);
