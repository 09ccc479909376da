// Uploads with progress: a file goes up beside the page, can be stopped, and tried again from where the person stands.
"use strict";

{
  const LIMIT = 20 * 1024 * 1024;

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
    const say = (what, again) => {
      state.replaceChildren(state.dataset[what]);
      state.classList.toggle("wrong", what !== "done");
      if (again) state.append(" ", again());
    };
    if (file.size > LIMIT) return say("large");

    const request = new XMLHttpRequest();
    const settle = () => {
      way.hidden = true;
      delete form.dataset.busy;
    };
    form.dataset.busy = "1";
    state.replaceChildren();
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
      if (request.status === 401) return say("out", () => pair(form, state));
      const made = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("[data-material]");
      if (!made) return request.status === 403 ? renewed(form, state, say) : say("failed", () => retry(form, state));
      const place = form.closest("[data-material]");
      place.replaceWith(made);
      if (request.status === 200) {
        const told = made.querySelector("[data-state]");
        told.textContent = told.dataset.done;
      }
      made.querySelector("input[type=file]").focus();
    };
    request.onerror = () => { settle(); say("broken", () => retry(form, state)); };
    request.onabort = () => { settle(); say("stopped", () => retry(form, state)); };
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.send(new FormData(form));
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
  async function renewed(form, state, say) {
    if (!form.dataset.renewed && (await renew(form))) {
      form.dataset.renewed = "1";
      return put(form);
    }
    say("out", () => pair(form, state));
  }

  async function renew(form) {
    try {
      const page = await fetch(location.href, { cache: "no-store" });
      const found = new DOMParser().parseFromString(await page.text(), "text/html").querySelector('form.upload input[name="csrf"]');
      if (found) form.elements.csrf.value = found.value;
      return Boolean(found);
    } catch {
      return false;
    }
  }
}
