/** What is signed, and as what. */
export const ARTIFACTS = ['directory', 'file as a model', 'file', 'file, bare', 'image'] as const
export type Artifact = (typeof ARTIFACTS)[number]

/** What a verifier goes by: a key, the certificate of an own authority without and with a timestamp, an identity. */
export const TRUSTS = ['P-256', 'P-384', 'P-521', 'Ed25519', 'X.509', 'X.509 and time', 'keyless'] as const
export type Trust = (typeof TRUSTS)[number]

/** Whether certificates are of an authority of one's own, not of Fulcio. */
export function isOwnPki(trust: Trust): boolean {
  return trust === 'X.509' || trust === 'X.509 and time'
}

export interface Form {
  readonly artifact: Artifact
  readonly trust: Trust
}

/** What one party does not do, and why; `of` narrows it to what certain others wrote. */
export interface Hole {
  readonly artifacts?: readonly Artifact[]
  readonly trusts?: readonly Trust[]
  readonly of?: readonly string[]
  readonly because: string
  /** The program takes the form and refuses what is good all the same: a test sees it do so. */
  readonly observed?: true
}

export interface Party {
  readonly name: string
  readonly holes: readonly Hole[]
}

export type Cell =
  | { readonly state: 'run'; readonly signer: string; readonly verifier: string; readonly form: Form }
  | ({ readonly state: 'hole' } & Hole)

/** Why a party does not sign or verify a form, or undefined when it does. */
export function whyNot(party: Party, form: Form, signer?: string): Hole | undefined {
  return party.holes.find((hole) => covers(hole, form, signer))
}

/** Whether a hole is of this form, of what that signer wrote. */
export function covers(hole: Hole, form: Form, signer?: string): boolean {
  return (
    (hole.artifacts ?? ARTIFACTS).includes(form.artifact) &&
    (hole.trusts ?? TRUSTS).includes(form.trust) &&
    (hole.of === undefined || (signer !== undefined && hole.of.includes(signer)))
  )
}

export const forms: readonly Form[] = ARTIFACTS.flatMap((artifact) =>
  TRUSTS.map((trust) => ({ artifact, trust })),
)

/** A signer and a verifier over one form: a run, or the reason why there is none. */
export function cellOf(signer: Party, verifier: Party, form: Form): Cell {
  const hole = whyNot(signer, form) ?? whyNot(verifier, form, signer.name)
  if (hole !== undefined) return { state: 'hole', ...hole }
  return { state: 'run', signer: signer.name, verifier: verifier.name, form }
}

/**
 * The matrix in Markdown: one table for each kind of artifact, a row for each signer and kind of trust, a column for
 * each verifier. A hole is the number of its reason; the reasons stand below.
 * @param outcome what to say of a cell that has a run
 */
export function markdown(
  signers: readonly Party[],
  verifiers: readonly Party[],
  outcome: (signer: Party, verifier: Party, form: Form) => string = () => 'yes',
): string {
  const reasons: string[] = []
  const reason = (hole: Hole) => {
    if (!reasons.includes(hole.because)) reasons.push(hole.because)
    return `${reasons.indexOf(hole.because) + 1}`
  }
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const tables = ARTIFACTS.flatMap((artifact) => [
    `### ${TITLES[artifact]}`,
    '',
    line(['Signed by', 'Trust', 'Signs', ...verifiers.map(({ name }) => `verified by ${name}`)]),
    line(['---', '---', '---', ...verifiers.map(() => '---')]),
    ...signers.flatMap((signer) =>
      merged(
        TRUSTS.map((trust) => {
          const form = { artifact, trust }
          const hole = whyNot(signer, form)
          const cells = verifiers.map((verifier) => {
            const cell = cellOf(signer, verifier, form)
            return cell.state === 'run' ? outcome(signer, verifier, form) : reason(cell)
          })
          return { trust, cells: [hole === undefined ? 'yes' : reason(hole), ...cells] }
        }),
      ).map(({ trust, cells }) => line([signer.name, trust, ...cells])),
    ),
    '',
  ])
  return [...tables, '### Why not', '', ...reasons.map((reason, at) => `${at + 1}. ${reason}`), ''].join('\n')
}

interface Row {
  readonly trust: string
  readonly cells: readonly string[]
}

/** Rows that say the same as one, of all their kinds of trust. */
function merged(rows: readonly Row[]): Row[] {
  const same = Object.values(Object.groupBy(rows, ({ cells }) => cells.join('|')))
  return same.flatMap((group) => {
    const [first] = group ?? []
    if (group === undefined || first === undefined) return []
    const trust = group.length === TRUSTS.length ? 'any' : group.map((row) => row.trust).join(', ')
    return [{ trust, cells: first.cells }]
  })
}

const TITLES: Record<Artifact, string> = {
  directory: 'A directory, signed as a model (OMS)',
  'file as a model': 'One file, signed as a model (OMS)',
  file: 'A file, by a statement over its digest (DSSE)',
  'file, bare': 'A file, by a bare signature',
  image: 'An image in a registry, by a statement among its referrers',
}
