"use strict";
// What every page of the workbench does: it is told of news and takes the parts that changed from the same page, made anew by the server.
// Those parts are the server's own pages, in which every text is escaped; the policy of the page lets no script in them run.
(function () {
  const live = document.getElementById("live");
  const say = (state, words) => { if (live) { live.className = "live " + state; live.textContent = words; } };
  const LEAST = 400;
  let last = 0, waiting = 0, fetching = false, again = false, gone = false;

  function concerned(topics, news) {
    return topics.some((topic) => (topic === "list" && news.list) || (topic === "any" && (news.list || news.runs.length)) || news.runs.includes(topic));
  }

  function regions(news) {
    return [...document.querySelectorAll("[data-live]")].filter((node) => node.id && (!news || concerned(node.dataset.live.split(" "), news)));
  }

  async function renew() {
    if (fetching) { again = true; return; }
    fetching = true; again = false; last = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { "x-part": "1" } });
      if (answer.status === 404) { gone = true; say("off", "what this page shows is no longer there"); }
      if (answer.ok) {
        if (gone) { gone = false; say("on", "live"); }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const node of regions()) {
          const fresh = page.getElementById(node.id);
          if (fresh && fresh.innerHTML !== node.innerHTML) swap(node, fresh);
        }
      }
    } catch (error) {
      // The stream of news says when the workbench is gone.
    } finally {
      fetching = false;
      if (again) later();
    }
  }

  // What has the focus, and what is unfolded, stays so.
  function swap(node, fresh) {
    const open = [...node.querySelectorAll("details")].map((each) => each.open);
    const links = [...node.querySelectorAll("a, button, summary")];
    const held = links.indexOf(document.activeElement);
    const address = held >= 0 ? document.activeElement.getAttribute("href") : null;
    node.replaceChildren(...[...fresh.childNodes].map((each) => document.importNode(each, true)));
    node.querySelectorAll("details").forEach((each, place) => { if (open[place]) each.open = true; });
    if (held >= 0) {
      const now = [...node.querySelectorAll("a, button, summary")];
      const same = now.find((each) => address && each.getAttribute("href") === address) || now[held];
      if (same) same.focus({ preventScroll: true });
    }
  }

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(renew, Math.max(0, last + LEAST - Date.now()));
  }

  // A browser has six connections to one place for all its tabs, and a stream keeps one: a tab that has the lock listens, and tells the others.
  // There are locks on this machine or with encryption; elsewhere a tab listens while it is seen.
  if (regions().length && window.EventSource) {
    const channel = window.BroadcastChannel ? new BroadcastChannel("agentgym-news") : null;
    let source = null, state = "", heard = false;
    function take(told) {
      if (told.state === "on") { say("on", "live"); if (heard) later(); heard = true; }
      if (told.state === "off") say("off", "the workbench does not answer");
      if (told.news && regions(told.news).length) later();
    }
    function tell(told) { take(told); if (channel) channel.postMessage(told); }
    function listen() {
      source = new EventSource("/events");
      source.addEventListener("hello", () => tell({ state: state = "on" }));
      source.addEventListener("news", (event) => tell({ news: JSON.parse(event.data) }));
      source.onerror = () => {
        tell({ state: state = "off" });
        // A browser asks again by itself, but not where it was answered: too many listened.
        if (source && source.readyState === EventSource.CLOSED) setTimeout(() => { if (source) { hush(); listen(); } }, 5000);
      };
    }
    function hush() { if (source) source.close(); source = null; }
    if (channel) channel.onmessage = (event) => {
      if (!event.data.asks) { if (!event.data.answer || !heard) take(event.data); } else if (source && state) channel.postMessage({ state, answer: true });
    };
    if (channel && navigator.locks) {
      channel.postMessage({ asks: true });
      navigator.locks.request("agentgym-news", () => new Promise(listen));
    } else {
      const turn = () => { if (document.hidden) hush(); else if (!source) listen(); };
      document.addEventListener("visibilitychange", turn);
      turn();
    }
    window.addEventListener("pagehide", hush);
    // A page that a browser kept as it was left has listened to nothing since.
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
  // Empty choices stay out of the address.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "get") return;
    for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
    setTimeout(() => { for (const field of event.target.elements) field.disabled = false; }, 0);
  });

  // Keys: rows of a list are gone through and opened without a pointer.
  const rows = () => [...document.querySelectorAll("[data-row]")];
  function move(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))];
    (next.matches("a") ? next : next.querySelector("a")).focus();
  }
  const keys = {
    j: () => move(1), k: () => move(-1),
    "/": () => { const field = document.querySelector("main input[type=search]") || document.querySelector(".find input"); if (field) { field.focus(); field.select(); } },
    u: () => { const up = document.querySelector("[data-up]"); if (up) up.click(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && event.target.matches("input")) { event.target.blur(); return; }
    if (event.target.matches("input, select, textarea")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
