// Every refusal a person can meet on the phone: a stable code, what is wrong, what to do. In zh; errors-en.js says all of it in English.
// The server's codes and the reasons of sync/codes.py stand here too, so that an item refused yesterday is explained without a link.
// A code that is retired is never used again. Nothing is imported here: everybody may import this.

/** A refusal with a stable code. `detail` holds numbers a screen may show (`tries_left`, `retry_after_s`), never a secret. */
export class Problem extends Error {
  /** @param {string} code @param {Record<string, any>} [detail] @param {unknown} [cause] */
  constructor(code, detail, cause) {
    super(code, cause === undefined ? undefined : { cause });
    this.name = "Problem";
    this.code = code;
    this.detail = detail ?? {};
  }
}

/** The code of whatever was thrown; the form engine throws errors of its own. @param {any} thrown */
export const codeOf = (thrown) =>
  thrown instanceof Problem || Object.hasOwn(SENTENCES, thrown?.code) ? thrown.code : "unknown_problem";

/** @type {Record<string, [string, string]>} */
let english = {};

/** English comes when it is asked for; until then zh stands in. @param {Record<string, [string, string]>} sentences of errors-en.js */
export function addEnglish(sentences) {
  english = sentences;
}

/**
 * @param {string} code @param {"zh" | "en"} language
 * @returns {{title: string, whatToDo: string}} of `unknown_problem` for a code this version does not know
 */
export function sentence(code, language) {
  const known = Object.hasOwn(SENTENCES, code) ? code : "unknown_problem";
  const [title, whatToDo] = (language === "en" && english[known]) || SENTENCES[known];
  return { title, whatToDo };
}

/** code -> [title, what to do]. @type {Record<string, [string, string]>} */
export const SENTENCES = {
  // This phone and its vault
  no_webcrypto: ["这个浏览器不能加密", "请用系统浏览器或新版 Chrome 打开，地址必须以 https 开头。"],
  no_worker: ["这个浏览器打不开保险箱", "请更新浏览器，或换用系统浏览器打开。"],
  storage_unavailable: ["不能在本机保存", "请退出无痕（隐私）模式后重新打开。"],
  storage_full: ["手机存储已满，刚才的内容还没有保存", "不要关闭本页。请删除手机里不用的照片或应用，再点“重试”。"],
  storage_lost: ["与本机存储的连接断了", "请重新打开应用；已保存的内容都在。"],
  value_damaged: ["这一项数据已损坏，打不开", "其他内容不受影响。联网后会重新下载；若是草稿，请告诉主管。"],
  package_damaged: ["这份数据包已损坏", "请联网后重新提交，并告诉主管。"],
  plan_missing: [
    "这种表单现在不能开始填写",
    "请联网一次再试；若还是不行，它可能已撤回，请问主管。已开始的草稿仍可填完。",
  ],
  plan_too_new: ["这个表单需要更新的应用", "请联网，在“设置”中更新应用后再打开；已填写的内容都在。"],
  plan_refused: ["这个表单打不开", "请联网一次再试；若还是不行，请告诉管理员。已填写的内容都在。"],
  not_found: ["找不到这一项", "它可能已提交或已删除，请回到清单查看。"],
  vault_locked: ["应用已锁定", "请先输入口令解锁。"],
  wrong_secret: ["口令不对", "请检查后再输一次。连续忘记时，请向主管要新的设备码。"],
  wrong_pin: ["PIN 不对", "请再输一次。输错五次后要用口令解锁。"],
  pin_locked: ["PIN 输错五次，应用已锁定", "请用口令解锁；已保存的内容都在。"],
  worker_failed: ["保险箱没有响应", "请重新打开应用；已保存的内容都在。"],
  record_too_large: ["这份记录太大，不能提交", "请缩短很长的文字，或把部分内容分到另一份记录。"],
  id_form: ["编号格式不对", "请重新打开这一项；若再次出现，请告诉主管。"],
  // Choosing secrets, entering codes
  code_form: ["设备码格式不对", "设备码共 24 个字符，请对照主管给的重新输入或扫码。"],
  secret_short: ["口令太短", "至少 12 个字符，可以用四个不相关的词。"],
  secret_simple: ["口令太容易猜", "不要重复同几个字符，不要只用数字。"],
  secret_digits: ["数字口令的位数不对", "请完整输入屏幕上给出的全部数字。"],
  share_locked: ["PIN 输错十次，已停用", "请用口令打开，再到“设置”里重新设置 PIN。"],
  share_gone: ["这个 PIN 不能用了", "请用口令打开；打开后可以在“设置”里重新设置 PIN。"],
  pin_form: ["PIN 的位数不对", "请按屏幕上写的位数输入数字。"],
  pin_simple: ["这个 PIN 太容易猜", "不要用相同、连续或重复的数字。"],
  other_address: ["这个设备码属于另一个网址", "请打开二维码里的网址，再扫一次。"],
  server_fingerprint: ["服务器身份与设备码不符", "不要继续。请换一个网络再试，并马上告诉主管。"],
  server_keys_unsigned: ["服务器的密钥清单没有正确签名", "不要继续，请马上告诉管理员。"],
  no_server_key: ["没有可用的服务器密钥", "请更新应用；若仍出现，请告诉管理员。"],
  // The way to the server
  no_network: ["现在连不上服务器", "内容已保存在本机，有信号时会自动发送。"],
  captive_portal: ["网络要求先登录（如公共 Wi-Fi）", "请先在浏览器登录该网络，或改用手机流量。"],
  reply_malformed: ["服务器的回复读不懂", "内容仍在本机，稍后会再试；若反复出现，请告诉管理员。"],
  server_error: ["服务器出错", "内容仍在本机，稍后会自动再试。"],
  clock: ["手机时间与服务器相差较大", "不影响保存和提交；请在手机设置里打开自动时间。"],
  suspended: ["这台手机已被暂停", "已填写的内容仍可保存和发送；请联系管理员。"],
  revoked: ["这台手机已被停用", "未发送的内容仍可交给服务器保管；请联系管理员。"],
  update: ["需要更新应用", "请在有网络时点“更新”；内容不会丢失。"],
  unsafe: ["服务器还没有可靠的备份", "手机会保留已提交内容的副本；请告诉管理员。"],
  demo: ["这是演示系统，不做备份", "请不要填写真实的人。"],
  unknown_problem: ["出现了没有预料到的问题", "内容仍在本机。请重新打开应用；若再次出现，请告诉主管。"],
  // What the server refuses (docs/protocol.md section 7)
  unknown_vault: ["服务器不认识这台手机", "内容仍在本机。请联系管理员，可能需要新的设备码。"],
  frame_malformed: ["服务器读不懂这次发送", "内容仍在本机，会改为一条一条再发；若再次出现，请告诉管理员。"],
  frame_too_large: ["一次发送的内容太多", "会自动分成小份再发。"],
  request_reused: ["这次请求的编号已用过", "会自动换新编号再发。"],
  slow_down: ["请求太频繁", "请等一会儿；应用会自动再试。"],
  server_busy: ["服务器正忙", "内容仍在本机，稍后会自动再试。"],
  enrol_refused: ["账号、密码或设备码不对，或设备码已过期", "请逐项检查；设备码 15 分钟内有效，可向主管要新的。"],
  internal: ["服务器出错，刚才的操作没有完成", "内容仍在本机，稍后会自动再试；若再次出现，请告诉管理员。"],
  request_malformed: ["服务器读不懂填写的内容", "请检查后再试；若再次出现，请更新应用。"],
  too_large: ["内容太大", "请缩短后再试。"],
  // Why the server kept a package for a person, or wants it otherwise (sync/codes.py). Nothing of it is lost.
  other_bytes: ["同一编号已有另一份内容", "两份都已保留。请选定用哪一份；您不选时由主管决定。"],
  not_the_head: ["这份报告有了两个版本", "两份都已保留。请选定两边不同的地方；您不选时由主管决定。"],
  pen_at_desk: ["这份记录正在单位电脑上写", "两份都已保留。要在手机上写，请打开它，点“在这里继续写”。"],
  parent_unknown: ["服务器还没有收到前一份", "不用操作，前一份到达后会自动接上。"],
  approved: ["这份报告已经批准", "您的修改已作为附件保留；需要更正请联系主管。"],
  handed_in: ["这份报告已经提交，不能作废", "需要收回请在复核开始前点“撤回”，或联系主管。"],
  in_review: ["主管正在看这份报告", "您的修改已保留。退回以后，点“重新打开”再提交。"],
  not_submitted: ["这份报告不在待复核清单里，不用撤回", "可以直接打开继续修改。"],
  void: ["这份记录已作废", "您的内容已保留在服务器，请告诉主管。"],
  no_envelope: ["服务器缺少这份内容的钥匙", "不用操作，会重新加密再发。"],
  unknown_key: ["服务器换了钥匙", "解锁后会重新加密再发；若一直停在这里，请告诉管理员。"],
  bad_signature: ["签名核对不上", "内容已保留在服务器等人处理，请告诉管理员。"],
  damaged: ["送到服务器的内容已损坏", "服务器保留了原件；请点“重新打开”再提交，并告诉主管。"],
  not_the_author: ["这份记录是别人写的", "内容已保留等人处理；请让原填写人修改。"],
  not_yours: ["这份记录不在您的工作范围", "内容已保留等人处理；请联系主管核对分工。"],
  package_reused: ["数据包编号重复", "两份都已保留等人处理，请告诉管理员。"],
  package_too_large: ["这份内容太大，服务器没有收", "请缩短很长的文字后重新提交。"],
  parent_kept: ["它所依据的前一份还在等人处理", "内容已保留。请点“重新打开”再提交，会接在服务器已有的那份后面。"],
  remarks_open: ["还有必须修改的意见没有回答", "请打开报告，逐条回答后重新提交。"],
  resync: ["您的工作范围有变化，正在重新下载", "请保持联网，未提交的内容不受影响。"],
  shape: ["答案与表单不符", "内容已保留等人处理；请更新应用后再试，并告诉主管。"],
  unknown_form: ["服务器没有这个版本的表单", "内容已保留等人处理，请告诉管理员。"],
  unknown_suite: ["服务器不认识这种加密方式", "内容已保留；请更新应用并告诉管理员。"],
  unsigned: ["这份内容没有签名", "内容已保留等人处理；请解锁后重新提交。"],
  leads_too_many: ["今天登记的线索太多了", "这条已由服务器保管，请告诉主管，由主管收下。"],
  quarantine_full: ["这部手机已停用，服务器暂时放不下它的更多内容", "内容都还在本机。请告诉主管先处理“另存”里的内容。"],
  urgent_too_many: ["锁屏紧急上报次数太多", "请直接拨打 110 或值班电话；解锁后可以继续上报。"],
};
