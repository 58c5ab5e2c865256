// Makes the cluster player move: back, next, play, scrub, keys. Without it every moment is a link to a page.
"use strict";

/** How long a moving Pod takes, in milliseconds. */
const MOVE = 320;

/** How long a moment stays while playing: time to look, and time to read its caption. */
const LOOK = 1300;
const READ_LETTER = 22;
const READ_HAN = 60;
const LONGEST = 6500;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Player {
  constructor(root) {
    this.root = root;
    this.now = Number(root.dataset.now);
    this.captions = [...root.querySelectorAll("li[data-moment]")];
    this.marks = [...root.querySelectorAll(".mark")];
    this.play = root.querySelector("[data-play]");
    this.scrub = root.querySelector("[data-scrub]");
    this.slots = [...root.querySelectorAll("[data-slot]")];
    this.shown = this.collect();
    this.timer = 0;

    this.play.hidden = this.scrub.hidden = false;
    this.play.addEventListener("click", () => (this.timer ? this.pause() : this.start()));
    this.scrub.addEventListener("input", () => this.go(Number(this.scrub.value)));
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("keydown", (event) => this.key(event));
    this.steps();
    this.reveal("instant");
  }

  /** For every moment, what fills each slot: lists of nodes, those of the present one taken from the page itself. */
  collect() {
    const shown = this.captions.map(() => ({}));
    for (const slot of this.slots) shown[this.now][slot.dataset.slot] = [...slot.childNodes];
    for (const template of this.root.querySelectorAll("template[data-moment]")) {
      for (const part of template.content.children) {
        shown[Number(template.dataset.moment)][part.dataset.for] = [...part.childNodes];
      }
      template.remove();
    }
    return shown;
  }

  /** Shows a moment. */
  go(moment) {
    if (moment < 0 || moment >= this.captions.length || moment === this.now) return;
    const before = this.places();
    const scrolled = this.slots.map((slot) => [...slot.querySelectorAll("pre")].map((pre) => [pre.scrollLeft, pre.scrollTop]));
    this.now = moment;
    this.slots.forEach((slot, i) => {
      slot.replaceChildren(...this.shown[moment][slot.dataset.slot]);
      slot.querySelectorAll("pre").forEach((pre, j) => ([pre.scrollLeft, pre.scrollTop] = scrolled[i][j] ?? [0, 0]));
    });
    this.captions.forEach((caption, i) => {
      caption.classList.toggle("is-now", i === moment);
      const link = caption.querySelector("a");
      if (i === moment) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
    for (const row of this.root.querySelectorAll("tr[data-from]")) {
      row.classList.toggle("is-later", Number(row.dataset.from) > moment);
    }
    this.marks[moment].append(this.root.querySelector(".here"));
    const time = this.caption().querySelector("time").textContent;
    this.scrub.value = moment;
    this.scrub.setAttribute("aria-valuetext", time);
    this.root.querySelector("[data-clock]").textContent = time;
    this.root.querySelector("[data-live]").textContent = this.caption().textContent;
    this.steps();
    this.reveal("smooth");
    this.move(before);
    history.replaceState(history.state, "", this.caption().querySelector("a").href);
  }

  caption() {
    return this.captions[this.now];
  }

  /** Back leads nowhere from the first moment, and next nowhere from the last. */
  steps() {
    for (const link of this.root.querySelectorAll("[data-step]")) {
      const to = this.captions[this.now + Number(link.dataset.step)];
      link.href = to ? to.querySelector("a").href : "";
      if (to) {
        link.removeAttribute("aria-disabled");
      } else {
        link.removeAttribute("href");
        link.setAttribute("aria-disabled", "true");
      }
    }
  }

  /** Keeps the present caption in sight, in its list and without moving the page. */
  reveal(behavior) {
    const list = this.caption().parentElement;
    if (list.scrollHeight <= list.clientHeight) return;
    const top = this.caption().offsetTop - list.clientHeight / 3;
    list.scrollTo({ top, behavior: calm.matches ? "instant" : behavior });
  }

  /** Where every Pod stands. */
  places() {
    const places = new Map();
    if (calm.matches) return places;
    for (const run of this.root.querySelectorAll("[data-slot=garden] > .run")) {
      const number = [...run.parentElement.children].indexOf(run);
      for (const pod of run.querySelectorAll(".pod")) places.set(`${number} ${pod.dataset.uid}`, pod.getBoundingClientRect());
    }
    return places;
  }

  /** Lets a Pod that stands elsewhere now come from where it stood, and a new one appear. */
  move(before) {
    if (calm.matches || !this.root.animate) return;
    const pods = this.root.querySelectorAll("[data-slot=garden] .pod");
    const after = this.places();
    let i = 0;
    for (const [key, to] of after) {
      const pod = pods[i++];
      const from = before.get(key);
      if (!from) {
        pod.animate([{ opacity: 0, transform: "scale(.85)" }, {}], { duration: 240, easing: "ease-out" });
      } else if (Math.abs(from.x - to.x) + Math.abs(from.y - to.y) > 2) {
        const back = `translate(${from.x - to.x}px, ${from.y - to.y}px)`;
        pod.animate([{ transform: back }, { transform: "none" }], { duration: MOVE, easing: "ease-in-out" });
      }
    }
  }

  start() {
    if (this.now === this.captions.length - 1) this.go(0);
    this.timer = setTimeout(() => this.next(), this.dwell());
    this.label(true);
  }

  next() {
    this.go(this.now + 1);
    if (this.now === this.captions.length - 1) this.pause();
    else this.timer = setTimeout(() => this.next(), this.dwell());
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.label(false);
  }

  label(playing) {
    this.play.classList.toggle("is-playing", playing);
    this.play.setAttribute("aria-label", playing ? this.play.dataset.wordPause : this.play.dataset.wordPlay);
  }

  dwell() {
    const say = this.caption().querySelector(".say");
    const text = say ? say.textContent : "";
    return Math.min(LONGEST, LOOK + text.length * (say?.lang.startsWith("zh") ? READ_HAN : READ_LETTER));
  }

  click(event) {
    const link = event.target.closest("[data-to], [data-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.pause();
    this.go(link.dataset.to ? Number(link.dataset.to) : this.now + Number(link.dataset.step));
  }

  /** Keys, while the focus is in the player; those that its own fields use are left to them. */
  key(event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    const tag = target.localName;
    if (target.type === "radio" || (tag === "pre" && target.scrollWidth > target.clientWidth)) return;
    const to = { ArrowLeft: this.now - 1, ArrowRight: this.now + 1, Home: 0, End: this.captions.length - 1 }[event.key];
    if (to !== undefined) {
      this.pause();
      this.go(to);
    } else if (event.key === " " && tag !== "button" && tag !== "summary") {
      if (this.timer) this.pause();
      else this.start();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

const players = [...document.querySelectorAll("[data-player]")].map((root) => new Player(root));

// Where nothing has the focus, the arrows are the only player's.
document.addEventListener("keydown", (event) => {
  if (players.length === 1 && event.target === document.body && event.key.startsWith("Arrow")) players[0].key(event);
});
