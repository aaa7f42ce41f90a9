// The look of every page: ink on paper, one accent, three colours for verdicts that always come with a word and a shape,
// system fonts, light and dark by the reader's own setting, and a layout
// that needs no width. Text from traffic is set in <code>, whose letters keep the order of their bytes.

export const THEME = `
:root{color-scheme:light dark;--paper:#fcfcfb;--card:#fff;--ink:#1b1f24;--soft:#59616a;--line:#dcdfe3;--faint:#f1f3f4;--accent:#0a5a86;--tint:#e4eff6;--bar:#5b9cc2;--good:#1a7046;--warn:#8a5a00;--bad:#b3261e;--mono:ui-monospace,"SF Mono","Cascadia Mono","Segoe UI Mono","DejaVu Sans Mono",Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){:root{--paper:#131619;--card:#191d21;--ink:#e3e6e9;--soft:#9ba4ad;--line:#30363c;--faint:#20252a;--accent:#7cc0ea;--tint:#1a2d3a;--bar:#3f83ab;--good:#5cc88f;--warn:#e0b050;--bad:#ff8a80}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;overflow-wrap:break-word;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.2;margin:.15rem 0 .5rem;font-weight:650;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:0 0 .35rem;font-weight:650}
h3{font-size:.95rem;margin:1rem 0 .25rem;font-weight:650}
p{margin:.35rem 0;max-width:46rem}
ul{margin:.35rem 0;padding-left:1.2rem;max-width:46rem}
li{margin:.15rem 0}
a{color:var(--accent)}
code{font-family:var(--mono);font-size:.86em;direction:ltr;unicode-bidi:isolate-override;overflow-wrap:anywhere}
section{margin-top:2.5rem}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;margin:0}
.skip{position:absolute;left:-100rem;padding:.5rem 1rem;background:var(--card);border:2px solid var(--accent)}
.skip:focus{left:1rem;top:1rem;z-index:1}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.over{color:var(--soft);font-size:.85rem;margin:0}
.soft{color:var(--soft)}
.note{color:var(--soft);font-size:.9rem}
.verdict{border-left:6px solid var(--accent);padding:.1rem 0 .1rem 1.1rem}
.verdict h1::before{display:inline-block;width:1.5em;margin-right:.45em;border:2px solid;text-align:center;font-size:.8em;line-height:1.4;vertical-align:.08em}
.verdict.go{border-left-color:var(--good)}
.verdict.go h1::before{content:"\\2713";content:"\\2713"/"";color:var(--good);border-radius:50%}
.verdict.look{border-left-color:var(--warn);border-left-style:double;border-left-width:8px}
.verdict.look h1::before{content:"!";content:"!"/"";color:var(--warn);border-radius:6px;border-style:double;border-width:3px}
.verdict.stop{border-left-color:var(--bad);border-left-width:10px}
.verdict.stop h1::before{content:"\\2717";content:"\\2717"/"";color:var(--card);background:var(--bad);border-color:var(--bad)}
.verdict ul{margin:.25rem 0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:1px;background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:hidden;margin:1.25rem 0}
.facts div{box-shadow:0 0 0 1px var(--line);padding:.6rem .8rem}
.facts dt{color:var(--soft);font-size:.8rem}
.facts dd{margin:0;font-size:1.2rem;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts dd small{display:block;font-size:.78rem;font-weight:400;color:var(--soft);line-height:1.35}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;padding:0;margin:1rem 0 0;max-width:none}
.tools{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:.9rem 0;padding:.6rem .8rem;background:var(--faint);border-radius:8px}
.tools[hidden]{display:none}
.tools label{font-size:.8rem;color:var(--soft);display:block}
.tools input,.tools select{font:inherit;font-size:.92rem;color:var(--ink);background:var(--card);border:1px solid var(--soft);border-radius:5px;padding:.3rem .5rem;min-width:0;max-width:100%}
.tools input{width:18rem}
.tools output{font-size:.85rem;color:var(--soft);padding-bottom:.35rem}
button{font:inherit;font-size:.8rem;color:var(--accent);background:var(--card);border:1px solid var(--accent);border-radius:5px;padding:.2rem .65rem;cursor:pointer;min-height:24px}
button:hover{background:var(--tint)}
summary{cursor:pointer}
.group{margin-top:1rem}
.group>summary{font-weight:650;padding:.4rem 0}
.group>summary .soft{font-weight:400;font-size:.9rem}
.list{border:1px solid var(--line);border-radius:8px;background:var(--card);overflow:hidden}
.item{border-top:1px solid var(--line)}
.item:first-child{border-top:0}
.item[hidden]{display:none}
.brief{padding:.25rem .8rem .25rem 2.8rem;font-size:.85rem;content-visibility:auto;contain-intrinsic-height:2rem}
.item>summary{display:grid;grid-template-columns:1rem minmax(0,1fr) 10.5rem 12rem;gap:.15rem 1rem;align-items:center;padding:.5rem .8rem;list-style:none}
.item>summary::-webkit-details-marker{display:none}
.item>summary::before{content:"";width:.45rem;height:.45rem;border:solid var(--soft);border-width:0 2px 2px 0;transform:rotate(-45deg)}
.item[open]>summary::before{transform:rotate(45deg)}
.item>summary:hover{background:var(--faint)}
.item[open]>summary{background:var(--faint)}
.item .name{min-width:0}
.item .name code{font-size:.9em}
.meth{font-family:var(--mono);font-size:.78em;font-weight:650;margin-right:.5em}
.item .what{font-size:.82rem;color:var(--soft);text-align:right;font-variant-numeric:tabular-nums}
.item .what strong{color:var(--ink);font-weight:600}
.body{padding:.2rem .8rem 1rem 2.8rem;font-size:.92rem}
.chip{display:inline-block;font-size:.74rem;line-height:1.35;padding:.02rem .42rem;border:1px solid var(--line);border-radius:99px;color:var(--soft);margin:.1rem .25rem .1rem 0;white-space:nowrap}
.chip.hot{border-color:var(--ink);color:var(--ink);font-weight:600}
.tree{border:1px solid var(--line);border-radius:8px;background:var(--card);padding:.3rem .8rem;margin:.5rem 0}
.tree ul{list-style:none;margin:0;padding:0 0 0 1.05rem;border-left:1px solid var(--line);max-width:none}
.tree>details>ul{margin-bottom:.4rem}
.tree>details>summary{padding:.35rem 0}
.tree>details>summary code{font-weight:600;font-size:.95em}
.tree li{margin:0}
.tree summary,.tree .leaf{padding:.12rem 0}
.tree .leaf{padding-left:1.05rem}
.tree li{font-size:.94rem}
.tree .ends{font-size:.82rem;color:var(--soft);margin-left:.6rem}
.tree .wild{color:var(--accent);font-weight:650}
.dot{display:inline-block;width:.6em;height:.6em;border-radius:50%;border:2px solid var(--accent);background:var(--accent);margin-right:.35em}
.dot.fair{background:var(--card)}
.dot.poor{border-color:var(--soft);background:var(--card);border-style:dotted}
.wrap{overflow:auto;max-height:min(85vh,60rem);border:1px solid var(--line);border-radius:8px;margin:.6rem 0;background:linear-gradient(90deg,var(--card) 40%,transparent) 0 0/2.5rem 100% no-repeat local,linear-gradient(270deg,var(--card) 40%,transparent) 100% 0/2.5rem 100% no-repeat local,linear-gradient(90deg,var(--line),transparent) 0 0/.9rem 100% no-repeat scroll,linear-gradient(270deg,var(--line),transparent) 100% 0/.9rem 100% no-repeat scroll,var(--card)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:.5rem .8rem;color:var(--soft);font-size:.85rem}
th,td{text-align:left;padding:.35rem .8rem;border-top:1px solid var(--line);vertical-align:top}
th{overflow-wrap:anywhere;min-width:5rem}
tbody th{min-width:12rem}
tbody td.w,tbody th.w{min-width:0;white-space:nowrap}
.w code{overflow-wrap:normal}
tbody .h{min-width:14.5rem}
thead th{position:sticky;top:0;z-index:1;background:var(--card);box-shadow:0 1px 0 var(--line);border-top:0;font-size:.8rem;color:var(--soft);font-weight:600;white-space:nowrap}
caption+th{overflow-wrap:anywhere;min-width:5rem}
thead th{border-top:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.t{min-width:13rem}
td.wide{min-width:20rem}
th .soft{font-weight:400}
tr[hidden]{display:none}
.cmd{display:flex;gap:.6rem;align-items:start;background:var(--faint);border-radius:6px;padding:.4rem .6rem;margin:.3rem 0}
.cmd code{flex:1;min-width:0;white-space:pre-wrap}
.cmd.tall code{max-height:16rem;overflow:auto}
.hash.short{display:inline-block;max-width:15ch;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;vertical-align:middle}
.hash+button{margin-left:.4rem;font-weight:400}
.does{font-size:.85rem;color:var(--soft);margin:.55rem 0 0}
svg{display:block;max-width:100%;height:auto}
.interval{overflow:visible}
.interval .axis{stroke:var(--line);stroke-width:2}
.interval .mark{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 2}
.interval rect{fill:var(--bar)}
.interval circle{fill:var(--accent);stroke:var(--card);stroke-width:1}
.interval.fair rect{fill:var(--tint);stroke:var(--bar)}
.interval.poor rect{fill:var(--faint);stroke:var(--soft);stroke-dasharray:2 2}
.interval.poor circle{fill:var(--soft)}
.growth{width:100%;max-width:46rem;background:var(--card);border:1px solid var(--line);border-radius:8px;margin:.6rem 0}
.growth .grid{stroke:var(--line)}
.growth .num{fill:var(--soft);font-size:11px}
.growth path{fill:none}
.growth .average{stroke:var(--accent);stroke-width:2.5}
.growth .observed{stroke:var(--soft);stroke-width:1;stroke-dasharray:1 3;stroke-linecap:round}
.growth .expected{stroke:var(--soft);stroke-dasharray:6 4}
.key{display:inline-block;width:1.6rem;height:0;border-top:2.5px solid var(--accent);vertical-align:middle;margin-right:.4rem}
.key.observed{border-top:2px dotted var(--soft)}
.key.expected{border-top:2px dashed var(--soft)}
.bars .allowed{fill:var(--bar)}
.bars .blocked{fill:var(--ink)}
.bars .other{fill:var(--soft)}
.swatch{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;vertical-align:-.1em;margin:0 .35rem 0 .9rem;background:var(--bar)}
.swatch.blocked{background:var(--ink)}
.swatch.other{background:var(--soft)}
.panel{border:1px solid var(--line);border-radius:8px;background:var(--card);padding:.9rem 1rem;margin:.8rem 0}
.panel[hidden]{display:none}
.panel label{display:block;font-size:.85rem;color:var(--soft);margin:.6rem 0 .2rem}
.panel textarea,.panel input[type=file]{font:inherit;font-size:.9rem;width:100%;max-width:46rem;color:var(--ink);background:var(--card);border:1px solid var(--soft);border-radius:5px;padding:.3rem .5rem}
.panel textarea{font-family:var(--mono);font-size:.82rem;min-height:3.6rem;overflow-wrap:anywhere}
.panel progress{width:100%;max-width:46rem;accent-color:var(--accent)}
.said{font-weight:650;font-size:1.02rem}
.said.good::before{content:"\\2713  ";color:var(--good)}
.bad::before{content:"\\2717  ";color:var(--bad)}
.bad{border-left:8px solid var(--bad);padding-left:.6rem}
.mark{font-weight:650}
.mark::before{margin-right:.35em}
.mark.go::before{content:"\\2713";content:"\\2713"/""}
.mark.look::before{content:"!";content:"!"/""}
.mark.stop::before{content:"\\2717";content:"\\2717"/""}
.mark.go{color:var(--good)}
.mark.look{color:var(--warn)}
.mark.stop{color:var(--bad)}
.dropping{outline:3px dashed var(--accent);outline-offset:3px}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.8rem}
@media (max-width:52rem){.item>summary{grid-template-columns:1rem minmax(0,1fr)}.item>summary>:nth-child(n+2){grid-column:2;text-align:left}.body{padding-left:.8rem}main{padding:1.25rem .9rem 3rem}.tools input{width:100%}.tools>div{max-width:100%}}
@media (prefers-reduced-motion:no-preference){.item>summary::before{transition:transform .12s}}
@media (forced-colors:active){.verdict.stop h1::before{forced-color-adjust:none}.swatch,.bars path{forced-color-adjust:none}.interval rect,.interval circle{forced-color-adjust:none}.key{forced-color-adjust:none}}
@media print{.panel .screen{display:none}.swatch,.bars path{print-color-adjust:exact;-webkit-print-color-adjust:exact}:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#fff;--accent:#000;--tint:#fff;--bar:#777}body{font-size:10.5pt}main{max-width:none;padding:0}.tools,button,nav,.skip{display:none!important}.item{break-inside:avoid;content-visibility:visible}tr,.facts,svg{break-inside:avoid}h2,summary{break-after:avoid}.cmd{border:1px solid var(--line)}.cmd.tall code{max-height:none}.wrap{overflow:visible;max-height:none;background:none}thead th{position:static}.hash.short{display:inline;max-width:none;white-space:normal}table{font-size:8.5pt}th,td{padding:.25rem .4rem}thead th{white-space:normal}th,tbody th,td.t,td.wide,tbody .h{min-width:0}tbody td.w,tbody th.w{white-space:normal}.bars .allowed{fill:#ccc}.bars .other{fill:#777}.swatch{background:#ccc}.swatch.other{background:#777}}
`
