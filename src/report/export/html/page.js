(() => {
  "use strict";
  const tiles = [...document.querySelectorAll(".tile")];
  const rows = [...document.querySelectorAll("#connectors tbody tr")];
  const tools = document.querySelector(".tools");
  if (!tools || rows.length === 0) return;
  const input = tools.querySelector("input");
  const shown = tools.querySelector("output");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const wanted = new Set(tiles.filter((tile) => tile.ariaPressed === "true").map((tile) => tile.dataset.outcome));
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let number = 0;
    rows.forEach((row, at) => {
      const fits = (wanted.size === 0 || wanted.has(row.dataset.outcome)) && words.every((word) => texts[at].includes(word));
      row.hidden = !fits;
      if (fits) number += 1;
    });
    shown.textContent = number === rows.length ? "" : `${number} of ${rows.length} shown`;
  };
  const showTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target || !target.hidden) return;
    tiles.forEach((tile) => { tile.ariaPressed = "false"; });
    input.value = "";
    filter();
    target.scrollIntoView({ block: "center" });
  };
  tiles.forEach((tile) => {
    tile.disabled = false;
    tile.title = "Show only these connectors";
    tile.addEventListener("click", () => {
      tile.ariaPressed = tile.ariaPressed === "true" ? "false" : "true";
      filter();
    });
  });
  input.addEventListener("input", filter);
  addEventListener("hashchange", showTarget);
  // A second click on the same link changes no hash.
  addEventListener("click", (event) => { if (event.target.closest("a[href^='#']")) setTimeout(showTarget); });
  tools.hidden = false;
  filter();
})();
