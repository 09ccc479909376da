// Uploads with progress: a file goes up as soon as it is chosen, beside the page; it can be stopped, and tried again from where the
// person stands. Whoever goes on meanwhile waits for what is on its way, and is told of what did not arrive.
"use strict";

{
  const LIMIT = 20 * 1024 * 1024;
  const holding = document.querySelector("[data-hold]");
  let going = null;

  // The button is for pages without scripts.
  document.documentElement.classList.add("uploads-by-itself");
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (event.target.type !== "file" || !form?.matches("form.upload") || form.dataset.busy) return;
    if (!event.target.files.length) return say(form, "");
    // Another file is another act than the one that may have arrived without an answer.
    form.elements.request_id.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");
    put(form);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form.upload") || !form.elements.file.files.length) return;
    event.preventDefault();
    if (!form.dataset.busy) put(form);
  });

  function put(form) {
    const file = form.elements.file.files[0];
    const state = form.querySelector("[data-state]");
    const way = form.querySelector("[data-way]");
    const bar = way.querySelector("progress");
    const percent = way.querySelector("[data-percent]");
    const ended = (what, again) => {
      say(form, what, again);
      arrive();
    };
    if (file.size > LIMIT) return ended("large");

    const request = new XMLHttpRequest();
    const settle = () => {
      way.hidden = true;
      form.elements.file.disabled = false;
      delete form.dataset.busy;
    };
    form.dataset.busy = "1";
    say(form, "");
    way.hidden = false;
    bar.value = 0;
    percent.textContent = "0%";
    way.querySelector("[data-stop]").onclick = () => request.abort();
    request.upload.onprogress = (event) => {
      bar.value = (100 * event.loaded) / event.total;
      percent.textContent = `${Math.round(bar.value)}%`;
    };
    request.onload = () => {
      settle();
      if (request.status === 401) return ended("out", () => pair(form, state));
      const made = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("[data-material]");
      if (!made) return request.status === 403 ? renewed(form, state, ended) : ended("failed", () => retry(form, state));
      const place = form.closest("[data-material]");
      // Whoever has gone on to another material is left there.
      const here = document.activeElement === document.body || place.contains(document.activeElement);
      place.replaceWith(made);
      if (request.status === 200) {
        const told = made.querySelector("[data-state]");
        told.textContent = told.dataset.done;
      }
      if (here) made.querySelector("input[type=file]").focus({ preventScroll: true });
      arrive(request.status === 200);
    };
    request.onerror = () => { settle(); ended("broken", () => retry(form, state)); };
    request.onabort = () => { settle(); ended("stopped", () => retry(form, state)); };
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.send(new FormData(form));
    form.elements.file.disabled = true;
  }

  function say(form, what, again) {
    const state = form.querySelector("[data-state]");
    state.replaceChildren(what ? state.dataset[what] : "");
    state.classList.toggle("wrong", what !== "done");
    if (again) state.append(" ", again());
  }

  const busy = () => document.querySelectorAll("form.upload[data-busy]").length;
  // Chosen, and not with the case: too large, broken off, stopped.
  const left = () => [...document.querySelectorAll("form.upload")].filter((form) => form.elements.file.files.length);

  // A way on waits for the files; of one that did not arrive it says so first, and is let go the second time.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const other = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || link.target || other || link.hash || !left().length) return;
    if (busy()) {
      going = link;
      hold("busy");
    } else if (holding.dataset.told) {
      for (const form of left()) form.reset();
      return;
    } else {
      holding.dataset.told = "1";
      hold("left");
    }
    event.preventDefault();
  });
  addEventListener("beforeunload", (event) => { if (left().length) event.preventDefault(); });

  function hold(what) {
    holding.textContent = what ? holding.dataset[what] : "";
    holding.classList.toggle("wrong", what === "left");
    if (what) holding.scrollIntoView({ block: "nearest" });
  }

  // What was held goes on when all files have come; of one that was refused, the person reads first.
  function arrive(taken = true) {
    if (!taken && going) {
      going = null;
      hold("left");
    }
    if (busy()) return;
    delete holding.dataset.told;
    if (!going) return taken ? hold("") : undefined;
    const link = going;
    going = null;
    hold("");
    link.click();
  }

  function retry(form, state) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button-second";
    button.textContent = state.dataset.again;
    button.onclick = async () => {
      await renew(form);
      put(form);
    };
    return button;
  }

  function pair(form, state) {
    const both = document.createElement("span");
    const link = document.createElement("a");
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    link.target = "_blank";
    link.textContent = state.dataset.in;
    both.append(link, " ", retry(form, state));
    return both;
  }

  // The form outlived its session; one that holds now is there: with its token the file can go.
  async function renewed(form, state, ended) {
    if (!form.dataset.renewed && (await renew(form))) {
      form.dataset.renewed = "1";
      return put(form);
    }
    ended("out", () => pair(form, state));
  }

  async function renew(form) {
    try {
      const found = (await current()).querySelector('form.upload input[name="csrf"]');
      if (found) form.elements.csrf.value = found.value;
      return Boolean(found);
    } catch {
      return false;
    }
  }
}
