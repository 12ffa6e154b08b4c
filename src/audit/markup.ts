/** Markup that is safe by construction: whatever is put into a template is text, unless it is markup itself. */

/** A piece of a page. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** false is nothing, for `condition && …`. */
type Part = string | number | false | Markup | readonly Part[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** What is not seen, or makes its surroundings look other than they are: controls, bidi marks, lone surrogates. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Text as it may stand in an element or a quoted attribute. */
const escapeText = (text: string): string =>
  text
    .replace(UNSEEN, (unseen) => `\\u{${unseen.codePointAt(0)?.toString(16)}}`)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string)

function render(part: Part): string {
  if (part instanceof Markup) return part.text
  if (part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escapeText(String(part))
  return part.map(render).join('')
}

/** A template tag. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Markup =>
  new Markup(String.raw({ raw: texts }, ...parts.map(render)))
