// What pages do where scripts run. Every page works without it as far as a form can.
"use strict";

// A form that was sent is not sent twice by a double click; coming back to it by the back button makes it live again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-once") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button:not([name])")) button.setAttribute("aria-busy", "true");
  // A sending that was called off leaves the page as it is: the form would be dead.
  setTimeout(live, 10_000, form);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(live));

function live(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

// A switch of the language is no departure: what was typed into the page's forms goes along, in this tab alone.
{
  const TYPED = "typed";
  const fields = () => [...document.querySelectorAll("main form[method=post]:not(#draft)")].flatMap((form) => [...form.elements])
    .filter((field) => field.name && !["hidden", "file", "password", "submit"].includes(field.type));
  const kept = JSON.parse(sessionStorage.getItem(TYPED) ?? "null");
  sessionStorage.removeItem(TYPED);
  if (kept?.path === location.pathname) {
    fields().forEach((field, at) => {
      const [name, value, checked] = kept.fields[at] ?? [];
      if (name !== field.name) return;
      if (checked === null) field.value = value;
      else field.checked = checked;
    });
  }
  document.querySelector("a[hreflang]")?.addEventListener("click", (event) => {
    const typed = fields().map((field) => [field.name, field.value, "checked" in field ? field.checked : null]);
    sessionStorage.setItem(TYPED, JSON.stringify({ path: event.currentTarget.pathname, fields: typed }));
  });
}

// A page of ours as the platform shows it now: its form has a token of the session that holds by now.
async function current(address = location.href) {
  const page = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(8_000) });
  return new DOMParser().parseFromString(page.ok ? await page.text() : "", "text/html");
}

// What went wrong is read first.
document.querySelector("[data-focus]")?.focus();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Copies what is read letter by letter; what stands after the button says that it did.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (await copied(button.dataset.copy)) button.nextElementSibling.textContent = button.dataset.copied;
  });
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS there is no clipboard to write to: what is selected can be copied all the same.
    const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "hidden" });
    document.body.append(field);
    const before = document.activeElement;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    before?.focus();
    return done;
  }
}

// Suggestions while typing: a combobox with a list (ARIA 1.2), arrows choose, Enter follows, Escape closes.
for (const input of document.querySelectorAll("input[data-suggest]")) suggest(input);

function suggest(input) {
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `${input.id}-suggestions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent.trim());
  list.hidden = true;
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let chosen = -1;
  let timer = 0;
  let asked = "";
  let pending = null;

  const options = () => [...list.children];
  const close = () => {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (index) => {
    const all = options();
    chosen = (index + all.length) % all.length;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  };
  const ask = async () => {
    const typed = input.value.trim();
    if (typed === asked) return;
    asked = typed;
    pending?.abort();
    if (!typed) return close();
    pending = new AbortController();
    const address = new URL(input.dataset.suggest, location.href);
    address.searchParams.set("q", typed);
    try {
      const reply = await fetch(address, { headers: { "HX-Request": "true" }, signal: pending.signal });
      if (!reply.ok || input.value.trim() !== typed) return;
      list.innerHTML = await reply.text();
    } catch {
      return;
    }
    options().forEach((option, at) => { option.id = `${list.id}-${at}`; });
    chosen = -1;
    list.hidden = !list.children.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  };

  input.addEventListener("input", (event) => {
    // Half a Chinese word in an input method is no word yet.
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(ask, 50); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) location.assign(options()[chosen].dataset.href);
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-href]");
    if (option) location.assign(option.dataset.href);
  });
  input.addEventListener("blur", close);
}
