// Every refusal a person can meet on the phone: a stable code, what is wrong, what to do. zh first, en complete.
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

/** The code of whatever was thrown. @param {unknown} thrown */
export const codeOf = (thrown) => (thrown instanceof Problem ? thrown.code : "unknown_problem");

/**
 * @param {string} code @param {"zh" | "en"} language
 * @returns {{title: string, whatToDo: string}} of `unknown_problem` for a code this version does not know
 */
export function sentence(code, language) {
  const [zhTitle, zhDo, enTitle, enDo] = SENTENCES[code] ?? SENTENCES.unknown_problem;
  return language === "en" ? { title: enTitle, whatToDo: enDo } : { title: zhTitle, whatToDo: zhDo };
}

/** code -> [zh title, zh what to do, en title, en what to do]. @type {Record<string, [string, string, string, string]>} */
export const SENTENCES = {
  // This phone and its vault
  no_webcrypto: [
    "这个浏览器不能加密",
    "请用系统浏览器或新版 Chrome 打开，地址必须以 https 开头。",
    "This browser cannot encrypt",
    "Open the app in the system browser or a newer Chrome, at an address that starts with https.",
  ],
  no_worker: [
    "这个浏览器打不开保险箱",
    "请更新浏览器，或换用系统浏览器打开。",
    "This browser cannot start the vault",
    "Update the browser, or open the app in the system browser.",
  ],
  storage_unavailable: [
    "不能在本机保存",
    "请退出无痕（隐私）模式后重新打开。",
    "Nothing can be saved on this phone",
    "Leave private browsing and open the app again.",
  ],
  storage_full: [
    "手机存储已满，刚才的内容还没有保存",
    "不要关闭本页。请删除手机里不用的照片或应用，再点“重试”。",
    "The phone is full; your last entry is not saved yet",
    "Keep this page open. Delete photos or apps you do not need, then tap retry.",
  ],
  storage_lost: [
    "与本机存储的连接断了",
    "请重新打开应用；已保存的内容都在。",
    "The link to this phone's storage broke",
    "Open the app again. What was saved is still there.",
  ],
  value_damaged: [
    "这一项数据已损坏，打不开",
    "其他内容不受影响。联网后会重新下载；若是草稿，请告诉主管。",
    "This one item is damaged and cannot be opened",
    "Everything else is unharmed. It is fetched again when there is a link; if it is a draft, tell your supervisor.",
  ],
  package_damaged: [
    "这份数据包已损坏",
    "请联网后重新提交，并告诉主管。",
    "This package is damaged",
    "Submit again when there is a link, and tell your supervisor.",
  ],
  not_found: [
    "找不到这一项",
    "它可能已提交或已删除，请回到清单查看。",
    "This item is not here",
    "It may have been handed in or removed. Look in the list.",
  ],
  vault_locked: ["应用已锁定", "请先输入口令解锁。", "The app is locked", "Unlock it first."],
  wrong_secret: [
    "口令不对",
    "请检查后再输一次。连续忘记时，请向主管要新的设备码。",
    "That is not the right passphrase",
    "Check it and try again. If it is forgotten, ask your supervisor for a new device code.",
  ],
  wrong_pin: [
    "PIN 不对",
    "请再输一次。输错五次后要用口令解锁。",
    "That is not the right PIN",
    "Try again. After five wrong tries the passphrase is needed.",
  ],
  pin_locked: [
    "PIN 输错五次，应用已锁定",
    "请用口令解锁；已保存的内容都在。",
    "Five wrong PINs: the app is locked",
    "Unlock with your passphrase. What was saved is still there.",
  ],
  worker_failed: [
    "保险箱没有响应",
    "请重新打开应用；已保存的内容都在。",
    "The vault does not answer",
    "Open the app again. What was saved is still there.",
  ],
  record_too_large: [
    "这份记录太大，不能提交",
    "请缩短很长的文字，或把部分内容分到另一份记录。",
    "This record is too large to hand in",
    "Shorten very long texts, or move part of it to another record.",
  ],
  id_form: [
    "编号格式不对",
    "请重新打开这一项；若再次出现，请告诉主管。",
    "An id has the wrong form",
    "Open the item again; if it happens again, tell your supervisor.",
  ],
  // Choosing secrets, entering codes
  code_form: [
    "设备码格式不对",
    "设备码共 24 个字符，请对照主管给的重新输入或扫码。",
    "That is not a device code",
    "It has 24 characters. Compare with the one you were given, or scan it.",
  ],
  secret_short: [
    "口令太短",
    "至少 12 个字符，可以用四个不相关的词。",
    "The passphrase is too short",
    "Use at least 12 characters; four unrelated words are good.",
  ],
  secret_simple: [
    "口令太容易猜",
    "不要重复同几个字符，不要只用数字。",
    "The passphrase is too easy to guess",
    "Do not repeat the same few characters, and do not use digits only.",
  ],
  secret_digits: [
    "数字口令的位数不对",
    "请完整输入屏幕上给出的全部数字。",
    "The number has the wrong length",
    "Enter all the digits that were shown.",
  ],
  pin_form: ["PIN 必须是 6 位数字", "请输入 6 位数字。", "The PIN must be six digits", "Enter six digits."],
  pin_simple: [
    "这个 PIN 太容易猜",
    "不要用相同、连续或重复的数字。",
    "This PIN is too easy to guess",
    "Do not use one digit, a run, or a repeated group.",
  ],
  other_address: [
    "这个设备码属于另一个网址",
    "请打开二维码里的网址，再扫一次。",
    "This device code belongs to another address",
    "Open the address in the QR code, then scan it again.",
  ],
  server_fingerprint: [
    "服务器身份与设备码不符",
    "不要继续。请换一个网络再试，并马上告诉主管。",
    "The server is not the one your device code names",
    "Do not go on. Try another network, and tell your supervisor at once.",
  ],
  server_keys_unsigned: [
    "服务器的密钥清单没有正确签名",
    "不要继续，请马上告诉管理员。",
    "The server's list of keys is not signed properly",
    "Do not go on; tell the administrator at once.",
  ],
  no_server_key: [
    "没有可用的服务器密钥",
    "请更新应用；若仍出现，请告诉管理员。",
    "There is no server key this app can use",
    "Update the app; if it happens again, tell the administrator.",
  ],
  // The way to the server
  no_network: [
    "现在连不上服务器",
    "内容已保存在本机，有信号时会自动发送。",
    "The server cannot be reached now",
    "Everything is saved on this phone and is sent when there is a signal.",
  ],
  captive_portal: [
    "网络要求先登录（如公共 Wi-Fi）",
    "请先在浏览器登录该网络，或改用手机流量。",
    "This network wants a sign-in first",
    "Sign in to the Wi-Fi in the browser, or use mobile data.",
  ],
  reply_malformed: [
    "服务器的回复读不懂",
    "内容仍在本机，稍后会再试；若反复出现，请告诉管理员。",
    "The server's reply could not be read",
    "Everything is still on this phone and is tried again. If it goes on, tell the administrator.",
  ],
  server_error: [
    "服务器出错",
    "内容仍在本机，稍后会自动再试。",
    "The server had an error",
    "Everything is still on this phone and is tried again.",
  ],
  clock: [
    "手机时间与服务器相差较大",
    "不影响保存和提交；请在手机设置里打开自动时间。",
    "The phone's clock is far from the server's",
    "Saving and sending still work. Turn on automatic time in the phone's settings.",
  ],
  suspended: [
    "这台手机已被暂停",
    "已填写的内容仍可保存和发送；请联系管理员。",
    "This phone is suspended",
    "What you fill in is still saved and sent. Ask the administrator.",
  ],
  revoked: [
    "这台手机已被停用",
    "未发送的内容仍可交给服务器保管；请联系管理员。",
    "This phone was revoked",
    "Unsent work can still be handed to the server. Ask the administrator.",
  ],
  update: [
    "需要更新应用",
    "请在有网络时点“更新”；内容不会丢失。",
    "The app needs an update",
    "Tap update when there is a link. Nothing is lost.",
  ],
  unsafe: [
    "服务器还没有可靠的备份",
    "手机会保留已提交内容的副本；请告诉管理员。",
    "The server has no verified backup yet",
    "This phone keeps copies of what was handed in. Tell the administrator.",
  ],
  demo: [
    "这是演示系统，不做备份",
    "请不要填写真实的人。",
    "This is a demonstration without backups",
    "Do not enter real people.",
  ],
  unknown_problem: [
    "出现了没有预料到的问题",
    "内容仍在本机。请重新打开应用；若再次出现，请告诉主管。",
    "Something unexpected happened",
    "Everything is still on this phone. Open the app again; if it happens again, tell your supervisor.",
  ],
  // What the server refuses (docs/protocol.md section 7)
  unknown_vault: [
    "服务器不认识这台手机",
    "内容仍在本机。请联系管理员，可能需要新的设备码。",
    "The server does not know this phone",
    "Everything is still here. Ask the administrator; a new device code may be needed.",
  ],
  frame_malformed: [
    "服务器读不懂这次发送",
    "内容仍在本机，会改为一条一条再发；若再次出现，请告诉管理员。",
    "The server could not read what was sent",
    "Everything is still here and is sent again one by one. If it happens again, tell the administrator.",
  ],
  frame_too_large: [
    "一次发送的内容太多",
    "会自动分成小份再发。",
    "Too much was sent at once",
    "It is sent again in smaller parts.",
  ],
  request_reused: [
    "这次请求的编号已用过",
    "会自动换新编号再发。",
    "The number of this request was used before",
    "It is sent again under a new one.",
  ],
  slow_down: [
    "请求太频繁",
    "请等一会儿；应用会自动再试。",
    "Too many requests",
    "Wait a little; the app tries again by itself.",
  ],
  server_busy: [
    "服务器正忙",
    "内容仍在本机，稍后会自动再试。",
    "The server is busy",
    "Everything is still on this phone and is tried again.",
  ],
  enrol_refused: [
    "账号、密码或设备码不对，或设备码已过期",
    "请逐项检查；设备码 15 分钟内有效，可向主管要新的。",
    "The account, password or device code is wrong, or the code has expired",
    "Check each one. A code lives 15 minutes; ask your supervisor for a new one.",
  ],
  internal: [
    "服务器出错，刚才的操作没有完成",
    "内容仍在本机，稍后会自动再试；若再次出现，请告诉管理员。",
    "The server had an error; what you asked for was not done",
    "Everything is still on this phone and is tried again. If it happens again, tell the administrator.",
  ],
  request_malformed: [
    "服务器读不懂填写的内容",
    "请检查后再试；若再次出现，请更新应用。",
    "The server could not read what was entered",
    "Check it and try again; if it happens again, update the app.",
  ],
  too_large: ["内容太大", "请缩短后再试。", "That is too large", "Shorten it and try again."],
  // Why the server kept a package for a person, or wants it otherwise (sync/codes.py). Nothing of it is lost.
  other_bytes: [
    "同一编号已有另一份内容",
    "两份都已保留，主管会决定用哪一份。",
    "Other content has the same number",
    "Both are kept; a supervisor decides.",
  ],
  not_the_head: [
    "别人在这期间改过这份记录",
    "两份都已保留，主管会决定。要继续改，请点“重新打开”。",
    "Somebody changed this record in the meantime",
    "Both are kept; a supervisor decides. To go on with yours, tap “open again”.",
  ],
  parent_unknown: [
    "服务器还没有收到前一份",
    "不用操作，前一份到达后会自动接上。",
    "The server does not have the version before this yet",
    "Nothing to do: it is taken when that one arrives.",
  ],
  approved: [
    "这份报告已经批准",
    "您的修改已作为附件保留；需要更正请联系主管。",
    "This report is approved already",
    "Your change is kept beside it. Ask your supervisor if it must be corrected.",
  ],
  handed_in: [
    "这份报告已经提交，不能作废",
    "需要收回请在复核开始前点“撤回”，或联系主管。",
    "This report was handed in and cannot be voided",
    "Withdraw it before the review opens, or ask your supervisor.",
  ],
  in_review: [
    "主管正在复核这份报告",
    "您的修改已保留；请等退回后再改，或联系主管。",
    "A supervisor is reviewing this report",
    "Your change is kept. Wait until it comes back, or talk to your supervisor.",
  ],
  not_submitted: [
    "这份报告不在待复核清单里，不用撤回",
    "可以直接打开继续修改。",
    "This report is not waiting for review, so there is nothing to withdraw",
    "Open it and go on.",
  ],
  void: [
    "这份记录已作废",
    "您的内容已保留在服务器，请告诉主管。",
    "This record was voided",
    "Your content is kept on the server. Tell your supervisor.",
  ],
  no_envelope: [
    "服务器缺少这份内容的钥匙",
    "不用操作，会重新加密再发。",
    "The server lacks the key of this item",
    "Nothing to do: it is sealed again and sent.",
  ],
  unknown_key: [
    "服务器换了钥匙",
    "解锁后会重新加密再发；若一直停在这里，请告诉管理员。",
    "The server has another key now",
    "It is sealed again after you unlock. If it stays here, tell the administrator.",
  ],
  bad_signature: [
    "签名核对不上",
    "内容已保留在服务器等人处理，请告诉管理员。",
    "The signature does not fit",
    "The server keeps it for a person. Tell the administrator.",
  ],
  damaged: [
    "送到服务器的内容已损坏",
    "服务器保留了原件；请点“重新打开”再提交，并告诉主管。",
    "What arrived at the server was damaged",
    "The server keeps it as it came. Tap “open again”, hand it in once more, and tell your supervisor.",
  ],
  not_the_author: [
    "这份记录是别人写的",
    "内容已保留等人处理；请让原填写人修改。",
    "Somebody else wrote this record",
    "It is kept for a person. Let its author change it.",
  ],
  not_yours: [
    "这份记录不在您的工作范围",
    "内容已保留等人处理；请联系主管核对分工。",
    "This record is not among your work",
    "It is kept for a person. Ask your supervisor who it is assigned to.",
  ],
  package_reused: [
    "数据包编号重复",
    "两份都已保留等人处理，请告诉管理员。",
    "The number of this package was used before",
    "Both are kept for a person. Tell the administrator.",
  ],
  package_too_large: [
    "这份内容太大，服务器没有收",
    "请缩短很长的文字后重新提交。",
    "This item is too large for the server",
    "Shorten very long texts and hand it in again.",
  ],
  parent_kept: [
    "它所依据的前一份还在等人处理",
    "内容已保留。请点“重新打开”再提交，会接在服务器已有的那份后面。",
    "The version before this is still waiting for a person",
    "It is kept. Tap “open again” and hand it in once more; it then follows what the server has.",
  ],
  remarks_open: [
    "还有必须修改的意见没有回答",
    "请打开报告，逐条回答后重新提交。",
    "A remark that must be fixed is still unanswered",
    "Open the report, answer each one, and hand it in again.",
  ],
  resync: [
    "您的工作范围有变化，正在重新下载",
    "请保持联网，未提交的内容不受影响。",
    "Your work has changed and is downloaded again",
    "Stay connected. What you have not handed in is untouched.",
  ],
  shape: [
    "答案与表单不符",
    "内容已保留等人处理；请更新应用后再试，并告诉主管。",
    "The answers do not fit their form",
    "It is kept for a person. Update the app, try again, and tell your supervisor.",
  ],
  unknown_form: [
    "服务器没有这个版本的表单",
    "内容已保留等人处理，请告诉管理员。",
    "The server does not know this version of the form",
    "It is kept for a person. Tell the administrator.",
  ],
  unknown_suite: [
    "服务器不认识这种加密方式",
    "内容已保留；请更新应用并告诉管理员。",
    "The server does not know this way of sealing",
    "It is kept. Update the app and tell the administrator.",
  ],
  unsigned: [
    "这份内容没有签名",
    "内容已保留等人处理；请解锁后重新提交。",
    "This item is not signed",
    "It is kept for a person. Unlock and hand it in again.",
  ],
  urgent_too_many: [
    "锁屏紧急上报次数太多",
    "请直接拨打 110 或值班电话；解锁后可以继续上报。",
    "Too many urgent reports from the lock screen",
    "Call 110 or the duty number. After unlocking you can report again.",
  ],
};
