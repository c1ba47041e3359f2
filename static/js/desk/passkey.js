// Passkeys on the pages of the sign-in. A form says what it asks for (data-passkey: "create" or "get", data-options: JSON as
// the server made it); its answer goes into the field `answer`, and the form is sent as any other. Without this script, or in
// a browser without passkeys, these forms stay hidden: there is always the other way.

/** @param {string} text base64url */
const bytes = (text) => {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
};

/** @param {ArrayBuffer | null} raw */
const text = (raw) =>
  raw === null
    ? null
    : btoa(String.fromCharCode(...new Uint8Array(raw)))
        .replaceAll("+", "-")
        .replaceAll("/", "_")
        .replace(/=+$/, "");

/** @param {{id: string}[] | undefined} listed */
const named = (listed) => (listed ?? []).map((one) => ({ ...one, type: "public-key", id: bytes(one.id) }));

/** @param {any} options */
async function create(options) {
  const made = /** @type {PublicKeyCredential} */ (
    await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    })
  );
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return answer(made, { attestationObject: text(response.attestationObject) });
}

/** @param {any} options */
async function get(options) {
  const shown = /** @type {PublicKeyCredential} */ (
    await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: named(options.allowCredentials),
      },
    })
  );
  const response = /** @type {AuthenticatorAssertionResponse} */ (shown.response);
  return answer(shown, {
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: text(response.userHandle),
  });
}

/** @param {PublicKeyCredential} credential @param {Record<string, string | null>} more */
const answer = (credential, more) =>
  JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: { clientDataJSON: text(credential.response.clientDataJSON), ...more },
  });

/** @param {HTMLFormElement} form */
function connect(form) {
  const { passkey, options } = form.dataset;
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("answer"));
  const told = /** @type {HTMLElement} */ (form.querySelector("[data-told]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    told.hidden = true;
    button.disabled = true;
    try {
      field.value = await (passkey === "create" ? create : get)(JSON.parse(options ?? ""));
      form.requestSubmit();
    } catch {
      // Refused, out of time, or no passkey here: the browser has said why, and the page offers to try again.
      told.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
  form.hidden = false;
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) connect(/** @type {HTMLFormElement} */ (form));
}
