// The page that signs: what is to be signed is read when the button is pressed, signed by the U-key, and handed in as a form.
"use strict";

{
  const form = document.getElementById("submit");
  const start = document.getElementById("start");

  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (start.disabled) return;
    start.disabled = true;
    try {
      const signed = await UKey.sign(async () => judged(await send(document.getElementById("content"))));
      UKey.show("CHECKING");
      form.elements.etag.value = signed.asked.etag;
      form.elements.signature.value = signed.answer;
      form.submit();
    } catch (error) {
      // Changed or handed in meanwhile, in another window: the page shows how it is now.
      if (error.status === 400 || error.status === 409) return anew();
      start.disabled = false;
      UKey.show(error.reason ?? "OTHER", error.said);
    }
  });
  // Back from the receipt: whether it can still be handed in, the platform says.
  addEventListener("pageshow", (event) => { if (event.persisted) anew(); });

  // The page of a refused signature stands at an address that is posted to.
  function anew() {
    location.replace(location.pathname.replace(/\/submit$/, "/check"));
  }
}
