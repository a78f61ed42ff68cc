// The page of an episode, or of two beside each other: asks for what it shows, and draws it with the shared components.
(async function () {
  const root = byId("replay");
  if (!root) return;
  const sources = [root.dataset.source0, root.dataset.source1].filter((each) => each !== undefined);
  const words = (root.dataset.text || "").toLowerCase().split(/\s+/).filter(Boolean);
  let found;
  try {
    found = await Promise.all(sources.map(async (address) => {
      if (!address) return null;
      const answer = await fetch(address);
      if (!answer.ok) throw new Error("the episode cannot be read any more (" + answer.status + ")");
      return answer.json();
    }));
  } catch (error) {
    root.replaceChildren(make("p", "note", error.message));
    return;
  }
  const known = found.find(Boolean);
  const replay = new Replay(root, known ? known.outcomes : {});
  // A turn that is named by the address may stand beyond those that are drawn at first.
  const wanted = /^#turn-(\d+)$/.exec(location.hash);
  replay.open(found.map((each) => each && { head: each, full: each.full, name: found.length > 1 ? each.run : "" }), words);
  if (wanted) {
    if (Number(wanted[1]) > replay.most) { replay.most = Number(wanted[1]); replay.draw(); }
    const turn = byId(wanted[0].slice(1));
    if (turn) { turn.classList.add("current"); turn.scrollIntoView({ block: "center" }); }
  }
  const go = (which) => () => { const link = document.querySelector("[data-" + which + "]"); if (link) link.click(); };
  onKeys({ ...replay.keys(), n: go("later"), p: go("earlier") });
})();
