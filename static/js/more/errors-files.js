// Why a photo, paper or sound was not kept, or has not arrived (docs/protocol.md section 9). These sentences come with the first file.

import { SENTENCES } from "../errors.js";

/** @type {Record<string, [string, string]>} */
const OF_FILES = {
  file_too_large: ["这张照片或文件太大，没有保存", "请离近一点只拍需要的部分，或分成几张；录音请分段。"],
  server_full: ["服务器的存储满了", "照片都在本机，过几分钟会自动再传；若一直这样，请告诉管理员。"],
  digest_wrong: ["传到的字节对不上", "已从头重传几次还是不对。请重新拍一张；若再次出现，请告诉管理员。"],
  file_changed: ["这个编号下是另一个文件", "文件仍在本机；请重新拍一张，或重新选一次文件。"],
  file_offset: ["服务器收到的长度对不上", "不用操作，会按服务器已收到的长度接着传。"],
  file_refused: ["服务器收下了字节，但打不开这个文件", "文件仍在本机；请重新拍一张，并告诉管理员。"],
  file_damaged: ["服务器打不开这个文件", "文件仍在本机；请重新拍一张，并告诉管理员。"],
  file_gone: ["这户人家或告知人的资料已依法删除", "服务器不再收这张照片，不用再传；如有疑问请问主管。"],
  file_unknown_suite: ["服务器不认识这种加密方式", "照片仍在本机；请更新应用，再点“再试一次”。"],
  file_unknown_key: ["服务器换了钥匙", "照片仍在本机；请解锁并联网一次，会自动接着传。"],
  file_not_found: ["服务器一时找不到这个文件", "照片仍在本机，稍后会自动从头再传。"],
  file_too_many_open: ["传到一半的文件太多", "不用操作，前面的传完后会自动接着传。"],
  file_too_much_unnamed: ["还没有随报告提交的照片太多", "请先提交用到这些照片的报告，其余的会自动接着传。"],
  file_too_much_today: ["今天传的照片和文件太多", "照片仍在本机，明天会自动接着传。"],
  file_unread: ["这个文件在本机已损坏", "其他内容不受影响。请重新拍一张，并告诉主管。"],
};

Object.assign(SENTENCES, OF_FILES);
