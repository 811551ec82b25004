// A plain view of datasets and batches; every value is set as text, never as markup.
"use strict";

const short = (hash) => `${hash.slice(0, 10)}…`;
const ether = (gwei) => (gwei / 1e9).toLocaleString("en", { maximumFractionDigits: 6 });

function table(headings, rows) {
  const element = document.createElement("table");
  const head = element.createTHead().insertRow();
  for (const [text, kind] of headings) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    cell.className = kind;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((value, i) => {
      const cell = line.insertCell();
      cell.textContent = value;
      cell.className = headings[i][1];
    });
  }
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.append(element);
  return scroll;
}

async function show(id, path, headings, toRow, empty) {
  const place = document.getElementById(id);
  try {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error((await answer.json()).detail);
    const { results } = await answer.json();
    place.replaceChildren(results.length ? table(headings, results.map(toRow)) : paragraph(empty));
  } catch (error) {
    place.replaceChildren(paragraph(`This list cannot be shown: ${error.message}`));
  }
}

function paragraph(text) {
  const element = document.createElement("p");
  element.className = "quiet";
  element.textContent = text;
  return element;
}

show(
  "datasets",
  "/api/v1/datasets?limit=50",
  [["Name", ""], ["Classes", "number"], ["Bounty (ether)", "number"], ["State", ""], ["Id", ""]],
  (d) => [d.document?.name ?? "(no metadata here)", d.class_count, ether(d.bounty), d.closed ? "closed" : "open", short(d.id)],
  "No dataset yet. Run the demo, or create one with the Python client.",
);
show(
  "batches",
  "/api/v1/batches?limit=50",
  [["Batch", ""], ["Contributor", ""], ["Phase", ""], ["Items", "number"], ["Accepted", "number"], ["Reward (ether)", "number"]],
  (b) => [short(b.id), short(b.contributor), b.phase, b.item_count, b.accepted_count, ether(b.reward)],
  "No batch yet.",
);
fetch("/api/v1/chain").then((r) => r.json()).then((c) => {
  document.getElementById("chain").textContent = `Contract ${c.contract} on chain ${c.chain_id}.`;
});
