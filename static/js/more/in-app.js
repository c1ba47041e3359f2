// Opened inside a chat app, or in a browser that cannot do what we need: how to come to the phone's own browser, with the code in hand.

import { showElsewhere } from "../ui/more/in-app.js";
import { tryAll } from "./readiness.js";

/**
 * The address that is shown, and that "open in the browser" of the chat app takes with it, carries the one-use code in its fragment, which
 * goes to no server: nothing is used up here. It leaves the address again when the person goes on.
 * @param {import("../wire-app.js").App} app @param {string | null} inApp @param {() => void} onGoOn where all that was tried works here too
 */
export function openElsewhere(app, inApp, onGoOn) {
  const { link, checks } = app;
  const address = `${location.origin}/${link ? `#${link.code.replace(/[\s-]/g, "")}` : ""}`;
  history.replaceState(history.state, "", address);
  showElsewhere(app.shell.openGate(), {
    inApp,
    address,
    hasCode: !!link,
    checks,
    onAll: () => tryAll(app),
    copy: (text) => navigator.clipboard.writeText(text),
    onUrgent: () => app.urgent(),
    onGoOn: checks.some(({ state }) => state === "bad") ? null : goOn,
  });

  function goOn() {
    history.replaceState(history.state, "", "/");
    onGoOn();
  }
}
