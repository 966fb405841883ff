"use strict";
// Embeds the charts that are shown, and the others when they are chosen.
(() => {
  const { docs, items } = JSON.parse(document.getElementById("charts").textContent);
  const waiting = new Set(items);
  const touch = matchMedia("(pointer: coarse)").matches;

  const places = (item) => Object.values(item.roots).map((id) => document.getElementById(id));

  // A drag with a finger scrolls the page; a chart's tools are there to be chosen.
  function release() {
    for (const drawn of Bokeh.documents) {
      for (const root of drawn.roots()) {
        for (const tool of root.toolbar.tools) {
          if (tool.type === "BoxZoomTool") tool.active = false;
        }
      }
    }
  }

  async function embed() {
    const shown = [...waiting].filter((item) => places(item).some((place) => !place.hidden));
    for (const item of shown) waiting.delete(item);
    // bokeh builds every document that it is given, shown or not.
    const needed = Object.fromEntries(shown.map(({ docid }) => [docid, docs[docid]]));
    await Bokeh.embed.embed_items(needed, shown);
    if (touch) release();
  }

  // A browser may keep a choice over a reload, so what is chosen is read, not assumed.
  function show() {
    const symbol = document.getElementById("symbol")?.value;
    for (const place of document.querySelectorAll("[data-group]")) {
      const { group, scale, symbol: of } = place.dataset;
      const chosen = document.querySelector(`input[name=${group}-scale]:checked`)?.value ?? "linear";
      place.hidden = scale !== chosen || (symbol !== undefined && of !== undefined && of !== symbol);
    }
    embed();
  }

  for (const choice of document.querySelectorAll("input[type=radio], #symbol")) {
    choice.addEventListener("change", show);
  }

  // The axes are drawn in the scheme's colours, so another scheme needs another drawing.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const drawn of Bokeh.documents) {
      for (const root of drawn.roots()) root.change.emit();
    }
  });
  show();
})();
