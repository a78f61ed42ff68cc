"use strict";
// Playing with keys: a digit takes the action of its button, ? asks the expert. Everything works without this script, too.
(function () {
  const now = document.getElementById("now");
  if (now) now.scrollIntoView({ block: "nearest" });
  const form = document.getElementById("moves");
  if (!form) return;
  let sent = false;
  form.addEventListener("submit", (event) => {
    // Buttons may be pressed twice before the page has changed; the server takes one action a turn.
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea, select")) return;
    const typed = event.target.matches("input") ? event.target.value : "";
    if (typed) return;
    const button = /^[1-9]$/.test(event.key) ? form.querySelectorAll(".buttons button")[Number(event.key) - 1] : null;
    const hint = event.key === "?" ? document.querySelector("[data-hint]") : null;
    if (button) { event.preventDefault(); form.requestSubmit(button); }
    if (hint) { event.preventDefault(); hint.click(); }
  });
})();
