// What is said before a phone is set up, or where nothing on it can be read: which browser, and what this phone can do. In both languages, because it comes with one file.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  elsewhere_chat: ["请在手机浏览器里打开", "Open this in the phone's browser"],
  elsewhere_chat_why: [
    "您现在在聊天软件里。它会清理网页存下的内容，没有网络时也打不开。",
    "You are inside a chat app. It clears what a page keeps, and without a network it does not open.",
  ],
  elsewhere_browser: ["请换一个浏览器", "Please use another browser"],
  elsewhere_browser_why: [
    "这个浏览器缺少必要的功能，保存不了走访内容。请用手机自带的浏览器。",
    "This browser lacks what is needed to keep a visit. Please use the phone's own browser.",
  ],
  elsewhere_step_menu: ["点右上角的“…”。", "Tap “…” at the top right."],
  elsewhere_step_line: ["选“{line}”。", "Choose “{line}” (open in the browser)."],
  elsewhere_step_copy: ["点下面的按钮，复制地址。", "Tap the button below to copy the address."],
  elsewhere_step_paste: [
    "打开手机自带的浏览器，在地址栏粘贴。",
    "Open the phone's own browser and paste it into the address bar.",
  ],
  elsewhere_line_wechat: ["在浏览器打开", "在浏览器打开"],
  elsewhere_line_wecom: ["在默认浏览器打开", "在默认浏览器打开"],
  elsewhere_line_dingtalk: ["在浏览器打开", "在浏览器打开"],
  elsewhere_line_alipay: ["在浏览器打开", "在浏览器打开"],
  elsewhere_line_qq: ["用浏览器打开", "用浏览器打开"],
  elsewhere_line_feishu: ["在浏览器中打开", "在浏览器中打开"],
  elsewhere_line_weibo: ["浏览器打开", "浏览器打开"],
  elsewhere_line_uc: ["", ""],
  elsewhere_line_other: ["", ""],
  elsewhere_picture: [
    "示意图：先点右上角的三个点，再点“{line}”",
    "Picture: tap the three dots at the top right, then “{line}”",
  ],
  elsewhere_or_copy: ["或者复制地址", "Or copy the address"],
  elsewhere_address: ["地址", "Address"],
  elsewhere_code: [
    "地址里带着您的设备码。在这里打开没有用掉它，换到浏览器里还能用。请不要转发给别人。",
    "The address carries your device code. Opening it here did not use it up; it works in the browser. Do not forward it.",
  ],
  elsewhere_no_code: [
    "设备码请向主管要，在浏览器里再输入。",
    "Ask your supervisor for a device code and type it in the browser.",
  ],
  elsewhere_copy: ["复制地址", "Copy the address"],
  elsewhere_copied: ["已复制", "Copied"],
  elsewhere_copied_do: [
    "打开手机自带的浏览器，在地址栏粘贴。",
    "Open the phone's own browser and paste it into the address bar.",
  ],
  elsewhere_by_hand: ["这里不让自动复制", "This app does not let us copy"],
  elsewhere_by_hand_do: ["地址已经选中，请按住它，点“复制”。", "The address is selected: hold it, then tap “Copy”."],
  elsewhere_go_on: ["没有别的浏览器，仍在这里继续", "No other browser: go on here"],
  elsewhere_cannot: ["在这里用不了", "It cannot work here"],
  elsewhere_cannot_do: [
    "请换手机自带的浏览器。遇到危险直接打 110。",
    "Use the phone's own browser. In danger call 110.",
  ],
  ready_sealing: ["加密运算", "Sealing"],
  ready_sealing_s: ["{n} 秒", "{n} s"],
  ready_sealing_do: [
    "这台手机算得慢：数字口令会长两位，打开要多等一会儿。",
    "This phone is slow: the number gets two digits more, and opening takes a moment longer.",
  ],
  ready_space_mb: ["还有 {n} MB", "{n} MB free"],
  ready_camera: ["相机", "Camera"],
  ready_camera_do: [
    "找不到相机：材料可以以后补，扫码改为手工输入。",
    "No camera found: papers can follow later, codes are typed.",
  ],
  ready_packed: ["压缩，流量少用一半", "Compression, half the traffic"],
  ready_packed_do: ["请更新手机自带的浏览器。", "Please update the phone's own browser."],
  ready_finger: ["指纹或锁屏可以用来打开", "Finger or screen lock can open it"],
  ready_finger_do: ["没有也行：用数字口令打开。", "Not needed: the number opens it."],
  training_unsent: [
    "还有内容没有发出。练习时不会发送，请先联网发出，再来练习。",
    "Something is not sent yet, and nothing is sent while you practise. Send it first, then practise.",
  ],
  open_again: ["重新打开", "Open again"],
  newest_office: [
    "还没有新版本，请联系单位的管理员。",
    "There is no newer version yet. Please ask your office's administrator.",
  ],
  ready_system: ["手机自带的浏览器", "The phone's own browser"],
  ready_system_do: ["现在在聊天软件里，请在浏览器里打开。", "You are inside a chat app; open it in the browser."],
};
