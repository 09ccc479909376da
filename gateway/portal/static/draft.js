// Keeps a draft while it is typed. What another window has written meanwhile is never overwritten by this.
"use strict";

{
  const form = document.getElementById("draft");
  const said = form.querySelector("[data-kept]");
  const PAUSE = 2_000;
  const PATIENCE = 8_000;
  let timer = 0;
  let sending = null;

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  // What is on its way is kept first: the form that is sent then knows what it stands on.
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (!sending) return;
    event.preventDefault();
    const button = event.submitter;
    await sending;
    form.requestSubmit(button);
  });

  async function keep() {
    // After a conflict the person decides, not a timer.
    if (form.elements.over) return;
    if (sending) {
      timer = setTimeout(keep, PAUSE);
      return;
    }
    sending = send();
    await sending;
    sending = null;
  }

  async function send() {
    const fields = new URLSearchParams(new FormData(form));
    fields.set("go", "auto");
    try {
      const reply = await fetch(form.action, {
        method: "POST", body: fields, redirect: "manual", signal: AbortSignal.timeout(PATIENCE),
      });
      if (!reply.ok) throw new Error(String(reply.status));
      const kept = await reply.json();
      form.elements.etag.value = kept.etag;
      form.elements.base.value = kept.base;
      said.textContent = said.dataset.saved + kept.time;
    } catch {
      said.textContent = said.dataset.lost;
    }
  }
}
