// Materials beside each other: what is chosen is shown in its pane without filling the history, the second pane opens when
// something is compared in it, and what is looked at is marked. On a narrow screen a material has a tab of its own.
"use strict";

const wide = matchMedia("(min-width: 56rem)");
const panes = new Map([...document.querySelectorAll("iframe[name^='preview']")].map((pane) => [pane.name, pane]));
const links = [...document.querySelectorAll("a[target^='preview']")].map((link) => ({ link, pane: panes.get(link.target), name: link.target }));

for (const { link, pane, name } of links) {
  if (pane.src === link.href) mark(link, name);
  link.addEventListener("click", (event) => {
    link.target = wide.matches ? name : "_blank";
    if (!wide.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const second = pane.closest("details");
    if (second) second.open = true;
    pane.contentWindow.location.replace(link.href);
    mark(link, name);
  });
}

function mark(link, name) {
  for (const other of links) if (other.name === name) other.link.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  const said = name === "preview" && document.querySelector("[data-shown]");
  if (said) said.textContent = link.textContent.trim();
}

// One on and one back: through the materials of a case, through the rows of a list.
for (const button of document.querySelectorAll("[data-step]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const rows = [...document.querySelectorAll("a[data-row]")];
    const all = rows.length ? rows : links.filter(({ name }) => name === "preview").map(({ link }) => link);
    const at = all.findIndex((link) => (rows.length ? link === here : link.hasAttribute("aria-current")));
    const next = all[Math.max(0, Math.min(all.length - 1, at + Number(button.dataset.step)))];
    if (rows.length) next.focus();
    else if (at < 0 || next !== all[at]) next.click();
  });
}

// The row that was looked at last: a button has the focus while it is pressed.
let here = null;
addEventListener("focusin", (event) => {
  if (event.target.matches("a[data-row]")) here = event.target;
});

// The first field of a step, where nothing that went wrong is to be read before.
if (!document.querySelector("[data-focus]")) {
  document.querySelector("form.step :is(input:not([type='hidden']), textarea, select)")?.focus();
}

// What is too long is said before it is sent; a text that was pasted is not cut.
for (const field of document.querySelectorAll("[data-longest]")) {
  const judge = () => {
    const parts = field.hasAttribute("data-each") ? field.value.split("\n") : [field.value];
    const long = parts.some((part) => [...part.trim()].length > Number(field.dataset.longest));
    field.setCustomValidity(long ? field.dataset.tooLong : "");
    if (long) field.reportValidity();
  };
  field.addEventListener("input", judge);
}
