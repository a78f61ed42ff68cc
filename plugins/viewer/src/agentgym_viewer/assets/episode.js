"use strict";
// The replay of episodes: the components that the offline page and the workbench share.
// Text of models reaches the page through textContent only; nothing here parses it as HTML or as code.
const byId = (id) => document.getElementById(id);

function make(tag, classes, text, ...children) {
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  if (text !== undefined && text !== null) node.textContent = text;
  node.append(...children);
  return node;
}

// Where a turn has no observation of its own, the next message is that, word for word.
function observed(full, turn) { return turn.same ? full.messages[turn.message + 1].text || "" : turn.observation || ""; }

function highlighted(text, words) {
  const node = make("pre");
  const wanted = words.filter((word) => word.length > 1);
  const low = wanted.length ? text.toLowerCase() : "";
  let from = 0;
  while (wanted.length && from < text.length) {
    let at = -1, length = 0;
    for (const word of wanted) {
      const found = low.indexOf(word, from);
      if (found >= 0 && (at < 0 || found < at)) { at = found; length = word.length; }
    }
    if (at < 0) break;
    node.append(text.slice(from, at), make("mark", "", text.slice(at, at + length)));
    from = at + length;
  }
  node.append(text.slice(from));
  return node;
}

// Of a text of megabytes the beginning is shown, and the rest where it is asked for or searched: a browser lays out no more in a moment.
const LONGEST = 100000;
function shown(text, words) {
  const low = text.length > LONGEST && words.length ? text.toLowerCase() : "";
  if (text.length <= LONGEST || words.some((word) => word.length > 1 && low.indexOf(word) >= LONGEST - word.length)) return [highlighted(text, words)];
  // A character of two halves stays whole.
  const end = (text.charCodeAt(LONGEST - 1) & 0xfc00) === 0xd800 ? LONGEST - 1 : LONGEST;
  const start = highlighted(text.slice(0, end), words);
  const rest = make("button", "rest", "Show " + (text.length - end).toLocaleString("en") + " more characters");
  rest.type = "button";
  rest.addEventListener("click", () => { start.replaceWith(highlighted(text, words)); rest.remove(); });
  return [start, rest];
}

function part(label, text, words, classes) {
  return make("div", "part " + (classes || ""), null, make("span", "tag", label), ...shown(text, words));
}

function folded(summary, text, words) {
  return make("details", "part", null, make("summary", "", summary), ...shown(text, words));
}

const SVG = "http://www.w3.org/2000/svg";
function spark(turns, until) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("class", "spark");
  node.setAttribute("viewBox", "0 0 100 44");
  node.setAttribute("preserveAspectRatio", "none");
  node.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "polyline");
  const last = Math.max(1, turns.length);
  const points = [[0, 40], ...turns.map((turn, i) => [(100 * (i + 1)) / last, 40 - 36 * Math.min(1, Math.max(0, turn.score || 0))])];
  line.setAttribute("points", points.map((point) => point.join(",")).join(" "));
  const cursor = document.createElementNS(SVG, "line");
  const x = String((100 * Math.min(until, turns.length)) / last);
  for (const [name, value] of [["x1", x], ["x2", x], ["y1", "0"], ["y2", "44"]]) cursor.setAttribute(name, value);
  node.append(line, cursor);
  return node;
}

function messageParts(messages, from, to, words) {
  const nodes = [];
  for (const message of messages.slice(from, to)) {
    if (message.reasoning) nodes.push(part(message.role + ", reasoning", message.reasoning, words));
    if (message.text) nodes.push(part(message.role, message.text, words, message.role === "assistant" ? "said" : ""));
    for (const call of message.calls || []) nodes.push(part("tool call", call, words));
  }
  return nodes;
}

// A picture is PNG data within the offline page, or a file of the workbench; a rendering is text within the page or a document of the
// workbench, in a frame in which no script runs. Anything else is not shown.
function seen(full, message) {
  const nodes = [];
  const picture = (full.pictures || {})[String(message)];
  if (typeof picture === "string" && (picture.startsWith("data:image/png;base64,") || picture.startsWith("/run/"))) {
    const node = make("img", "seen");
    node.src = picture; node.loading = "lazy"; node.alt = "what was seen";
    nodes.push(make("div", "part", null, node));
  }
  const rendering = (full.renderings || {})[String(message)];
  if (rendering) {
    const node = make("iframe", "seen");
    node.setAttribute("sandbox", "");
    if (typeof rendering === "string" && rendering.startsWith("/run/")) node.src = rendering; else node.srcdoc = String(rendering.html);
    node.loading = "lazy"; node.title = "what the environment draws";
    nodes.push(make("div", "part", null, node));
  }
  return nodes;
}

// What was seen stands beside what was said.
function beside(node, head, pictures) {
  if (!pictures.length) return;
  const text = make("div", "text", null, ...[...node.childNodes].filter((each) => each !== head));
  node.classList.add("pictured");
  node.append(text, make("div", "pictures", null, ...pictures));
}

function turnNode(full, number, current, raw, words) {
  const turn = full.turns[number];
  const before = number ? full.turns[number - 1].score || 0 : 0;
  const change = (turn.score || 0) - before;
  const head = make("header", "", null, make("b", "", "turn " + (number + 1)));
  head.append(make("span", "", "score " + (turn.score === null ? "–" : turn.score.toFixed(3))));
  if (Math.abs(change) > 1e-9) head.append(make("span", change > 0 ? "delta-up" : "delta-down", (change > 0 ? "+" : "") + change.toFixed(3)));
  if (turn.ended) head.append(make("span", "chip", turn.ended));
  if (turn.success === true) head.append(make("span", "chip solved", "success"));
  if (turn.finish && turn.finish !== "stop") head.append(make("span", "", "finish: " + turn.finish));
  if (turn.tokens) head.append(make("span", "", turn.tokens + " tokens"));
  const node = make("article", "turn" + (current ? " current" : ""), null, head);
  const next = number + 1 < full.turns.length ? full.turns[number + 1].message : full.messages.length;
  if (raw) {
    node.append(...messageParts(full.messages, turn.message, next, words));
  } else {
    node.append(...messageParts(full.messages, turn.message, turn.message + 1, words));
    if (turn.action !== null && turn.action !== undefined) node.append(part("action", turn.action, words, "action"));
    if (turn.error) node.append(part("not read", turn.error, words, "error"));
    for (const note of turn.notes || []) node.append(part("note", note, words));
    const observation = observed(full, turn);
    if (observation) node.append(part("observation", observation, words));
    if (turn.info) node.append(folded("info", turn.info, words));
    beside(node, head, seen(full, turn.message + 1));
  }
  return node;
}

// One to two episodes beside each other, shown up to a turn, or as a whole. A column is { head, full, name } or null where there is none.
const AT_ONCE = 150;
class Replay {
  constructor(root, outcomes, more) {
    Object.assign(this, { root, outcomes, columns: [], turns: Infinity, raw: false, playing: 0, words: [], most: AT_ONCE, last: 0 }, more || {});
  }

  open(columns, words) {
    this.stop();
    this.columns = columns;
    this.words = words || [];
    this.turns = Infinity;
    this.most = AT_ONCE;
    this.draw();
  }

  section(column, first) {
    if (!column) return make("section", "", null, make("p", "empty", "The other run has no episode of this task."));
    const { head, full, name } = column, words = this.words, turns = full.turns;
    const section = make("section");
    const heading = make("div", "heading", null, make("h2", "", head.task), make("span", "chip " + head.outcome, this.outcomes[head.outcome]));
    heading.append(make("span", "", head.score === null ? "not scored" : "score " + head.score.toFixed(3)));
    if (name) heading.append(make("span", "run", name));
    const facts = make("div", "facts");
    for (const [fact, value] of full.facts) facts.append(make("span", "", fact + " ", make("b", "", value)));
    section.append(heading, facts, spark(turns, this.turns));
    const start = make("div", "start");
    if (this.raw || !turns.length) start.append(...messageParts(full.messages, 0, turns.length ? turns[0].message : full.messages.length, words));
    else {
      const details = make("details", "part", null, make("summary", "", "opening messages"));
      details.append(...messageParts(full.messages, 0, turns[0].message, words));
      details.open = details.querySelector("mark") !== null;
      start.append(details, part("first observation", full.opening, words));
      beside(start, null, seen(full, turns[0].message - 1));
    }
    section.append(start);
    const whole = this.turns === Infinity;
    const until = Math.min(whole ? this.most : this.turns, turns.length);
    // Thousands of turns are never drawn at once: those before are a step back, those after a button away.
    for (let number = Math.max(0, until - (whole ? until : AT_ONCE)); number < until; number++) {
      const node = turnNode(full, number, !whole && number === until - 1, this.raw, words);
      if (first) node.id = "turn-" + (number + 1);
      section.append(node);
    }
    if (whole && until < turns.length) {
      const more = make("button", "more", "show the next " + Math.min(AT_ONCE, turns.length - until) + " of " + turns.length + " turns");
      more.type = "button";
      more.onclick = () => { this.most += AT_ONCE; this.draw(); };
      section.append(more);
    } else if (full.fault && this.turns >= turns.length) {
      const fault = make("div", "turn", null, part("fault: " + full.fault.where, full.fault.what, words, "error"));
      if (full.fault.traceback) fault.append(folded("traceback", full.fault.traceback, words));
      section.append(fault);
    }
    return section;
  }

  draw() {
    this.last = Math.max(0, ...this.columns.map((column) => (column ? column.full.turns.length : 0)));
    const slider = make("input");
    slider.type = "range"; slider.min = "0"; slider.max = String(this.last); slider.setAttribute("aria-label", "turns shown");
    slider.value = String(Math.min(this.turns, this.last));
    slider.oninput = () => { this.stop(); this.show(Number(slider.value)); };
    const play = make("button", "", this.playing ? "pause" : "play");
    play.type = "button"; play.onclick = () => this.toggle();
    const told = this.turns === Infinity ? "all " + this.last + " turns" : "turn " + Math.min(this.turns, this.last) + " of " + this.last;
    const all = make("div", "columns", null, ...this.columns.map((column, place) => this.section(column, place === 0)));
    const held = this.root.contains(document.activeElement) ? document.activeElement.tagName : "";
    this.root.replaceChildren(make("div", "player", null, play, slider, make("span", "", told)), all);
    if (held === "INPUT") slider.focus();
    if (held === "BUTTON") play.focus();
  }

  show(turns) {
    this.turns = Math.max(0, Math.min(turns, this.last));
    this.draw();
    const current = this.root.querySelector(".turn.current");
    if (current) current.scrollIntoView({ block: "nearest" });
  }
  stop() { clearInterval(this.playing); this.playing = 0; }
  toggle() {
    if (this.playing) { this.stop(); this.draw(); return; }
    if (this.turns >= this.last) this.turns = 0;
    this.playing = setInterval(() => { if (this.turns >= this.last) { this.stop(); this.draw(); } else this.show(this.turns + 1); }, 900);
    this.draw();
  }
  keys() {
    return {
      ArrowRight: () => { this.stop(); this.show(this.turns === Infinity ? 1 : this.turns + 1); },
      ArrowLeft: () => { this.stop(); this.show((this.turns === Infinity ? this.last : this.turns) - 1); },
      " ": () => this.toggle(),
      a: () => { this.stop(); this.turns = Infinity; this.draw(); },
      r: () => { this.raw = !this.raw; this.draw(); },
    };
  }
}

// Keys that belong to the page: none is taken from what a person types, or from a button that has the focus.
function onKeys(keys, other) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (other && other(event)) return;
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.target instanceof HTMLTextAreaElement) return;
    if (event.key === " " && (event.target instanceof HTMLButtonElement || event.target instanceof HTMLElement && event.target.tagName === "SUMMARY")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
}
