import type { Allowance } from '../allowance.js'
import type { LedgerEntry, LedgerView } from '../data.js'
import { cut, type Html, html } from '../html.js'
import { folded, more, table } from './table.js'
import { moment, short, shortSubject, signerText } from './time.js'

/** What ran where, when, and on whose word; each record names the one before it by digest. */
export function ledgersSection(ledgers: readonly LedgerView[], allowance: Allowance): Html {
  return html`<section id="ledger" aria-labelledby="ledger-heading">
<h2 id="ledger-heading">Ledger</h2>
${ledgers.map((ledger) => one(ledger, allowance))}
</section>`
}

/** Whether each record names the digest of the one before, and counts on by one. Pure. */
export function linked(records: readonly LedgerEntry[], index: number): boolean {
  const { previous, sequence } = records[index]!
  const before = records[index - 1]
  return before === undefined
    ? previous === null
    : previous === before.digest && sequence === before.sequence + 1
}

function one({ environment, at, verified, serving, records }: LedgerView, allowance: Allowance): Html {
  const broken = records.filter((_, index) => !linked(records, index)).length
  const latest = records.map((record, index) => ({ record, index })).reverse()
  const shown = latest.slice(0, Math.min(allowance.rows, 50))
  return html`<article class="ledger">
<h3>${cut(environment, 64)}</h3>
<p class="headline">${
    serving
      ? html`Served ${shortSubject(serving.subject)} at ${moment(at)}, since ${moment(serving.since)}, on the word of <code>${signerText(serving.signer)}</code>`
      : html`Served nothing at ${moment(at)}.`
  }</p>
<p class="${broken > 0 ? 'error' : 'aside'}">${
    broken > 0
      ? `${broken} of ${records.length} records ${broken === 1 ? 'does' : 'do'} not follow on the one before.`
      : `Each of the ${records.length} records names the digest of the one before it.`
  } ${verified ? 'Every signature was verified when this page was made.' : 'Read from a file: its signatures were not verified when this page was made.'}</p>
<ol class="chain">${shown.map(({ record, index }) => entry(record, linked(records, index), allowance))}</ol>
${more(latest.length - shown.length, 'record')}
</article>
`
}

function entry(record: LedgerEntry, follows: boolean, allowance: Allowance): Html {
  const {
    kind,
    subject,
    sequence,
    createdAt,
    remark,
    serving,
    digest,
    previous,
    signer,
    evidence,
    run,
    actor,
  } = record
  const back = kind === 'rollback' || remark === 'rolled-back'
  return html`<li class="${back ? 'back' : 'on'}"><span class="ordinal"><span class="hidden">Record </span>${sequence}</span>
<p><strong>${cut(kind, 40)}</strong>${remark !== undefined && html` (${cut(remark, allowance.text)})`} of ${shortSubject(subject)} <span class="aside">${moment(createdAt)}</span></p>
<p class="aside">${serving === null ? 'Nothing serves after it' : html`After it ${shortSubject(serving)} serves`}</p>
<p class="link${follows ? '' : ' broken'}">${short(digest)} ${
    previous === null
      ? follows
        ? 'is the first record'
        : 'names no record before it'
      : html`<span aria-hidden="true">→</span> ${follows ? 'follows' : 'claims to follow'} ${short(previous)}`
  }</p>
${folded(
  'On whose word',
  html`<p class="aside">Signed by <code>${signerText(signer)}</code>${actor !== undefined && html`; started by ${cut(actor, 60)}`}${run !== undefined && html` in ${cut(run, 160)}`}.</p>
${
  evidence.length > 0 &&
  table(
    `Evidence of record ${sequence}`,
    [{ name: 'Requirement' }, { name: 'Bundle' }, { name: 'Signed by' }],
    evidence.map(({ requirement, bundle, signer: by }) => [requirement, short(bundle), signerText(by)]),
    allowance,
  )
}`,
)}
</li>
`
}
