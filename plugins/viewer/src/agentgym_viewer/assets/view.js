"use strict";
// Text of models reaches the page through textContent only; nothing here parses it as HTML or as code.
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("index").textContent);
const FIELDS = ["run", "environment", "task", "sample", "outcome", "score", "rounds", "kind", "id"];
const episodes = data.episodes.map((values, number) => {
  const episode = { number };
  FIELDS.forEach((name, i) => { episode[name] = values[i]; });
  episode.pair = JSON.stringify([episode.environment, episode.task]);
  return episode;
});
const two = data.runs.length > 1;
const partners = new Map();
for (const episode of episodes) {
  if (episode.run === 1) {
    if (!partners.has(episode.pair)) partners.set(episode.pair, []);
    partners.get(episode.pair).push(episode);
  }
}
const state = { shown: [], current: null, turns: Infinity, raw: false, playing: 0, search: 0, words: [] };

function make(tag, classes, text, ...children) {
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  if (text !== undefined && text !== null) node.textContent = text;
  node.append(...children);
  return node;
}

// Where a turn has no observation of its own, the next message is that, word for word.
function observed(full, turn) { return turn.same ? full.messages[turn.message + 1].text || "" : turn.observation || ""; }

const texts = new Map();
function load(episode) { return JSON.parse(byId("e" + episode.number).textContent); }
function textOf(episode) {
  let text = texts.get(episode.number);
  if (text === undefined) {
    const full = load(episode);
    const parts = [episode.task, episode.kind, episode.id, full.opening];
    for (const [, value] of full.facts) parts.push(value);
    for (const message of full.messages) parts.push(message.text || "", message.reasoning || "", ...(message.calls || []));
    for (const turn of full.turns) parts.push(turn.action || "", turn.observation || "", turn.error || "", ...(turn.notes || []));
    if (full.fault) parts.push(full.fault.what);
    text = parts.join("\n").toLowerCase();
    texts.set(episode.number, text);
  }
  return text;
}

function partnerOf(episode) {
  const found = partners.get(episode.pair) || [];
  return found.find((other) => other.sample === episode.sample) || found[0] || null;
}

function option(select, value, text) { const node = make("option", "", text); node.value = value; select.append(node); }
function fill() {
  const environments = [...new Set(episodes.map((e) => e.environment))].sort();
  option(byId("environment"), "", "all environments");
  for (const name of environments) option(byId("environment"), name, name);
  option(byId("outcome"), "", "all outcomes");
  for (const [name, words] of Object.entries(data.outcomes)) {
    const count = episodes.filter((e) => e.run === 0 && e.outcome === name).length;
    if (count) option(byId("outcome"), name, words + " (" + count + ")");
  }
  if (two) option(byId("outcome"), "differ", "outcomes differ");
  for (const [value, words] of [["", "in order"], ["score", "lowest score first"], ["-score", "highest score first"], ["-rounds", "most rounds first"]])
    option(byId("order"), value, words);
}

// Searching reads every episode once: in slices, so that the page stays alive.
function refresh() {
  const ticket = ++state.search;
  const environment = byId("environment").value, outcome = byId("outcome").value, order = byId("order").value;
  state.words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const candidates = episodes.filter((e) => {
    if (e.run !== 0 || (environment && e.environment !== environment)) return false;
    if (outcome === "differ") { const other = partnerOf(e); return !other || other.outcome !== e.outcome; }
    return !outcome || e.outcome === outcome;
  });
  if (order) {
    const name = order.replace("-", ""), sign = order.startsWith("-") ? -1 : 1;
    const value = (e) => (e[name] === null ? Infinity : sign * e[name]);
    candidates.sort((a, b) => value(a) - value(b) || a.number - b.number);
  }
  const matching = [];
  let at = 0;
  (function slice() {
    if (ticket !== state.search) return;
    const until = performance.now() + 40;
    while (at < candidates.length && performance.now() < until) {
      const episode = candidates[at++];
      if (!state.words.length || state.words.every((word) => textOf(episode).includes(word))) matching.push(episode);
    }
    byId("count").textContent = at < candidates.length ? "searching …" : counted(matching.length);
    if (at < candidates.length) { setTimeout(slice, 0); return; }
    state.shown = matching;
    list();
  })();
}

function counted(number) {
  const held = data.shown[0], all = data.total[0];
  return number + " of " + held + " episodes" + (held < all ? "; the run has " + all + ", this page holds the first " + held : "");
}

function list() {
  const nodes = state.shown.map((episode) => {
    const dot = make("i", episode.outcome);
    const score = make("span", "score", episode.score === null ? "–" : episode.score.toFixed(2));
    const other = two ? partnerOf(episode) : null;
    if (other) score.textContent += " | " + (other.score === null ? "–" : other.score.toFixed(2));
    const words = [episode.environment, data.outcomes[episode.outcome], episode.rounds + (episode.rounds === 1 ? " round" : " rounds")];
    if (episode.sample) words.push("sample " + episode.sample);
    const row = make("button", "row", null, dot, make("b", "", episode.task), score, make("small", "", words.join(" · ")));
    row.type = "button";
    row.onclick = () => select(episode);
    episode.row = row;
    return row;
  });
  byId("list").replaceChildren(...nodes);
  if (!nodes.length) {
    byId("list").append(make("p", "empty", "Nothing matches."));
    byId("detail").replaceChildren();
    state.current = null;
  } else {
    select(state.shown.includes(state.current) ? state.current : state.shown[0]);
  }
}

function select(episode) {
  stop();
  if (state.current && state.current.row) state.current.row.removeAttribute("aria-current");
  state.current = episode;
  state.turns = Infinity;
  episode.row.setAttribute("aria-current", "true");
  episode.row.scrollIntoView({ block: "nearest" });
  draw();
  byId("detail").scrollTop = 0;
}

function highlighted(text) {
  const node = make("pre");
  const words = state.words.filter((word) => word.length > 1);
  let rest = text;
  while (words.length && rest) {
    const low = rest.toLowerCase();
    let at = -1, length = 0;
    for (const word of words) {
      const found = low.indexOf(word);
      if (found >= 0 && (at < 0 || found < at)) { at = found; length = word.length; }
    }
    if (at < 0) break;
    node.append(rest.slice(0, at), make("mark", "", rest.slice(at, at + length)));
    rest = rest.slice(at + length);
  }
  node.append(rest);
  return node;
}

function part(label, text, classes) {
  return make("div", "part " + (classes || ""), null, make("label", "", label), highlighted(text));
}

const SVG = "http://www.w3.org/2000/svg";
function spark(turns, until) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("class", "spark");
  node.setAttribute("viewBox", "0 0 100 44");
  node.setAttribute("preserveAspectRatio", "none");
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

function messageParts(messages, from, to) {
  const nodes = [];
  for (const message of messages.slice(from, to)) {
    if (message.reasoning) nodes.push(part(message.role + ", reasoning", message.reasoning));
    if (message.text) nodes.push(part(message.role, message.text, message.role === "assistant" ? "said" : ""));
    for (const call of message.calls || []) nodes.push(part("tool call", call));
  }
  return nodes;
}

// Pictures are PNG data within the page; anything else is not shown.
function seen(full, message) {
  const address = (full.pictures || {})[String(message)];
  if (typeof address !== "string" || !address.startsWith("data:image/png;base64,")) return [];
  const node = make("img", "seen");
  node.src = address; node.loading = "lazy"; node.alt = "what was seen";
  return [node];
}

function turnNode(full, number, current) {
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
  if (state.raw) {
    node.append(...messageParts(full.messages, turn.message, next));
  } else {
    node.append(...messageParts(full.messages, turn.message, turn.message + 1));
    if (turn.action !== null && turn.action !== undefined) node.append(part("action", turn.action, "action"));
    if (turn.error) node.append(part("not read", turn.error, "error"));
    for (const note of turn.notes || []) node.append(part("note", note));
    const observation = observed(full, turn);
    node.append(...seen(full, turn.message + 1));
    if (observation) node.append(part("observation", observation));
    if (turn.info) {
      const details = make("details", "part", null, make("summary", "", "info"), highlighted(turn.info));
      node.append(details);
    }
  }
  return node;
}

function column(episode) {
  const full = load(episode);
  const section = make("section");
  const heading = make("div", "heading", null, make("h2", "", episode.task), make("span", "chip " + episode.outcome, data.outcomes[episode.outcome]));
  heading.append(make("span", "", episode.score === null ? "not scored" : "score " + episode.score.toFixed(3)));
  if (two) heading.append(make("span", "run", data.runs[episode.run]));
  const facts = make("div", "facts");
  for (const [name, value] of full.facts) facts.append(make("span", "", name + " ", make("b", "", value)));
  section.append(heading, facts, spark(full.turns, state.turns));
  const start = make("div", "start");
  if (state.raw || !full.turns.length) start.append(...messageParts(full.messages, 0, full.turns.length ? full.turns[0].message : full.messages.length));
  else {
    const details = make("details", "part", null, make("summary", "", "opening messages"));
    details.append(...messageParts(full.messages, 0, full.turns[0].message));
    start.append(details, ...seen(full, full.turns[0].message - 1), part("first observation", full.opening));
  }
  section.append(start);
  const until = Math.min(state.turns, full.turns.length);
  for (let number = 0; number < until; number++) section.append(turnNode(full, number, number === until - 1 && state.turns !== Infinity));
  if (full.fault && state.turns >= full.turns.length) {
    const fault = make("div", "turn", null, part("fault: " + full.fault.where, full.fault.what, "error"));
    if (full.fault.traceback) fault.append(make("details", "part", null, make("summary", "", "traceback"), highlighted(full.fault.traceback)));
    section.append(fault);
  }
  return { section, turns: full.turns.length };
}

function draw() {
  const episode = state.current;
  if (!episode) return;
  const columns = [column(episode)];
  if (two) {
    const other = partnerOf(episode);
    columns.push(other ? column(other) : { section: make("section", "", null, make("p", "empty", "The other run has no episode of this task.")), turns: 0 });
  }
  state.last = Math.max(...columns.map((c) => c.turns));
  const slider = make("input");
  slider.type = "range"; slider.min = "0"; slider.max = String(state.last); slider.setAttribute("aria-label", "turns shown");
  slider.value = String(Math.min(state.turns, state.last));
  slider.oninput = () => { stop(); show(Number(slider.value)); };
  const play = make("button", "", state.playing ? "pause" : "play");
  play.type = "button"; play.onclick = toggle;
  const label = make("span", "", state.turns === Infinity ? "all " + state.last + " turns" : "turn " + Math.min(state.turns, state.last) + " of " + state.last);
  const all = make("div", "columns", null, ...columns.map((c) => c.section));
  byId("detail").replaceChildren(make("div", "player", null, play, slider, label), all);
}

function show(turns) {
  state.turns = Math.max(0, Math.min(turns, state.last));
  draw();
  const current = document.querySelector(".turn.current");
  if (current) current.scrollIntoView({ block: "nearest" });
}
function stop() { clearInterval(state.playing); state.playing = 0; }
function toggle() {
  if (state.playing) { stop(); draw(); return; }
  if (state.turns >= state.last) state.turns = 0;
  state.playing = setInterval(() => { if (state.turns >= state.last) { stop(); draw(); } else show(state.turns + 1); }, 900);
  draw();
}
function move(by) {
  const at = state.shown.indexOf(state.current);
  const next = state.shown[Math.max(0, Math.min(state.shown.length - 1, at + by))];
  if (next && next !== state.current) select(next);
}

const KEYS = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), PageDown: () => move(10), PageUp: () => move(-10),
  ArrowRight: () => { stop(); show(state.turns === Infinity ? 1 : state.turns + 1); },
  ArrowLeft: () => { stop(); show((state.turns === Infinity ? state.last : state.turns) - 1); },
  " ": toggle, a: () => { stop(); state.turns = Infinity; draw(); }, r: () => { state.raw = !state.raw; draw(); },
  "/": () => byId("search").focus(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") { byId("search").value = ""; byId("search").blur(); refresh(); return; }
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
  if (event.key === " " && event.target instanceof HTMLButtonElement) return;
  const act = KEYS[event.key];
  if (act && state.current !== undefined) { event.preventDefault(); act(); }
});
let typing = 0;
byId("search").oninput = () => { clearTimeout(typing); typing = setTimeout(refresh, 120); };
for (const name of ["environment", "outcome", "order"]) byId(name).onchange = refresh;
fill();
refresh();
