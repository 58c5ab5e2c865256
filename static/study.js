// Improves pages that already work. Each behavior is bound by a data- attribute:
//   data-zone            a field that is filled with the browser's time zone; data-use-zone="id" is a button that does so
//   data-once            a form that is sent once, however often its button is pressed
//   data-choose="3"      the choice of key 3; data-rate="3" the rating of key 3
//   data-confirm         the button of Enter; data-go the button or link of Space and Enter
//   data-undo, data-help the button of U, the link of ?
//   data-order           a list whose rows are moved up and down instead of being given numbers
// Keys are silent while an input method composes and while a field has the focus (Enter apart, which the browser handles).
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
for (const field of document.querySelectorAll("[data-zone]")) field.value = zone;
for (const button of document.querySelectorAll("[data-use-zone]")) {
  button.hidden = zone === "";
  button.addEventListener("click", () => { document.getElementById(button.dataset.useZone).value = zone; });
}

// A second press while the first is under way does nothing. A page that comes back from the browser's cache is usable again.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// On a phone the sections scroll: the present one is in sight.
document.querySelector(".sections [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const order = document.querySelector("[data-order]");
if (order) {
  const rows = () => [...order.querySelectorAll("[data-row]")];
  const number = () => rows().forEach((row, index) => { row.querySelector("select").value = String(index + 1); });
  const move = (row, by) => {
    const all = rows();
    const other = all[all.indexOf(row) + by];
    if (!other) return;
    if (by < 0) other.before(row); else other.after(row);
    number();
  };
  // What the form said when it came back decides where the rows stand.
  rows().sort((a, b) => a.querySelector("select").value - b.querySelector("select").value).forEach((row) => order.append(row));
  for (const row of rows()) {
    const moves = document.createElement("span");
    moves.className = "moves";
    for (const [by, sign, words] of [[-1, "↑", order.dataset.up], [1, "↓", order.dataset.down]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.setAttribute("aria-label", words);
      button.addEventListener("click", () => { move(row, by); button.focus(); });
      moves.append(button);
    }
    row.querySelector("select").hidden = true;
    row.append(moves);
  }
  number();
}

const find = (selector) => document.querySelector(selector);
const isField = (element) => element?.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=range])");

addEventListener("keydown", (event) => {
  // 229 is what browsers say for a key that an input method has taken.
  if (event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || event.repeat) return;
  const at = document.activeElement;
  if (isField(at)) return;
  const press = (element) => {
    if (!element) return;
    event.preventDefault();
    element.click();
  };
  if (/^[1-9]$/.test(event.key)) {
    const choice = find(`[data-choose="${event.key}"]`);
    if (choice) choice.focus({ preventScroll: true });
    press(choice ?? find(`[data-rate="${event.key}"]`));
    return;
  }
  // What a button, a link or the player has the focus for, it does itself.
  const isBusy = at?.closest("a, button, summary, [data-player]");
  switch (event.key) {
    case "Enter":
      if (!isBusy) press(find("[data-confirm]") ?? find("[data-go]"));
      break;
    case " ":
      if (!isBusy && !at?.matches("input")) press(find("[data-go]"));
      break;
    case "u":
    case "U":
      press(find("[data-undo]"));
      break;
    case "?":
      press(find("[data-help]") ?? find('nav a[href$="/help"]'));
      break;
  }
});
