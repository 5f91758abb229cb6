const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** No part runs past where it would begin again: a step may write 1 MiB, and each would be read to the end from each. */
const FOLDED =
  /<details>\s*<summary>((?:(?!<(?:summary|details)>)[\s\S])*?)<\/summary>(?:(?!<details>)[\s\S])*?<\/details>/g

/** A step's summary for a terminal: what a page folds is named and left out, marks of HTML are taken away. Pure. */
export function summaryText(markdown: string): string {
  return decode(
    markdown
      .replace(FOLDED, '▸ $1')
      .replace(/<summary>((?:(?!<summary>)[\s\S])*?)<\/summary>/g, '▾ $1')
      .replace(/<!--(?:(?!<!--)[\s\S])*?-->/g, '')
      .replace(/<\/?[a-z][^<>\n]*>/gi, ''),
  )
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function decode(text: string): string {
  return text
    .replace(/&(#\d{1,7}|[a-z]+);/g, (whole, name: string) => {
      if (!name.startsWith('#')) return ENTITIES[name] ?? whole
      const point = Number(name.slice(1))
      // Zero-width space: it keeps numbers from becoming lists, and is of no use here.
      return point === 0x200b ? '' : point <= 0x10ffff ? String.fromCodePoint(point) : whole
    })
    .replaceAll('\u200b', '')
}
