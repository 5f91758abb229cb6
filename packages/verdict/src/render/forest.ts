import { oneLine, shorten } from '../plain-text.js'
import type { ForestRow, ForestSection } from '../report.js'

/** Characters of the axis; odd, so that it has a middle. Fits beside names and numbers into a comment's width. */
const WIDTH = 41
const LONGEST_LABEL = 28
const POINT: Record<ForestRow['state'], string> = { good: '●', bad: '■', undecided: '◆' }

/** A forest plot in lines of text: a head, one line a row, and what the signs mean. Rows may be left out at the end. */
export interface ForestText {
  readonly head: string
  readonly rows: readonly string[]
  readonly foot: string
}

/**
 * Draws estimates with their intervals in characters: `├──●──┤`, the line that decides `┊`, no difference `│`. Rows
 * without a finite interval keep their name and note.
 */
export function forestText(section: ForestSection): ForestText {
  const { good, line, rows, zero } = section
  const drawn = rows.filter(hasInterval)
  const ends = [
    Math.abs(line) < 1e300 ? line : 0,
    ...(zero === undefined ? [] : [zero]),
    ...drawn.flatMap(({ high, low }) => [low, high]),
  ]
  const [least, most] = [Math.min(...ends), Math.max(...ends)]
  const pad = (most - least || 1) * 0.03
  const scale = (value: number) =>
    Math.min(
      WIDTH - 1,
      Math.max(0, Math.round(((value - least + pad) / (most - least + 2 * pad)) * (WIDTH - 1))),
    )
  const labels = rows.map(({ label }) => shorten(oneLine(label), LONGEST_LABEL))
  const room = Math.max(8, ...labels.map(width))
  const [left, right] = good === 'above' ? ['◂ worse', 'better ▸'] : ['◂ better', 'worse ▸']
  return {
    head: `${' '.repeat(room)} ${left}${' '.repeat(WIDTH - width(left) - width(right))}${right}`,
    rows: rows.map((row, index) => {
      const bar = hasInterval(row) ? draw(row, scale, line, zero) : background(scale, line, zero).join('')
      return `${labels[index]!}${' '.repeat(room - width(labels[index]!))} ${bar}  ${oneLine(row.note)}`.trimEnd()
    }),
    foot: `┊ ${oneLine(section.axis)}${zero === undefined ? '' : '   │ no difference'}   ● holds  ■ does not  ◆ undecided`,
  }
}

type Scale = (value: number) => number

function draw(
  { high, low, state, value }: ForestRow,
  scale: Scale,
  line: number,
  zero: number | undefined,
): string {
  const cells = background(scale, line, zero)
  const [from, to] = [scale(low), scale(high)]
  for (let at = from; at <= to; at++) cells[at] = cells[at] === ' ' ? '─' : cells[at] === '│' ? '┼' : '╂'
  cells[from] = '├'
  cells[to] = '┤'
  cells[scale(value)] = POINT[state]
  return cells.join('')
}

function background(scale: Scale, line: number, zero: number | undefined): string[] {
  const cells = Array.from({ length: WIDTH }, () => ' ')
  if (zero !== undefined) cells[scale(zero)] = '│'
  cells[scale(line)] = '┊'
  return cells
}

function hasInterval({ high, low, value }: ForestRow): boolean {
  // Beyond this their distance may be no number any more.
  return [low, value, high].every((end) => Math.abs(end) < 1e300) && low <= value && value <= high
}

/** Columns of a text where each character takes one; wide ones are rare in names of slices. */
function width(text: string): number {
  return Array.from(text).length
}
