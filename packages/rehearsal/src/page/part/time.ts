import { cut, type Html, html } from '../html.js'

/** `2026-11-25 04:27:29 UTC`, with the machine's form beside it; what is no time is shown as it stands. */
export function moment(at: string): Html {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return html`${cut(at, 60)}`
  const iso = time.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}

/** `0.2 s`, `3 min 5 s` */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** `sha256:c9672f275526`, whole in its title. */
export function short(digest: string): Html {
  const whole = cut(digest, 100)
  return html`<code title="${whole}">${whole.slice(0, 'sha256:'.length + 12)}</code>`
}

/** `flight-delays@sha256:c9672f275526` */
export function shortSubject(subject: string): Html {
  const at = subject.lastIndexOf('@')
  if (at < 0) return html`${cut(subject, 100)}`
  return html`${cut(subject.slice(0, at), 100)} ${short(subject.slice(at + 1))}`
}

/** A signer as a person can read it: keys are long. */
export function signerText(signer: string): string {
  const key = /^key ([0-9a-f]{16})[0-9a-f]{48}$/.exec(signer)
  return key ? `key ${key[1]}…` : cut(signer, 200)
}
