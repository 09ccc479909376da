// Materials beside each other: the second pane opens when something is compared in it, and what is looked at is marked.
"use strict";

for (const link of document.querySelectorAll("a[target^='preview']")) {
  const pane = document.querySelector(`iframe[name='${link.target}']`);
  if (pane.src === link.href) mark(link);
  link.addEventListener("click", () => {
    const second = pane.closest("details");
    if (second) second.open = true;
    mark(link);
  });
}

function mark(link) {
  for (const other of document.querySelectorAll(`a[target='${link.target}'][aria-current]`)) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
}
