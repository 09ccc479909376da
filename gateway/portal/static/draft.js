// Keeps a draft while it is typed, and what was typed last when the page is left. What another window has written meanwhile is
// never overwritten by this.
"use strict";

{
  const form = document.getElementById("draft");
  const said = form.querySelector("[data-kept]");
  const PAUSE = 2_000;
  const PATIENCE = 8_000;
  // Characters that a browser still sends for a page that is gone: 64 KiB in all.
  const LEAVING = 60_000;
  // Where a page that was left while it was being kept says so to the one that is loaded after it.
  const LEFT = "draft-left";
  // Saves without an answer, by number: each may have been kept, and is then no other window's.
  const unanswered = new Map();
  const held = new WeakSet();
  let timer = 0;
  let number = 0;
  let answered = 0;
  // What a conflict holds back is kept nowhere yet.
  const conflict = Boolean(document.querySelector("[data-dropped]"));
  let dirty = conflict;
  let lost = false;
  let sending = null;

  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  // What is on its way is kept first: the form that is sent then knows what it stands on.
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (sending) {
      event.preventDefault();
      const button = event.submitter;
      await sending;
      form.requestSubmit(button);
      return;
    }
    dirty = false;
    for (const old of form.querySelectorAll("[name=unanswered]")) old.remove();
    for (const body of unanswered.values()) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "unanswered", value: body });
      form.append(field);
    }
  });

  // A way on waits until what was typed is kept: the page that it leads to may be this one again.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    const other = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || link.target || other || event.defaultPrevented || !(dirty || sending)) return;
    if (link.origin !== location.origin || (link.hash && link.pathname === location.pathname)) return;
    event.preventDefault();
    if ("dropped" in link.dataset) dirty = false;
    await settled();
    location.assign(link.href);
  });
  // Seen before whatever else listens to a form's sending.
  addEventListener("submit", async (event) => {
    const other = event.target;
    if (other === form || held.has(other) || !(dirty || sending)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    held.add(other);
    await settled();
    other.requestSubmit(event.submitter);
  }, true);

  addEventListener("beforeunload", (event) => {
    // What cannot be kept is not left unasked.
    if (dirty && (lost || conflict)) event.preventDefault();
    leave();
  });
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep(true);
    else keep();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) keep();
  });

  function leave() {
    if (!dirty || conflict) return;
    sessionStorage.setItem(LEFT, `${Date.now()} ${form.action}`);
    keep(true);
  }

  async function settled() {
    await sending;
    await keep();
    await sending;
  }

  // Keeps what is not kept yet. A page that is being left waits for nothing.
  async function keep(leaving = false) {
    clearTimeout(timer);
    // After a conflict the person decides, not a timer.
    if (!dirty || conflict) return;
    if (sending && leaving !== true) await sending;
    if (!dirty) return;
    dirty = false;
    const mine = send(leaving === true);
    sending = mine;
    await mine;
    if (sending === mine) sending = null;
  }

  async function send(leaving) {
    const mine = ++number;
    const fields = new URLSearchParams(new FormData(form));
    fields.set("go", "auto");
    fields.delete("unanswered");
    const alone = String(fields);
    for (const body of unanswered.values()) fields.append("unanswered", body);
    unanswered.set(mine, alone);
    if (unanswered.size > 3) unanswered.delete(unanswered.keys().next().value);
    let reply;
    try {
      // Each goes on its way even when the page goes; room is left for the last one.
      reply = await post(fields, String(fields).length < (leaving ? LEAVING : LEAVING / 3));
      if (reply.status === 403 && !leaving && (await renew(fields))) reply = await post(fields, false);
      if (!reply.ok) throw new Error(String(reply.status));
      const kept = await reply.json();
      if (mine < answered) return;
      answered = mine;
      for (const old of unanswered.keys()) if (old <= mine) unanswered.delete(old);
      form.elements.etag.value = kept.etag;
      form.elements.base.value = kept.base;
      if (mine < number) return;
      lost = false;
      say("saved", kept.time);
    } catch {
      // Refused, it was not kept; without an answer it may have been.
      if (reply && reply.status < 500) unanswered.delete(mine);
      if (mine < number) return;
      dirty = lost = true;
      if (reply && (reply.type === "opaqueredirect" || reply.status === 401 || reply.status === 403)) say("out", way());
      else say("lost");
    }
  }

  function post(body, keepalive) {
    return fetch(form.action, { method: "POST", body, redirect: "manual", keepalive, signal: AbortSignal.timeout(PATIENCE) });
  }

  // The form outlived its session; one that holds now is there: with its token the form can go.
  async function renew(fields) {
    const csrf = (await current(form.action)).querySelector('#draft input[name="csrf"]');
    if (!csrf) return false;
    form.elements.csrf.value = csrf.value;
    fields.set("csrf", csrf.value);
    return true;
  }

  function say(what, more = "") {
    said.replaceChildren(said.dataset[what], more);
    said.classList.toggle("wrong", what !== "saved");
  }

  function way() {
    const link = document.createElement("a");
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    link.target = "_blank";
    link.textContent = said.dataset.in;
    return link;
  }

  // Left and loaded again at once, e.g. by a reload: the last save may have come to the platform after this page was made.
  async function catchUp() {
    const [time, action] = (sessionStorage.getItem(LEFT) ?? "").split(" ");
    sessionStorage.removeItem(LEFT);
    if (action !== form.action || Date.now() - time > PATIENCE) return;
    for (const pause of [200, 1_000]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const base = (await current(form.action)).querySelector('#draft input[name="base"]');
      if (!base || base.value === form.elements.base.value) continue;
      if (!dirty) location.replace(location.pathname + location.search);
      return;
    }
  }
  catchUp().catch(() => {});
}
