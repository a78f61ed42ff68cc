// The list of versions. It is a script and not JSON, since a page that lies on a disk may fetch nothing.
document.addEventListener("DOMContentLoaded", () => {
  const versions = window.SITE_VERSIONS || [];
  const select = document.querySelector(".site-versions select");
  if (!select || versions.length === 0) return;
  for (const name of versions) {
    const option = document.createElement("option");
    option.value = option.textContent = name;
    option.selected = name === select.dataset.here;
    select.append(option);
  }
  select.addEventListener("change", () => {
    window.location.href = `${select.dataset.root}../${encodeURIComponent(select.value)}/index.html`;
  });
  select.parentElement.hidden = false;
});
// A button beside each block copies it; where commands stand with what they print, the commands alone.
document.addEventListener("DOMContentLoaded", () => {
  if (!navigator.clipboard) return;
  for (const block of document.querySelectorAll("article .highlight")) {
    const text = block.querySelector("pre").textContent;
    if (block.closest(".highlight-output, .highlight-text")) continue;
    const button = document.createElement("button");
    button.className = "site-copy";
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(commands(text));
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    block.append(button);
  }
});

function commands(text) {
  if (!text.startsWith("$ ")) return text;
  const lines = [];
  let more = false;
  for (const line of text.split("\n")) {
    if (more || line.startsWith("$ ")) {
      lines.push(more ? line : line.slice(2));
      more = line.endsWith("\\");
    }
  }
  return lines.join("\n") + "\n";
}
