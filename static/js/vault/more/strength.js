// An own passphrase is guessed by machines that know what people choose: sayings, lines of poems, names of keys on a keyboard, dates,
// the telephone, one word repeated. Length alone does not see that. Pure.

import "../../more/errors.js";

/** What many people begin with; compared without blanks, signs and case. Few and frequent: a long list would only be slow. */
const COMMON = [
  ...["password", "passw0rd", "qwerty", "asdfgh", "zxcvbn", "iloveyou", "woaini", "wodemima", "letmein", "welcome"],
  ...["admin", "nihao", "zhongguo", "fulian", "abc123", "a1b2c3", "1qaz2wsx", "5201314", "888888", "666666", "123456"],
  ...["我爱你", "我的密码", "密码", "口令", "中国", "妇联", "恭喜发财", "万事如意", "一帆风顺", "身体健康", "平安是福"],
  ...["床前明月光", "疑是地上霜", "举头望明月", "低头思故乡", "春眠不觉晓", "处处闻啼鸟", "夜来风雨声", "花落知多少"],
  ...["白日依山尽", "黄河入海流", "欲穷千里目", "更上一层楼", "锄禾日当午", "汗滴禾下土", "谁知盘中餐", "粒粒皆辛苦"],
  ...["好好学习", "天天向上", "为人民服务", "不忘初心", "牢记使命", "人之初", "性本善", "一二三四五", "天地玄黄"],
  ...["起来不愿做奴隶的人们", "世上只有妈妈好", "学而时习之", "三人行必有我师", "海内存知己", "天涯若比邻"],
];

/** Rows that a finger follows, and what it follows them through. */
const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiopasdfghjklzxcvbnm",
  "01234567890",
  "一二三四五六七八九十",
  "甲乙丙丁戊己庚辛",
];

/** A part that machines try by itself counts as so many characters. */
const PART_COUNTS = 2;
const CHARACTERS_MIN = 10;

/**
 * Is this passphrase among what is tried first? What machines know as one piece (a saying, a run of keys, a repeat, a date or a telephone
 * number) counts as two characters; fewer than ten are then left.
 * @param {string} secret long enough already
 */
export function isCommon(secret) {
  const plain = secret
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{P}\p{S}]/gu, "");
  let left = plain;
  let parts = 0;
  for (const piece of pieces(plain)) {
    if (!left.includes(piece)) continue;
    left = left.replaceAll(piece, "");
    parts += 1;
  }
  // One word again and again is that word.
  const again = /^(.+?)\1+$/su.exec(left);
  return [...(again ? again[1] : left)].length + parts * PART_COUNTS < CHARACTERS_MIN;
}

/** Longest first, so that a saying is not cut up by a shorter one. @param {string} plain @returns {string[]} */
function pieces(plain) {
  const found = COMMON.filter((one) => plain.includes(one));
  for (const match of plain.matchAll(/\d{4,}/g)) found.push(match[0]); // dates, telephones, years
  for (const match of plain.matchAll(/(.)\1{2,}/gu)) found.push(match[0]);
  for (const run of RUNS.flatMap((row) => [row, [...row].reverse().join("")])) found.push(...runsIn(plain, run));
  return found.sort((a, b) => b.length - a.length);
}

/** @param {string} plain @param {string} row @returns {string[]} what of the row stands here, four or more in a row */
function runsIn(plain, row) {
  const found = [];
  for (let at = 0; at < plain.length; at++) {
    let length = 0;
    const from = row.indexOf(plain[at]);
    while (from >= 0 && at + length < plain.length && plain[at + length] === row[from + length]) length += 1;
    if (length >= 4) found.push(plain.slice(at, at + length));
  }
  return found;
}
