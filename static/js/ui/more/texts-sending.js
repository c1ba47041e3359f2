// What the page about sending says of photos, of what waits for what, of the file for the office and of the log, in both languages.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  copied_log: ["已复制", "Copied"],
  copy_log: ["复制", "Copy"],
  file_after: ["等报告先发出", "Waits until its report has gone"],
  file_audio: ["录音", "Sound"],
  file_file: ["文件", "File"],
  file_left_to_go: ["照片和文件还有 {left} 没有发完", "{left} of photos and files are still to be sent"],
  file_paper: ["材料", "Paper"],
  file_photo: ["照片", "Photo"],
  file_resumes: [
    "已发 {sent}，共 {bytes}；有信号会接着发",
    "{sent} of {bytes} sent; goes on from there with the next signal",
  ],
  file_sending: [
    "正在发：{sent}，共 {bytes}（第 {n} 段，共 {m} 段）",
    "Being sent: {sent} of {bytes} (piece {n} of {m})",
  ],
  file_waits: ["等待发送，共 {bytes}", "Waiting, {bytes}"],
  files_of_drafts: ["草稿里的照片和文件", "Photos and files of drafts"],
  log_hint: [
    "有人帮您排查问题时，可以复制给他。里面没有姓名、案件和填写的内容。",
    "For whoever helps you find out what is wrong. No name, no case and no answer is in it.",
  ],
  log_title: ["给技术人员的记录", "Log for support"],
  parcel_done: ["第 {n} 个已存（共 {m} 个）", "File {n} of {m} is saved"],
  parcel_hint: [
    "一直没有信号时用：把没有发出的资料存成文件，拷给办公室的人交上去。文件已加密，别处打不开；本机上的都还在，有信号时照样发。",
    "For when there is no signal for long: what is not sent is saved as a file, which somebody takes to the office. It is sealed and opens nowhere else. Everything stays on this phone too, and is sent as ever.",
  ],
  parcel_next: ["存第 {n} 个（共 {m} 个）", "Save file {n} of {m}"],
  parcel_nothing: ["没有待发的资料，不用存", "Nothing waits, so there is nothing to save"],
  parcel_save: ["把没发出的存成文件", "Save what is not sent as a file"],
  parcel_saved: [
    "已存成 {n} 个文件（报告和草稿 {packages} 份，照片和文件 {files} 个），在手机的“下载”里。请全部拷给办公室；本机上的都还在。",
    "Saved as {n} file(s) under Downloads: {packages} reports and drafts, {files} photos and files. Take all of them to the office; everything is still on this phone.",
  ],
  parcel_several: [
    "一共 {n} 个文件（报告和草稿 {packages} 份，照片和文件 {files} 个），第 1 个已存在手机的“下载”里。其余的请在下面一个一个点，全部拷给办公室；本机上的都还在。",
    "{n} files in all: {packages} reports and drafts, {files} photos and files. The first is under Downloads. Tap the others below one by one, and take all of them to the office; everything is still on this phone.",
  ],
  recheck: ["和单位核对一遍", "Check with the office"],
  recheck_hint: [
    "单位说没收到时用：问一遍服务器，交过的还在不在；少了的会自动再发，不会重复。",
    "For when the office says something is missing: the server is asked what it still has of all that was handed in. What it lacks goes again, and nothing comes twice.",
  ],
  waits_parent: [
    "服务器要先收到它前面的那份（案件或上一版），收到后会自动发",
    "The server first needs what it builds on (the case, or an earlier version); then it goes by itself",
  ],
};
