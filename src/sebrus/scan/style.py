"""The look of the report, light and dark."""

STYLE = """
:root { color-scheme: light dark;
  --ink: light-dark(#1c2330, #e6e9ef); --soft: light-dark(#5a6475, #9aa4b5); --page: light-dark(#f6f7f9, #12151b);
  --card: light-dark(#ffffff, #1b2029); --line: light-dark(#dfe3ea, #2d3440); --bad: light-dark(#b3261e, #ff8a80);
  --good: light-dark(#1b6e43, #7bd8a5); --mark: light-dark(#fdecea, #3a1f1f); --accent: light-dark(#2f5fd0, #8fb0ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 40px 0 12px; }
h3 { font-size: 15px; margin: 0; overflow-wrap: anywhere; }
p { margin: 6px 0; max-width: 75ch; }
.soft { color: var(--soft); }
.verdict { font-size: 17px; margin: 14px 0 20px; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.number, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.number { padding: 14px 16px; }
.number b { display: block; font-size: 25px; font-variant-numeric: tabular-nums; line-height: 1.2; }
.number span { color: var(--soft); font-size: 13px; }
.bad { color: var(--bad); }
.good { color: var(--good); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { padding: 8px 12px; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
th { font-weight: 600; color: var(--soft); font-size: 13px; white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.name { overflow-wrap: anywhere; min-width: 9ch; max-width: 32ch; }
tr.flagged { background: var(--mark); }
.card { padding: 18px; margin: 14px 0; }
.evidence { display: flex; gap: 20px; align-items: flex-start; flex-wrap: wrap; margin: 12px 0 4px; }
.evidence p { flex: 1 1 320px; margin: 0; }
figure { margin: 0; }
figcaption { font-size: 12px; color: var(--soft); }
img { image-rendering: pixelated; display: block; background: #808080; border-radius: 4px; }
img.trigger { width: 144px; height: auto; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(232px, 1fr)); gap: 12px; margin-top: 14px; }
.item { display: grid; grid-template-columns: 84px 1fr; gap: 4px 12px; border: 1px solid var(--line);
  border-radius: 8px; padding: 10px; font-size: 13px; }
.item > img { width: 84px; height: auto; grid-row: span 2; }
.item .labels { font-size: 14px; overflow-wrap: anywhere; }
.item .id, .item .why { color: var(--soft); overflow-wrap: anywhere; font-size: 12px; }
.item .why { grid-column: 1 / -1; }
.near { grid-column: 1 / -1; display: flex; gap: 6px; align-items: flex-end; font-size: 12px; color: var(--soft); }
.near img { width: 34px; height: auto; }
.near figcaption { text-align: center; max-width: 34px; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
summary { cursor: pointer; color: var(--accent); margin-bottom: 8px; }
ul { margin: 6px 0; padding-left: 20px; }
footer { margin-top: 48px; font-size: 13px; color: var(--soft); }
"""

__all__ = ["STYLE"]
