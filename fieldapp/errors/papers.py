"""Letters, receipts, scans, templates, extracts, and files between counties: what leaves the house."""

from fieldapp.errors.text import ProblemText

PROBLEMS: dict[str, ProblemText] = {
    "consent_withdrawn": ProblemText(
        409,
        "这家人已撤回向外提供信息的同意",
        "This family withdrew its consent to sharing",
        "不能再交给外地或别的部门；法律要求报告的照常报告。请先和本人谈。",
        "It may not be passed on to others; what the law orders to be reported is reported all the "
        "same. Talk with her first.",
    ),
    "county_card_unreadable": ProblemText(
        422,
        "这张县卡用不了",
        "This card of a county cannot be used",
        "请对方重新下载县卡再发来。文件要原样，不能改，也不能是旧的或我们自己的。",
        "Ask the other county to download its card anew and send it unchanged. An older one, or our own, is not taken.",
    ),
    "county_unknown": ProblemText(
        409,
        "发来的县还没有确认",
        "The county that sent it is not confirmed",
        "文件已留存。请管理员在“其他县”里收下对方的县卡，电话核对指纹，再交一次。",
        "The file is kept. Ask an administrator to take in their card under Other counties and to compare the "
        "fingerprint by telephone, then hand it in again.",
    ),
    "entrusted_changed": ProblemText(
        409,
        "同一编号下，内容和先前的不一样",
        "Under the same number this says something else than before",
        "先前的照旧有效，这一份已留存，没有收下。请打电话问对方哪一份是对的。",
        "What came first stays; this file is kept and not taken. Call the other county and ask which is right.",
    ),
    "entrusted_form_unknown": ProblemText(
        409,
        "对方用的表，这里没有这一版",
        "The form of this visit is not here in that version",
        "文件已留存。两边更新到同一版本后再交；等不及的，请用委托函和空白表。",
        "The file is kept. Hand it in again when both sides have the same version; until then use the letter and "
        "a blank form.",
    ),
    "entrusted_needs_county": ProblemText(
        403,
        "委托要由全县的主管收下",
        "A request is taken in by a supervisor of the whole county",
        "文件已留存。请县里的主管来交。",
        "The file is kept. Ask a supervisor of the county to hand it in.",
    ),
    "entrusted_not_ours": ProblemText(
        409,
        "这个文件不是给我们的",
        "This file is not for us",
        "文件已留存，这里打不开。请退给发来的县，让他们按我们现在的县卡重新做。",
        "The file is kept and cannot be opened here. Ask who sent it to make it anew with our present card.",
    ),
    "entrusted_not_ready": ProblemText(
        409,
        "还不能答复",
        "It cannot be answered yet",
        "这次走访的报告要全部批准，对方县也要仍是确认的，才能做答复。",
        "Every report of this visit has to be approved, and the other county still be confirmed.",
    ),
    "entrusted_over": ProblemText(
        409,
        "这次委托已经过期或者撤回了",
        "This entrusted visit is over or was taken back",
        "请和对方联系；还需要走访的，重新委托一次。",
        "Call the other county; if the visit is still needed, it is entrusted anew.",
    ),
    "entrusted_unasked": ProblemText(
        409,
        "我们没有委托过这次走访",
        "We asked for no such visit",
        "文件已留存。请核对是不是发给了别的县，或者委托是别的乡镇发出的。",
        "The file is kept. Ask whether it was meant for another county, or whether another township asked for it.",
    ),
    "entrusted_unreadable": ProblemText(
        422,
        "这个文件读不了",
        "This file cannot be read",
        "文件已留存。可能传坏了、被改过，或者不是委托走访的文件。请对方重新下载再发。",
        "The file is kept. It was damaged or changed on its way, or is no file of an entrusted visit. Ask the "
        "other county to download it anew.",
    ),
    "extract_names_somebody": ProblemText(
        422,
        "写的内容里有名字、村名、学校或号码",
        "What was written names somebody, a village, a school or a number",
        "请改写下面列出的地方，再生成一次。",
        "Rewrite what is listed below, then make it again.",
    ),
    "fingerprint_differs": ProblemText(
        422,
        "指纹对不上",
        "The fingerprint differs",
        "不要确认。请用你们本来就知道的电话再核对一遍；还是不一样，就请对方重发县卡。",
        "Do not confirm. Compare once more on a number you already knew; if it still differs, ask for their card "
        "again.",
    ),
    "letter_day_wrong": ProblemText(
        422,
        "这一天还没有这份函",
        "The letter was not there yet on that day",
        "发出不会早于制作，签收不会早于发出。请改日期。",
        "It is not sent before it is made, nor received before it is sent. Correct the day.",
    ),
    "letter_lacks_causal": ProblemText(
        422,
        "移送函缺第三项“因果关系”",
        "The letter lacks part 3, the causal link",
        "请在移送函表（F4）“四项内容”里写明困难怎样由这件事造成，经批准后再制作；先移送、后补的，写明哪天前补。",
        "Write in the form of the letter (F4), The four contents, how the hardship comes from the case, have it "
        "approved, then make the letter. Where it follows, say by which day.",
    ),
    "letter_lacks_hardship": ProblemText(
        422,
        "移送函缺第二项“生活困难情况”",
        "The letter lacks part 2, the hardship",
        "请在移送函表（F4）“四项内容”里写明收入、支出、要照顾的人，经批准后再制作；先移送、后补的，写明哪天前补。",
        "Write in the form of the letter (F4), The four contents, the income, costs and who depends on her, have "
        "it approved, then make the letter. Where it follows, say by which day.",
    ),
    "letter_lacks_harm": ProblemText(
        422,
        "移送函缺第一项“人身财产受损情况”",
        "The letter lacks part 1, the harm",
        "请在移送函表（F4）“四项内容”里写明受了什么伤、损失了什么，经批准后再制作。这一项不能后补。",
        "Write in the form of the letter (F4), The four contents, what injury and loss there is, have it "
        "approved, then make the letter. This part cannot follow later.",
    ),
    "letter_lacks_level_reason": ProblemText(
        422,
        "移送函没有写为什么不移送同级单位",
        "The letter does not say why it goes to another level",
        "线索一般移送同级单位。请在移送函表（F4）里写明理由，级别写错的改过来，经批准后再制作。",
        "A lead goes to the same level. Write the reason in the form of the letter (F4), or correct the level, have it "
        "approved, then make the letter.",
    ),
    "letter_lacks_safe_contact": ProblemText(
        422,
        "没有写明怎样联系她才安全",
        "How she can be reached safely is not said",
        "移送函请在移送函表（F4）里写明；委托走访请先在案卷里写明安全联系办法。没有它，接收单位可能害了她。",
        "For a transfer write it in the form of the letter (F4); for an entrusted visit write it into the file "
        "first. Without it the receiver could do her harm.",
    ),
    "letter_lacks_situation": ProblemText(
        422,
        "移送函缺第四项“具体救助情形”",
        "The letter lacks part 4, the relief situation",
        "请在移送函表（F4）“四项内容”里至少勾一项，经批准后再制作；先移送、后补的，写明哪天前补。",
        "Tick at least one in the form of the letter (F4), The four contents, have it approved, then make the "
        "letter. Where it follows, say by which day.",
    ),
    "letter_needs_visit": ProblemText(
        422,
        "还没有可以移送的走访记录",
        "There is no visit record that a letter could be made from",
        "请先交走访记录。门口部分交了，就可以先移送、材料后补。",
        "Hand in the visit first. Its door part is enough for a letter whose materials follow.",
    ),
    "letter_needs_words": ProblemText(
        422,
        "委托函还没写全",
        "The letter is not complete",
        "请写明受托单位、请了解的内容和我方联系人。",
        "Say which office is asked, what is asked, and who our contact is.",
    ),
    "letter_not_from_this": ProblemText(
        409,
        "这份报告现在不能制作这种函件",
        "This paper cannot be made from this report now",
        "移送函、回执、纪要、结案说明要等报告批准；走访记录要等报告交上来。",
        "Letters, receipts, minutes and closing notes wait until the report is approved; the record of a visit "
        "until it is handed in.",
    ),
    "letter_not_sent": ProblemText(
        409,
        "这份函还没有记为发出",
        "The letter was not noted as sent",
        "请先记下发出，再记签收。",
        "Note first that it was sent, then that it was received.",
    ),
    "letter_not_signed": ProblemText(
        409,
        "这份函还没有记为签名",
        "The letter was not noted as signed",
        "请先打印、签名盖章，记下“已签名”，再发出。",
        "Print it, have it signed and sealed, note it as signed, then send it.",
    ),
    "letter_superseded": ProblemText(
        409,
        "这份函已被后来的代替",
        "A later letter took the place of this one",
        "报告后来改过，请用新制作的那一份；旧的编号保留不用。",
        "The report was changed since. Use the letter made from it; the number of the old one stays unused.",
    ),
    "receipt_needs_letter": ProblemText(
        422,
        "这个案卷还没有批准的移送函",
        "There is no approved letter in this file",
        "移送函批准以后，才能登记回执。",
        "A receipt is noted once the letter is approved.",
    ),
    "scan_too_large": ProblemText(
        413,
        "扫描件太大或太多",
        "The scan is too large, or there are too many",
        "每个文件最多 5 MB，每份函最多 20 个。请降低分辨率再扫。",
        "At most 5 MB a file and 20 files a letter. Scan at a lower resolution.",
    ),
    "scan_unreadable": ProblemText(
        422,
        "这不是能保存的扫描件",
        "This is no scan that can be kept",
        "请用 PDF、JPEG 或 PNG 文件。",
        "Use a PDF, JPEG or PNG file.",
    ),
    "share_needs_fields": ProblemText(
        422,
        "还没有选要提供的内容",
        "Nothing to share was chosen",
        "请至少勾选一项；只勾办这件事用得着的。内容有变化的，请重新打开这一页再选。",
        "Tick at least one item, and only what the purpose needs. If the file changed meanwhile, open the page anew.",
    ),
    "share_needs_words": ProblemText(
        422,
        "提供信息要写明给谁、为什么、凭什么",
        "Say to whom, for what, and on what ground",
        "请写明接收单位、用途；不是凭同意提供的，还要写明哪条规定或什么紧急情况。",
        "Name the receiver and the purpose; without a consent also the rule or the emergency.",
    ),
    "share_receiver_unknown": ProblemText(
        422,
        "接收单位类别不在列表中",
        "This kind of receiver is not in the list",
        "请从列表里选接收单位类别。",
        "Choose the kind of receiver from the list.",
    ),
    "share_without_consent": ProblemText(
        409,
        "同意书里没有写她同意提供给这个单位",
        "The record of consent does not name this receiver",
        "请先问她、补同意书（F0），或改为法定职责、紧急情况并写明依据。",
        "Ask her and record it first (F0), or choose legal duty or emergency and name the ground.",
    ),
    "template_too_many": ProblemText(
        409,
        "模板已经存满",
        "There are too many templates",
        "最多保存 50 个。请联系管理系统的人。",
        "At most 50 are kept. Ask whoever runs this server.",
    ),
}
