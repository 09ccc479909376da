// How a page asks the U-key: the agent on the person's own machine shows a window of its own for the PIN, which no page sees.
// A page says where the agent is by <div id="ukey" data-agent="http://…">, and holds in it one element [data-ukey="<state>"]
// for each thing that can be said; the words are the page's.
"use strict";

class UKeyRefused extends Error {
  constructor(reason, said = "") {
    super(said || reason);
    this.reason = reason;
    this.said = said;
  }
}

const UKey = (() => {
  const place = document.getElementById("ukey");
  const agent = place?.dataset.agent;
  const FEATURES = "popup,width=480,height=560";
  // Half a minute of silence is the agent's own pause; more means that it ended.
  const PATIENCE = 40_000;

  // Shows what is said for a state and nothing else; detail goes into its [data-detail].
  function show(state, detail = "") {
    for (const part of place.querySelectorAll("[data-ukey]")) part.hidden = part.dataset.ukey !== state;
    const shown = place.querySelector(`[data-ukey="${CSS.escape(state)}"]`) ?? place.querySelector('[data-ukey="OTHER"]');
    if (!state || !shown) return;
    shown.hidden = false;
    const said = shown.querySelector("[data-detail]");
    if (said) said.textContent = detail;
    if (shown.getAttribute("role") === "alert") shown.scrollIntoView({ block: "nearest" });
  }

  function words(reply) {
    return (document.documentElement.lang === "en" ? reply.en : reply.zh) ?? "";
  }

  async function call(path, body) {
    const options = { signal: AbortSignal.timeout(PATIENCE), cache: "no-store" };
    if (body) Object.assign(options, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    try {
      return await fetch(agent + path, options);
    } catch {
      throw new UKeyRefused("NO_AGENT");
    }
  }

  // The window is opened within the click, so that no browser takes it for an advertisement; `prepare` says then what to ask.
  async function answer(path, prepare) {
    const dialog = open("", "ukey", FEATURES);
    try {
      show("CHECKING");
      const [asked, body] = await prepare();
      const reply = await call(path, body);
      const wish = await reply.json().catch(() => ({}));
      if (reply.status !== 201) throw new UKeyRefused(wish.reason ?? "OTHER", words(wish));
      const address = agent + wish.dialog;
      for (const link of place.querySelectorAll("[data-dialog]")) link.href = address;
      if (dialog) dialog.location.replace(address);
      show(dialog ? "WAITING" : "POPUP_BLOCKED");
      return { asked, ...(await result(wish.id, dialog)) };
    } finally {
      dialog?.close();
      focus();
    }
  }

  async function result(id, dialog) {
    let shown = dialog ? "WAITING" : "POPUP_BLOCKED";
    const watch = setInterval(() => {
      if (dialog?.closed && shown === "WAITING") show((shown = "POPUP_BLOCKED"));
    }, 500);
    try {
      for (;;) {
        const reply = await call(`/requests/${id}`);
        const said = await reply.json().catch(() => ({}));
        if (reply.status === 200) return said;
        if (reply.status !== 202) throw new UKeyRefused(reply.status === 404 ? "TIMED_OUT" : (said.reason ?? "OTHER"), words(said));
        if (said.reason) show((shown = said.reason), words(said));
      }
    } finally {
      clearInterval(watch);
    }
  }

  function base64(text) {
    return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
  }

  return {
    show,
    // A Web eID token, made for this page's origin over the nonce that `ask` fetches.
    authenticate: async (ask) => {
      const { asked, token } = await answer("/authenticate", async () => {
        const nonce = await ask();
        return [nonce, { nonce }];
      });
      return { nonce: asked, answer: token };
    },
    // A detached CMS signature (base64) over the UTF-8 of the content that `ask` fetches; the agent's window shows the title.
    sign: async (ask) => {
      const { asked, signature } = await answer("/sign", async () => {
        const found = await ask();
        return [found, { title: found.title, content: base64(found.content) }];
      });
      return { asked, answer: signature };
    },
  };
})();

// The JSON of a reply of ours, or why there is none.
async function judged(reply) {
  if (reply.ok) return reply.json();
  const said = await reply.json().catch(() => ({}));
  const reason = said.reason || (reply.status === 401 ? "SIGNED_OUT" : reply.status === 503 ? "SERVICE_DOWN" : "OTHER");
  throw Object.assign(new UKeyRefused(reason, said.message), { status: said.reason ? reply.status : 0 });
}

// Posts a form of ours in the background. A form that outlived its session gets a token of the one that holds now, once.
async function send(form, more = {}) {
  const fields = new FormData(form);
  for (const [name, value] of Object.entries(more)) fields.set(name, value);
  for (let again = true; ; again = false) {
    let reply;
    try {
      reply = await fetch(form.action, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    } catch {
      throw new UKeyRefused("OFFLINE");
    }
    if (reply.status !== 403 || !again || !(await renew(form, fields))) return reply;
  }
}

async function renew(form, fields) {
  const found = (await current()).querySelector('input[name="csrf"]');
  if (!found) return false;
  form.elements.csrf.value = found.value;
  fields.set("csrf", found.value);
  return true;
}
