// The page of the sign-in: a challenge from the platform, a token from the U-key, then on to where the visitor was going.
"use strict";

{
  const form = document.getElementById("sign-in");
  const start = document.getElementById("start");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (start.disabled) return;
    start.disabled = true;
    try {
      await signIn();
    } catch (error) {
      start.disabled = false;
      UKey.show(error.reason ?? "OTHER", error.said);
    }
  });

  async function signIn() {
    // Asked for before anything is awaited: a window that opens later than its click is blocked.
    const token = await UKey.authenticate(async () => (await judged(await send(document.getElementById("challenge")))).nonce);
    UKey.show("CHECKING");
    const begun = await judged(await send(form, { nonce: token.nonce, token: JSON.stringify(token.answer) }));
    const carried = document.getElementById("carried");
    if (!carried) return location.replace(document.getElementById("onward").dataset.onward);
    carried.elements.csrf.value = begun.csrf;
    carried.submit();
  }
}
