// The office asks for a longer passphrase, in both languages.

/** `[zh, en]` by key. @type {Record<string, string[]>} */
export const TEXTS = {
  longer_secret: ["单位要求口令至少 {n} 个字", "Your office asks for a passphrase of at least {n} characters"],
  longer_secret_do: [
    "您的口令短一些，现在照样能用。方便的时候换一个长的，资料一样不少。",
    "Yours is shorter, and goes on working. Change it when it suits you; nothing is lost by it.",
  ],
  longer_secret_later: ["过几天再说", "In a few days"],
  longer_secret_now: ["现在换", "Change it now"],
};
