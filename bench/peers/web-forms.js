// ODK Web Forms: the XForm is fetched and handed to its component, which shows it when it has opened it.
import { OdkWebForm, webFormsPlugin } from "@getodk/web-forms";
import { createApp, h } from "vue";

const formXml = await (await fetch("form.xml")).text();
const app = createApp({ render: () => h(OdkWebForm, { formXml, fetchFormAttachment: async () => { throw new Error("this form has no attachment"); } }) });
app.use(webFormsPlugin);
app.mount("#root");

// Its page names no question: they are found by their words.
const questions = (path) => {
  const label = probe.labels[path];
  return [...document.querySelectorAll(".question-container")].filter((one) => one.querySelector("label, .control-text")?.textContent.trim().replace(/^\*\s*/, "") === label);
};

probe.start({
  inputs: (path) => questions(path).flatMap((one) => [...one.querySelectorAll("input:not([type=radio]), textarea")]),
  choices: (path) => questions(path).flatMap((one) => [...one.querySelectorAll("input[type=radio]")]),
  rows: () => document.querySelectorAll(".p-panel.is-repeat").length,
});
