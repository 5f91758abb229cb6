import * as Plot from '@observablehq/plot'
import type { Rollout } from '../data.js'
import type { Html } from '../html.js'
import { type Size, svg, WIDTH } from './svg.js'

/** A stretch of time in which the weights stood still; seconds since the start. */
interface Band {
  readonly from: number
  readonly to: number
  readonly share: number
}

/** e-values are drawn between these; beyond, evidence is not told apart. */
const FLOOR = 1e-3
const CEILING = 1e12

/**
 * The e-values over time on a logarithmic scale: harm against its line 1/α, and the certificate against 1/β.
 * @param rollout with `looks`, one an observation
 */
export function evidenceChart(rollout: Rollout, size: Size): Html {
  const { alpha, beta, psi0, psiBad } = rollout
  const times = timesOf(rollout)
  const looks = rollout.looks!
  const start = { seconds: 0, harm: 1, certificate: 1 }
  const rows = [
    start,
    ...looks.map(({ harm, certificate }, index) => ({
      seconds: times[index]!,
      harm: within(harm),
      certificate: within(certificate),
    })),
  ]
  const top = Math.max(3 / alpha, 3 * Math.max(...rows.flatMap((row) => [row.harm, row.certificate])))
  const bottom = Math.min(0.3, Math.min(...rows.flatMap((row) => [row.harm, row.certificate])) / 2)
  const lines = [
    {
      at: 1 / alpha,
      text: size === 'wide' ? `1/α = ${number(1 / alpha)}: roll back` : `1/α = ${number(1 / alpha)}`,
      className: 'limit',
    },
    {
      at: 1 / beta,
      text: size === 'wide' ? `1/β = ${number(1 / beta)}: certify` : `1/β = ${number(1 / beta)}`,
      className: 'certify',
    },
  ]
  const crossed = rows.filter((row) => row.harm >= 1 / alpha).slice(0, 1)
  return svg(
    {
      ...frame(rollout, size),
      height: 280,
      marginTop: 22,
      marginBottom: 40,
      y: {
        type: 'log',
        domain: [bottom, top],
        label: null,
        tickSize: 0,
        ticks: powers(bottom, top),
        tickFormat: tick,
      },
      marks: [
        ...bands(rollout, true),
        Plot.gridY(powers(bottom, top), { className: 'grid' }),
        ...lines.flatMap(({ at, text, className }) => [
          Plot.ruleY([at], { className }),
          Plot.text([text], {
            y: () => at,
            frameAnchor: 'left',
            textAnchor: 'start',
            dx: 6,
            dy: -7,
            className: `${className}-label`,
          }),
        ]),
        Plot.line(rows, { x: 'seconds', y: 'certificate', curve: 'step-after', className: 'certificate' }),
        Plot.line(rows, { x: 'seconds', y: 'harm', curve: 'step-after', className: 'harm' }),
        Plot.dot(rows.slice(1), {
          x: 'seconds',
          y: 'harm',
          r: rows.length > 80 ? 1.5 : 3,
          className: 'harm-dot',
        }),
        Plot.dot(crossed, { x: 'seconds', y: 'harm', r: 6, className: 'crossed' }),
      ],
    },
    `Chart of the evidence over ${number(span(rollout))} seconds. That errors are worse than ${psi0} times stable's odds: ` +
      `e ends at ${number(looks.at(-1)?.harm ?? 1)}, ${crossed.length > 0 ? `and crossed the line ${number(1 / alpha)} after ${number(crossed[0]!.seconds)} seconds` : `and never reached the line ${number(1 / alpha)}`}. ` +
      `That they are less than ${psiBad} times stable's odds: e ends at ${number(looks.at(-1)?.certificate ?? 1)}, with its line at ${number(1 / beta)}.`,
  )
}

/** Requests of both arms by interval, stacked, and below the errors; on the same axis of time. */
export function trafficChart(rollout: Rollout, what: 'requests' | 'errors', size: Size): Html {
  const times = timesOf(rollout)
  const rows = rollout.observations.flatMap((observation, index) => {
    const from = index === 0 ? 0 : times[index - 1]!
    const to = Math.max(times[index]!, from)
    const gap = Math.min(1, (to - from) * 0.08)
    const canary = observation.canary[what]
    return [
      { from: from + gap, to, low: 0, high: canary, arm: 'canary' },
      { from: from + gap, to, low: canary, high: canary + observation.stable[what], arm: 'stable' },
    ]
  })
  const highest = Math.max(1, ...rows.map((row) => row.high))
  const last = what === 'errors'
  const sum = (arm: 'stable' | 'canary') =>
    rollout.observations.reduce((total, observation) => total + observation[arm][what], 0)
  return svg(
    {
      ...frame(rollout, size),
      height: last ? 128 : 116,
      marginTop: 8,
      marginBottom: last ? 40 : 12,
      ...(last ? {} : { x: { domain: [0, span(rollout)], axis: null } }),
      y: { domain: [0, highest], label: null, tickSize: 0, ticks: Math.min(3, highest), tickFormat: number },
      marks: [
        ...bands(rollout, false),
        Plot.gridY({ ticks: Math.min(3, highest), className: 'grid' }),
        ...(['canary', 'stable'] as const).map((arm) =>
          Plot.rect(
            rows.filter((row) => row.arm === arm && row.high > row.low),
            { x1: 'from', x2: 'to', y1: 'low', y2: 'high', className: `arm ${arm}` },
          ),
        ),
        Plot.ruleY([0], { className: 'zero' }),
      ],
    },
    `Chart of ${what} by interval: ${number(sum('canary'))} of the canary, ${number(sum('stable'))} of stable. The tables below have the numbers.`,
  )
}

function frame(rollout: Rollout, size: Size) {
  return {
    width: WIDTH[size],
    marginLeft: 46,
    marginRight: 10,
    marginBottom: 12,
    x: {
      domain: [0, span(rollout)],
      label: 'seconds since the start',
      labelAnchor: 'center' as const,
      labelArrow: 'none' as const,
      tickSize: 0,
      ticks: size === 'wide' ? 10 : 5,
    },
  }
}

/** The steps as bands, every other one shaded; named by the canary's share of the weights. */
function bands(rollout: Rollout, named: boolean) {
  const all = bandsOf(rollout)
  return [
    Plot.rectX(
      all.filter((_, index) => index % 2 === 0),
      { x1: 'from', x2: 'to', className: 'band' },
    ),
    named
      ? Plot.text(all, {
          x: (band: Band) => (band.from + band.to) / 2,
          text: (band: Band) => `${number(band.share)} %`,
          frameAnchor: 'top',
          dy: -14,
          className: 'share',
        })
      : null,
  ]
}

function bandsOf(rollout: Rollout): Band[] {
  const shifts = rollout.events.filter((event) => event.event === 'shift' && event.weights !== undefined)
  const end = span(rollout)
  return shifts.slice(0, 50).flatMap((shift, index) => {
    const from = clamp(seconds(rollout, shift.at), end)
    const to = clamp(shifts[index + 1] ? seconds(rollout, shifts[index + 1]!.at) : end, end)
    const { stable, canary } = shift.weights!
    return to > from ? [{ from, to, share: +((100 * canary) / (stable + canary || 1)).toFixed(1) }] : []
  })
}

/** Seconds since the start at the end of each observation; never running backwards. */
function timesOf(rollout: Rollout): number[] {
  let latest = 0
  const end = span(rollout)
  return rollout.observations.map(({ at }) => (latest = Math.max(latest, clamp(seconds(rollout, at), end))))
}

function span(rollout: Rollout): number {
  return Math.max(seconds(rollout, rollout.endedAt), 0.001)
}

function seconds(rollout: Rollout, at: string): number {
  return (Date.parse(at) - Date.parse(rollout.startedAt)) / 1000
}

function clamp(value: number, end: number): number {
  return Math.min(Math.max(value, 0), end)
}

function within(e: number): number {
  return Math.min(Math.max(e, FLOOR), CEILING)
}

function number(value: number): string {
  if (Math.abs(value) >= 1e6) return value.toExponential(1)
  return (+value.toPrecision(3)).toLocaleString('en-GB', { maximumSignificantDigits: 3 })
}

/** Powers of ten only, and not all of them when there are many; what lies between would be noise. */
function powers(bottom: number, top: number): number[] {
  const [low, high] = [Math.ceil(Math.log10(bottom)), Math.floor(Math.log10(top))]
  const every = Math.ceil((high - low + 1) / 8)
  return Array.from({ length: high - low + 1 }, (_, index) => low + index)
    .filter((power) => power % every === 0)
    .map((power) => 10 ** power)
}

function tick(value: number): string {
  return value >= 1e5 || value < 1e-3 ? value.toExponential(0).replace('-', '−') : number(value)
}
