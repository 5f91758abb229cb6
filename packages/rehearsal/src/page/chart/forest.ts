import * as Plot from '@observablehq/plot'
import type { EvaluatedCase, EvaluatedRule } from '../data.js'
import { cut, type Html } from '../html.js'
import { difference, placeOf, STATES } from '../part/case-text.js'
import { type Size, svg, WIDTH } from './svg.js'

/** A case that has an interval to draw. */
export type Drawn = EvaluatedCase & { readonly estimate: NonNullable<EvaluatedCase['estimate']> }

const SYMBOLS = { good: 'circle', undecided: 'diamond', bad: 'square' } as const
const ROW = 19
/** Room beside a wide chart for names and rows, and for the numbers. */
const LEFT = 158
const RIGHT = 186

/**
 * Estimates with their intervals, one row a slice, against the line that decides.
 * @param cases in the order of the rows, not empty
 * @param whole the same metric over all rows, when another rule has it; drawn first and apart
 */
export function forest(
  rule: EvaluatedRule,
  cases: readonly Drawn[],
  whole: Drawn | undefined,
  size: Size,
): Html {
  const rows = [
    ...(whole ? [{ one: whole, label: 'all rows' }] : []),
    ...cases.map((one) => ({ one, label: cut(placeOf(one.where), size === 'wide' ? 16 : 11) })),
  ].map(({ one, label }, index) => ({ ...one, ...one.estimate, key: String(index), label }))
  const { threshold } = cases[0]!.estimate
  const compared = rule.demand !== 'bound'
  const metric = cut(rule.metric, 40)
  const [low, high] = extent(rows, threshold, compared)
  const beyond = rule.better === 'higher' ? { from: low, to: threshold } : { from: threshold, to: high }
  const wide = size === 'wide'
  const first = whole ? rows[0]! : undefined
  const sliced = rows.slice(whole ? 1 : 0)
  const at = (state: EvaluatedCase['state']) => sliced.filter((row) => row.state === state)
  return svg(
    {
      width: WIDTH[size],
      height: rows.length * ROW + 66,
      marginTop: 24,
      marginBottom: 42,
      marginLeft: wide ? LEFT : 72,
      marginRight: wide ? RIGHT : 10,
      x: {
        domain: [low, high],
        label: compared ? `${metric}: candidate − champion` : metric,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: wide ? 8 : 4,
        tickSize: 0,
        ...(compared ? { tickFormat: signedTick } : {}),
      },
      y: { type: 'band', domain: rows.map((row) => row.key), axis: null },
      marks: [
        Plot.rectX([beyond], { x1: 'from', x2: 'to', className: 'beyond' }),
        Plot.gridX({ ticks: wide ? 8 : 4, className: 'grid' }),
        compared ? Plot.ruleX([0], { className: 'zero' }) : null,
        Plot.ruleX([threshold], { className: 'limit' }),
        Plot.text([threshold], {
          x: (value: number) => value,
          frameAnchor: 'top',
          textAnchor: anchor(threshold, low, high),
          dy: -12,
          text: () => `${compared ? 'margin' : 'bound'} ${compared ? signedTick(threshold) : threshold}`,
          className: 'limit-label',
        }),
        first ? interval([first], 'whole', 'circle') : null,
        ...(['good', 'undecided', 'bad'] as const).map((state) => interval(at(state), state, SYMBOLS[state])),
        Plot.text(rows, {
          y: 'key',
          text: 'label',
          frameAnchor: 'left',
          textAnchor: 'start',
          dx: wide ? -LEFT : -72,
          className: 'name',
        }),
        wide
          ? Plot.text(rows, {
              y: 'key',
              text: (row) => thousands(row.rows),
              frameAnchor: 'left',
              textAnchor: 'end',
              dx: -14,
              className: 'count',
            })
          : null,
        wide
          ? Plot.text(rows, {
              y: 'key',
              text: (row) => difference(rule, row),
              frameAnchor: 'right',
              textAnchor: 'end',
              dx: RIGHT,
              className: 'value',
            })
          : null,
        wide
          ? Plot.text(['rows'], {
              frameAnchor: 'top-left',
              textAnchor: 'end',
              dx: -14,
              dy: -18,
              className: 'head',
            })
          : null,
        wide
          ? Plot.text([`${percent(cases)} interval`], {
              frameAnchor: 'top-right',
              textAnchor: 'end',
              dx: RIGHT,
              dy: -18,
              className: 'head',
            })
          : null,
      ],
    },
    describe(rule, cases),
  )
}

function interval(rows: readonly object[], name: string, symbol: 'circle' | 'diamond' | 'square') {
  return [
    Plot.ruleY(rows, { y: 'key', x1: 'low', x2: 'high', className: `bar ${name}` }),
    Plot.dot(rows, { y: 'key', x: 'value', symbol, r: 4, className: `mark ${name}` }),
  ]
}

/** A label at an edge of the chart stays inside. */
function anchor(value: number, low: number, high: number): 'start' | 'middle' | 'end' {
  const place = (value - low) / (high - low)
  if (place < 0.2) return 'start'
  return place > 0.8 ? 'end' : 'middle'
}

function extent(
  rows: readonly { low: number; high: number }[],
  threshold: number,
  compared: boolean,
): [number, number] {
  const anchors = compared ? [0, threshold] : [threshold]
  const low = Math.min(...anchors, ...rows.map((row) => row.low))
  const high = Math.max(...anchors, ...rows.map((row) => row.high))
  const room = (high - low) * 0.04 || 0.01
  return [low - room, high + room]
}

/** What the picture says, for those who do not see it. */
function describe(rule: EvaluatedRule, cases: readonly Drawn[]): string {
  const count = (state: EvaluatedCase['state']) => cases.filter((one) => one.state === state).length
  const named = cases
    .filter((one) => one.state === 'bad')
    .slice(0, 10)
    .map((one) => cut(placeOf(one.where), 40))
  const tally = (['good', 'undecided', 'bad'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${STATES[state]}`)
  return `Chart of ${cases.length} slices for the rule “${cut(rule.rule, 200)}”: ${tally.join(', ')}${named.length > 0 ? ` (${named.join(', ')})` : ''}. The table below has the numbers.`
}

function signedTick(value: number): string {
  const text = String(+value.toPrecision(6)).replace('-', '−')
  return value > 0 ? `+${text}` : text
}

function thousands(rows: number | undefined): string {
  return rows === undefined ? '' : rows.toLocaleString('en-GB')
}

function percent(cases: readonly Drawn[]): string {
  return `${+(cases[0]!.estimate.level * 100).toFixed(2)} %`
}
