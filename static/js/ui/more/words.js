// The sentences of the seldom screens join the others when the first of them is loaded.
import { addTexts } from "../i18n.js";
import { zh } from "./texts-zh.js";

addTexts(zh);
