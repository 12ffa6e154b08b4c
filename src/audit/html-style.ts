/** How the page looks. Every pair of text and background has a contrast of at least 4.5 (WCAG 2.2, 1.4.3). */
import { PICTURE_STYLE } from './picture.ts'

export const STYLE: string = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --text: #1d2126; --muted: #59616b; --line: #dcdfe3; --link: #0b57a4; --box: #f1f2f3;
  --red: #8c1212; --red-box: #fbe3e1; --green: #1c6638; --amber: #6e4a00; --amber-box: #fcf0d4; --once: 0.34;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181c; --text: #e4e7ea; --muted: #a0a8b2; --line: #343a42; --link: #8bbcf2; --box: #1f242a;
    --red: #ffb9b1; --red-box: #541c1b; --green: #8ed0a5; --amber: #f0cb7d; --amber-box: #40320f; --once: 0.42;
  }
}
* { box-sizing: border-box }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
body {
  margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 76rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 }
h2 { font-size: 1.2rem; margin: 2.25rem 0 0.5rem }
h3 { font-size: 1rem; margin: 0 0 0.5rem }
p { margin: 0.5rem 0; max-width: 42rem }
a { color: var(--link) }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
code, .value { font: 0.9em/1.5 ui-monospace, monospace; unicode-bidi: isolate }
.value { white-space: pre-wrap }
.muted, small { color: var(--muted) }
small { font-size: 0.8rem }
.lead { font-size: 1.1rem; margin: 1rem 0; padding: 0.75rem 1rem; border-left: 0.3rem solid var(--green); background: var(--box); max-width: none }
.lead.bad { border-color: var(--red) }
.lead p { margin: 0.25rem 0; max-width: none }
dl { margin: 0.75rem 0 }
.facts { display: flex; flex-wrap: wrap; gap: 0.1rem 1.5rem; font-size: 0.9rem }
.facts dt, .facts dd { display: inline; margin: 0 }
dt { color: var(--muted) }
.facts dt::after { content: ': ' }
.pairs { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem }
.pairs dd { margin: 0 }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 0.4rem }
table { border-collapse: separate; border-spacing: 0; width: 100%; overflow-wrap: normal }
caption { text-align: left; padding: 0.4rem 0.75rem; font-size: 0.9rem; color: var(--muted) }
th, td { text-align: left; padding: 0.5rem 0.75rem; border-top: 1px solid var(--line); white-space: nowrap; vertical-align: top }
th { font-weight: 600 }
th:first-child {
  position: sticky; left: 0; background: var(--page); border-right: 1px solid var(--line);
  white-space: normal; overflow-wrap: anywhere; min-width: 11.75rem; max-width: 18rem;
}
tbody th { font-weight: 500 }
td a { text-decoration: none; color: inherit; display: block }
td a:hover, td a:focus { text-decoration: underline }
td small { display: block; color: inherit }
.repeats { background: var(--red-box); color: var(--red); font-weight: 600 }
.repeats small { font-weight: 400 }
.distinct { color: var(--green) }
.constant, .failed { background: var(--amber-box); color: var(--amber) }
.control, .absent { background: none; color: var(--muted); font-weight: 400 }
.notrun { background: var(--box); color: var(--muted) }
.mark { display: inline-block; width: 1.2em }
section.cell { border-top: 1px solid var(--line); padding: 1.25rem 0 }
section.cell:target, details:target { outline: 2px solid var(--link); outline-offset: 0.5rem; border-radius: 0.1rem }
.box { padding: 0.6rem 1rem; background: var(--box); border-radius: 0.4rem; margin: 0.75rem 0; max-width: 46rem }
.todo { border-left: 0.3rem solid var(--link) }
figure { margin: 0.75rem 0 }
figcaption { color: var(--muted); font-size: 0.9rem; margin-top: 0.4rem }
.picture { display: flex; gap: 0.6rem; font-size: 0.8rem; line-height: 1.4 }
.picture ol { list-style: none; margin: 0; padding: 0; flex: none; color: var(--muted); white-space: nowrap }
.picture svg { flex: 0 1 auto; min-width: 0; max-width: 100% }
.picture path { fill: none }
.once { opacity: var(--once) }
details { border-top: 1px solid var(--line); padding: 0.4rem 0 }
summary { cursor: pointer; padding: 0.2rem 0 }
@media (max-width: 30rem) {
  body { padding-top: 1.25rem }
  .pairs { grid-template-columns: 1fr; gap: 0 }
  .pairs dd { margin-bottom: 0.5rem }
  th, td { padding: 0.5rem 0.6rem }
  th:first-child { min-width: 10.25rem; max-width: 10.25rem; font-size: 0.85rem }
}
@media print { .scroll { overflow: visible } }
${PICTURE_STYLE}
`
