// The offline page: its list of episodes, beside the replay of one.
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
const state = { shown: [], current: null, search: 0, words: [] };
const replay = new Replay(byId("detail"), data.outcomes);

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
    replay.stop();
    byId("detail").replaceChildren();
    state.current = null;
  } else {
    select(state.shown.includes(state.current) ? state.current : state.shown[0]);
  }
}

function select(episode) {
  if (state.current && state.current.row) state.current.row.removeAttribute("aria-current");
  state.current = episode;
  episode.row.setAttribute("aria-current", "true");
  episode.row.scrollIntoView({ block: "nearest" });
  const columns = two ? [episode, partnerOf(episode)] : [episode];
  replay.open(columns.map((each) => each && { head: each, full: load(each), name: two ? data.runs[each.run] : "" }), state.words);
  byId("detail").scrollTop = 0;
}

function move(by) {
  const at = state.shown.indexOf(state.current);
  const next = state.shown[Math.max(0, Math.min(state.shown.length - 1, at + by))];
  if (next && next !== state.current) select(next);
}

const moves = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), PageDown: () => move(10), PageUp: () => move(-10),
  "/": () => byId("search").focus(),
};
onKeys({ ...replay.keys(), ...moves }, (event) => {
  if (event.key !== "Escape") return !state.current && event.key !== "/";
  byId("search").value = ""; byId("search").blur(); refresh();
  return true;
});
let typing = 0;
byId("search").oninput = () => { clearTimeout(typing); typing = setTimeout(refresh, 120); };
for (const name of ["environment", "outcome", "order"]) byId(name).onchange = refresh;
fill();
refresh();
