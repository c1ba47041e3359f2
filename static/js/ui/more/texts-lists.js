// What the pages of drafts and of sync say, in both languages: nobody waits for them at the start.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  counts_hint_demo: [
    "草稿：只在本机。待发：有信号就发。已收到：服务器已存好。演示不做备份。",
    "Draft: on this phone only. Waiting: leaves with the next signal. Received: stored on the server. A demo keeps no backup.",
  ],
  counts_hint: [
    "草稿：只在本机。待发：有信号就发。已收到：服务器已存好。已备份：另一台设备上也有一份。",
    "Draft: on this phone only. Waiting: goes when there is a signal. Received: stored by the server. Safe: also on another device.",
  ],
  draft_copies: ["服务器上的草稿副本", "Draft copies on the server"],
  draft_copy_hint: ["点一下取回到本机", "Tap to bring it to this phone"],
  next_try: ["{at} 会自动再试", "Tried again at {at}"],
  no_drafts: ["没有草稿", "No drafts"],
  send_now: ["现在发送", "Send now"],
  state_safe: ["已备份", "Safe"],
  state_safe_demo: ["已收到（演示不做备份）", "Received (a demo keeps no backup)"],
  sync_summary: ["发送情况", "What is sent"],
  unsaved_copies: ["{n} 份草稿还没有副本在服务器", "{n} drafts have no copy on the server yet"],
  unsent_since: ["最早一份从 {at} 起等待发送", "The oldest waits since {at}"],
};
