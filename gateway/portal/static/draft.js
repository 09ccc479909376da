// Keeps a draft while it is typed. What another window has written meanwhile is never overwritten by this.
"use strict";

{
  const form = document.getElementById("draft");
  const said = form.querySelector("[data-kept]");
  const PAUSE = 2_000;
  let timer = 0;
  let sending = null;

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", () => clearTimeout(timer));

  async function keep() {
    // After a conflict the person decides, not a timer.
    if (form.elements.over || sending) return;
    const fields = new URLSearchParams(new FormData(form));
    fields.set("go", "auto");
    sending = fetch(form.action, { method: "POST", body: fields, redirect: "manual" });
    try {
      const reply = await sending;
      if (!reply.ok) throw new Error(String(reply.status));
      const kept = await reply.json();
      form.elements.etag.value = kept.etag;
      form.elements.base.value = kept.base;
      said.textContent = said.dataset.saved + kept.time;
    } catch {
      said.textContent = said.dataset.lost;
    } finally {
      sending = null;
    }
  }
}
