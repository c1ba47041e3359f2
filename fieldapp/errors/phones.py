"""Phones: enrolling one, opening it, and what goes between it and the server."""

from fieldapp.errors.text import ProblemText

PROBLEMS: dict[str, ProblemText] = {
    "clock": ProblemText(
        409,
        "手机时间与服务器相差较大",
        "The clocks of phone and server differ by much",
        "请在手机设置里打开自动时间，再试一次。",
        "Set the phone's clock to automatic, then try again.",
    ),
    "digest_wrong": ProblemText(
        460,
        "收到的文件与手机上的不一致",
        "The file that arrived is not the one on the phone",
        "会自动从头再传一次；文件仍在本机。",
        "It is sent again from its beginning. It is still on the phone.",
    ),
    "enrol_refused": ProblemText(
        403,
        "账号、密码或设备码不对，或设备码已过期",
        "The account, password or device code is wrong, or the code has expired",
        "请逐项检查；设备码 15 分钟内有效，可向主管要新的。",
        "Check each one. A code lives 15 minutes; ask your supervisor for a new one.",
    ),
    "file_changed": ProblemText(
        409,
        "这个编号下是另一个文件",
        "Another file has this number",
        "文件仍在本机；请重新拍一张，或重新选一次文件。",
        "The file is still on the phone: take it, or choose it, once more.",
    ),
    "file_offset": ProblemText(
        409,
        "这一段不是现在该传的",
        "This piece is not the one that is due",
        "会按服务器已收到的长度接着传。",
        "It goes on from what the server has.",
    ),
    "file_refused": ProblemText(
        422,
        "服务器收下了字节，但打不开这个文件",
        "The bytes arrived, but the file does not open",
        "文件仍在本机；请联系管理员，或重新拍一张。",
        "It is still on the phone: tell an administrator, or take it once more.",
    ),
    "frame_malformed": ProblemText(
        400,
        "服务器读不懂这次发送",
        "The server could not read what was sent",
        "内容仍在手机里，会改为一条一条再发；若再次出现，请告诉管理员。",
        "Everything is still on the phone and is sent again one by one. If it happens again, tell the administrator.",
    ),
    "frame_too_large": ProblemText(
        413,
        "一次发送的内容太多",
        "Too much was sent at once",
        "会自动分成小份再发。",
        "It is sent again in smaller parts.",
    ),
    "parcel_malformed": ProblemText(
        422,
        "这不是手机保存的未发送资料文件，或者文件不完整",
        "This is not a file of unsent work from a phone, or it is not whole",
        "请回到手机，在“发送”页里重新保存一份，拷贝完整后再交。手机上的资料都还在。",
        "Save it again on the phone, on the page about sending, and copy all of it. Everything is still on the phone.",
    ),
    "parcel_too_large": ProblemText(
        413,
        "这个文件太大",
        "This file is too large",
        "网页一次最多收 48 MB。请让手机重新保存（会自动分成几个文件），或请服务器运维人员用命令行接收。",
        "The page takes 48 MB at a time. Save it again on the phone, which makes several files, or let the operator of "
        "the server take it in.",
    ),
    "parcel_unknown": ProblemText(
        422,
        "没有找到这个文件所属的手机",
        "The phone this file is from was not found",
        "请由本人、她的主管或本地管理员来交；不是本县手机的文件请交到发给手机的单位。",
        "Let its owner, her supervisor or an administrator of her region hand it in. A file of another county's phone "
        "goes to the office that gave out the phone.",
    ),
    "pen_elsewhere": ProblemText(
        409,
        "这份记录现在由手机填写",
        "This report is being written on the phone now",
        "您在这里写的还在“我的草稿”里，没有提交。要在这里写完，请在“我的草稿”里再点“在这里写完”。",
        "What you wrote here is kept under My drafts and was not handed in. "
        "To finish it here, press Finish here there once more.",
    ),
    "request_reused": ProblemText(
        409,
        "这次请求的编号已用过",
        "The number of this request was used before",
        "会自动换新编号再发。",
        "It is sent again under a new one.",
    ),
    "share_gone": ProblemText(
        410,
        "这个 PIN 不能用了",
        "This PIN opens nothing any more",
        "请用口令解锁；解锁后可在设置里重新设置 PIN。",
        "Unlock with your secret; then you can set a PIN again in the settings.",
    ),
    "share_locked": ProblemText(
        423,
        "PIN 输错十次，已停用",
        "The PIN was wrong ten times and is switched off",
        "请用口令解锁，再到设置里重新设置 PIN；忘记口令请向管理员要新的设备码。",
        "Unlock with your secret and set a new PIN in the settings. If you forgot it, ask for a new device code.",
    ),
    "storage_full": ProblemText(
        507,
        "服务器的磁盘满了",
        "The server's disk is full",
        "文件仍在本机，稍后会自动再传；请告诉管理员。",
        "The file is still on the phone and is sent again later. Tell an administrator.",
    ),
    "unknown_vault": ProblemText(
        401,
        "服务器不认识这台手机",
        "The server does not know this phone",
        "内容仍在手机里。请联系管理员，可能需要新的设备码。",
        "Everything is still on the phone. Ask the administrator; a new device code may be needed.",
    ),
    "vault_state_changed": ProblemText(
        409,
        "这部手机的状态已经变了",
        "The state of this phone has changed",
        "请重新打开手机列表，看看现在的状态。",
        "Open the list of phones again and look at its state.",
    ),
    "wrong_pin": ProblemText(
        403,
        "PIN 不对",
        "This PIN is not right",
        "请再输一次；一共可试十次，然后只能用口令解锁。",
        "Enter it again. There are ten tries in all, then only the secret unlocks.",
    ),
}
