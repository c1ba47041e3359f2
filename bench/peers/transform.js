// XForm to what Enketo shows, done before the clock starts: Enketo's own servers do it once for each form.
import { transform } from "enketo-transformer";

globalThis.transformed = async (xform) => {
  const { form, model } = await transform({ xform, theme: "formhub" });
  return { form, model };
};
