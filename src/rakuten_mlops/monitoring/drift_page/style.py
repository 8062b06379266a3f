"""How the page looks, by day and by night."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2126; --soft: #5d6872; --page: #f5f6f7; --card: #fff;
  --line: #e1e5e8; --before: #a9b4bd; --now: #2f6fdb; --live: #8a4fd0; --good: #2c8a52;
  --warn: #b97a0b; --bad: #c93a3a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaed; --soft: #9aa5ae; --page: #14181b;
  --card: #1d2226; --line: #323a40; --before: #66727c; --now: #6ea2ff; --live: #b78cf0;
  --good: #57bd80; --warn: #e0a83c; --bad: #f07070; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 25px; line-height: 1.3; margin: 12px 0 6px; }
h2 { font-size: 17px; margin: 0 0 12px; }
h3 { font-size: 14px; margin: 22px 0 6px; }
p { margin: 6px 0; }
.soft { color: var(--soft); }
small { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 20px 22px; margin-top: 18px; overflow-x: auto; }
.pill { display: inline-block; white-space: nowrap; padding: 2px 12px;
  border-radius: 99px; color: #fff;
  font-weight: 600; font-size: 13px; background: var(--soft); }
.pill.good { background: #2c8a52; }
.pill.warn { background: #a76c05; }
.pill.bad { background: #c93a3a; }
ul { margin: 0; padding-left: 20px; }
li { margin: 4px 0; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; }
th, td { padding: 8px 10px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
th.number, td.number { text-align: right; white-space: nowrap; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 24px; }
td svg { min-width: 190px; }
svg { max-width: 100%; height: auto; display: block; }
svg text { fill: var(--ink); font-size: 12.5px; }
svg text.small { fill: var(--soft); font-size: 11px; }
.before { fill: var(--before); }
.now { fill: var(--now); }
.live { fill: var(--live); }
.good { fill: var(--good); }
.warn { fill: var(--warn); }
.bad { fill: var(--bad); }
.rail { fill: var(--line); }
.noise { fill: var(--before); }
.mark { fill: var(--ink); }
.line { fill: none; stroke: var(--now); stroke-width: 2; }
.key i { display: inline-block; width: 10px; height: 10px; border-radius: 2px;
  margin: 0 5px 0 14px; }
"""
