// Files too large are told before they are sent: a server that stops reading can only cut the line.

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-max-bytes]"));
const input = /** @type {HTMLInputElement | null} */ (form?.querySelector("input[type=file]") ?? null);

if (form && input)
  input.addEventListener("change", () => {
    const bytes = [...(input.files ?? [])].reduce((sum, file) => sum + file.size, 0);
    input.setCustomValidity(bytes > Number(form.dataset.maxBytes) ? (form.dataset.tooLarge ?? "") : "");
    input.reportValidity();
  });
