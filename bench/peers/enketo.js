// Enketo: the transformed form is fetched, put in the page and started.
import { Form } from "enketo-core";

const { form: html, model } = await (await fetch("form.enketo.json")).json();
document.getElementById("root").append(document.createRange().createContextualFragment(html));
const form = new Form(document.querySelector("form.or"), { modelStr: model, external: [] }, {});
const errors = form.init();
if (errors.length) throw new Error(errors.join("; "));

const named = (path) => [...document.querySelectorAll(`form.or [name="/data/${path}"], form.or [data-name="/data/${path}"]`)].filter((one) => one.closest(".or-repeat-info") === null);
// Radios of an itemset are copied from a template that stays hidden and keeps an empty value.
const radios = (path) => named(path).filter((one) => one.type === "radio" && one.value !== "");

probe.start({
  inputs: (path) => named(path).filter((one) => one.type !== "radio"),
  choices: radios,
  rows: () => document.querySelectorAll('form.or .or-repeat[name="/data/members"]').length,
});
