// A picture in a pane: as wide as the pane or in its own size, and turned. Keys that are pressed here are the page's around it.
"use strict";

const image = document.querySelector(".picture img");
const stage = image.parentElement;
const whole = document.querySelector("[data-whole]");
let turned = 0;

function draw() {
  const sideways = turned % 180 !== 0;
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const across = sideways ? height : width;
  const scale = whole.getAttribute("aria-pressed") === "true" ? 1 : Math.min(1, stage.parentElement.clientWidth / across);
  // Written into the style by this script: the page's policy lets no style of the markup in.
  Object.assign(image.style, { width: `${width * scale}px`, height: `${height * scale}px` });
  Object.assign(stage.style, { width: `${across * scale}px`, height: `${(sideways ? width : height) * scale}px` });
  image.className = `turned turned-${turned}`;
}

for (const button of document.querySelectorAll(".picture-bar button")) button.hidden = false;
whole.addEventListener("click", () => {
  whole.setAttribute("aria-pressed", String(whole.getAttribute("aria-pressed") !== "true"));
  draw();
});
for (const button of document.querySelectorAll("[data-turn]")) {
  button.addEventListener("click", () => {
    turned = (turned + Number(button.dataset.turn) + 360) % 360;
    draw();
  });
}
if (image.complete) draw();
image.addEventListener("load", draw);
addEventListener("resize", draw);

// The access keys of the page around: a browser looks for them in the pane alone while the focus is here.
addEventListener("keydown", (event) => {
  if (parent === window || !event.altKey || event.metaKey) return;
  const key = event.code.replace(/^(Key|Digit)/, "").toLowerCase();
  const target = /^[a-z0-9]$/.test(key) && parent.document.querySelector(`[accesskey="${key}"]`);
  if (!target || target.hidden) return;
  event.preventDefault();
  target.focus();
  target.click();
});
