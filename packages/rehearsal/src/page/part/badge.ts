import type { StepState } from '../data.js'
import { type Html, html } from '../html.js'

/** How a state looks: a sign beside the word, for colour alone tells some readers nothing. */
const LOOKS: Record<string, { readonly sign: string; readonly tone: string }> = {
  pass: { sign: '✓', tone: 'pass' },
  success: { sign: '✓', tone: 'pass' },
  promoted: { sign: '✓', tone: 'pass' },
  warn: { sign: '!', tone: 'warn' },
  fail: { sign: '✗', tone: 'fail' },
  failure: { sign: '✗', tone: 'fail' },
  'rolled-back': { sign: '↩', tone: 'fail' },
  inconclusive: { sign: '?', tone: 'open' },
  held: { sign: '?', tone: 'open' },
  cancelled: { sign: '–', tone: 'open' },
  skipped: { sign: '–', tone: 'none' },
}

/** A verdict or conclusion as a badge. */
export function badge(state: StepState | 'promoted' | 'rolled-back' | 'held'): Html {
  return html`<span class="badge ${tone(state)}"><span aria-hidden="true">${sign(state)}</span> ${state}</span>`
}

/** Whether something came out as it must. */
export function outcome(ok: boolean): Html {
  return html`<span class="sign ${ok ? 'pass' : 'fail'}" role="img" aria-label="${ok ? 'as it must' : 'not as it must'}">${ok ? '✓' : '✗'}</span>`
}

export function sign(state: string): string {
  return LOOKS[state]?.sign ?? '?'
}

export function tone(state: string): string {
  return LOOKS[state]?.tone ?? 'open'
}
