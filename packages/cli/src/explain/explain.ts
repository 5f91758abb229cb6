import { type Inputs, inputs, signedBy, action as verify } from '@sluice/action-verify'
import { loadSection } from '@sluice/config'
import { isSluiceError } from '@sluice/errors'
import {
  explanationSections,
  type Gap,
  gapFindings,
  gapsIn,
  isAbout,
  isUnchanged,
  listNames,
  OMS_TYPE,
  publicTrustRoot,
  type Reading,
  readEvidence,
  readModelManifest,
  readTrustRoot,
  signingSection,
  type Trust,
} from '@sluice/evidence'
import { type Context, defineAction, type InputsOf, oneOf } from '@sluice/toolkit'
import { type Result, resultOf } from '@sluice/verdict'
import { type Found, findSubject } from './found.js'

const TRUST_ROOT_LIMIT = 4 * 1024 * 1024

const explainInputs = {
  ...inputs,
  failOn: oneOf(['fail', 'warn', 'never'], {
    description: 'The mildest verdict that gives an exit code; explaining decides nothing by default.',
    default: 'never',
  }),
}

/** `sluice explain`: what the evidence of a subject proves, and what an attacker could still change. */
export const explainAction = defineAction({
  ...verify,
  name: 'explain',
  description: 'Says what the evidence of a subject proves, and what an attacker could still change.',
  inputs: explainInputs,
  outputs: { digest: '`sha256:…` of the subject.' },
  example: { path: 'model', key: 'release.pub' },
  run: explain,
})

async function explain(given: InputsOf<typeof explainInputs>, context: Context): Promise<Result> {
  const config = await loadSection(context.workspace, given.config, signingSection)
  const found = await findSubject(given, config.ignore, context)
  const trust = await trustOf(given, given.trustedRoot ?? config.trustedRoot, context)
  const readings: Reading[] = []
  const gaps: Gap[] = [...found.gaps]
  for (const bundle of found.bundles) {
    const { reading, gap } = await heldAgainst(found, await readEvidence(bundle, trust))
    readings.push(reading)
    if (gap !== undefined) gaps.push(gap)
  }
  const believed = readings.flatMap((reading) =>
    'evidence' in reading ? [{ ...reading.evidence, logged: reading.logged }] : [],
  )
  gaps.push(...standingGaps(readings), ...gapsIn(believed))
  if (believed.length > 0 && given.maxAgeSeconds === undefined) gaps.push(NO_AGE)
  return resultOf({
    headline: headline(found, readings, gaps),
    verdict: readings.some(({ standing }) => standing === 'trusted') ? 'pass' : 'inconclusive',
    findings: gapFindings(gaps, found.name),
    sections: explanationSections(readings),
    outputs: { digest: found.digest },
  })
}

const NO_AGE: Gap = {
  rule: 'no-age-limit',
  message:
    'Nothing says how old the evidence may be: whoever keeps it could hold a newer, worse result back.',
  remedy: 'Ask for an age with `max-age-seconds`, or `maxAge` of an environment.',
}

/** Whose signature counts, where the inputs say; else a root by which a certificate is at least genuine. */
async function trustOf(given: Inputs, trustedRoot: string | undefined, context: Context): Promise<Trust> {
  const now = context.clock.now()
  const named = Object.entries(given).some(
    ([input, value]) =>
      value !== undefined && ['key', 'identity', 'identityPattern', 'certificateAuthority'].includes(input),
  )
  if (named) return { now, signedBy: await signedBy(given, trustedRoot, context) }
  const trustRoot =
    trustedRoot === undefined
      ? await publicTrustRoot()
      : await readTrustRoot(await context.workspace.read(trustedRoot, TRUST_ROOT_LIMIT))
  return { now, trustRoot }
}

/** A reading held against the subject: evidence about something else is no evidence about this. */
async function heldAgainst(
  found: Found,
  reading: Reading,
): Promise<{ readonly reading: Reading; readonly gap?: Gap }> {
  const { statement, location, digest, logged } = reading
  if (statement === undefined || reading.standing === 'refused') return { reading }
  const refused = (because: string): Reading => ({
    location,
    digest,
    logged,
    standing: 'refused',
    code: 'EVIDENCE_SUBJECT_MISMATCH',
    because,
    statement,
  })
  if (statement.predicateType === OMS_TYPE && found.compare !== undefined) {
    const difference = await found.compare(readModelManifest(statement)).catch((error: unknown) => {
      if (isSluiceError(error)) return error
      throw error
    })
    if (isSluiceError(difference)) {
      const gap = { rule: 'not-compared', message: difference.message, remedy: difference.remedy }
      return { reading: refused('It could not be compared with the files that it signs.'), gap }
    }
    if (isUnchanged(difference)) return { reading }
    const { changed, missing, extra } = difference
    const parts = [
      ...(changed.length > 0 ? [`changed: ${listNames(changed)}`] : []),
      ...(missing.length > 0 ? [`missing: ${listNames(missing)}`] : []),
      ...(extra.length > 0 ? [`unsigned: ${listNames(extra)}`] : []),
    ]
    const message = `The model is not what ${location} signed; ${parts.join('; ')}.`
    const remedy = 'Restore it as it was signed, or sign it as it is now.'
    return {
      reading: refused('It is not of the model as it is.'),
      gap: { rule: 'not-as-signed', message, remedy },
    }
  }
  if (!isAbout(statement, found.digest)) return { reading: refused('It is about another digest.') }
  const named = statement.subject.map(({ name }) => name)
  if (found.signedAs === undefined || named.includes(found.signedAs)) return { reading }
  return {
    reading,
    gap: {
      rule: 'other-name',
      message: `The same bytes were signed under another name, ${listNames(named)}: files with their names swapped would look signed.`,
      remedy: 'Sign the files under the paths at which they are used.',
    },
  }
}

function standingGaps(readings: readonly Reading[]): Gap[] {
  if (readings.length === 0) {
    return [
      {
        rule: 'no-evidence',
        message: 'There is no evidence about it where it was looked for: anybody could have made it.',
        remedy: 'Sign it with `sign`, or name the store that holds its evidence.',
      },
    ]
  }
  const where = (standing: Reading['standing']) => readings.filter((reading) => reading.standing === standing)
  const gaps: Gap[] = []
  const [unchecked] = where('unchecked')
  if (unchecked?.standing === 'unchecked') {
    gaps.push({
      rule: 'not-verified',
      message: `${where('unchecked').length} of ${readings.length} bundles were not verified (${unchecked.because}): what they say, anybody may have written.`,
      remedy: 'Name who must have signed: `--key`, or `--identity` and `--issuer`.',
    })
  }
  if (where('genuine').length > 0) {
    gaps.push({
      rule: 'signer-not-named',
      message:
        'The signatures are genuine, and nobody said that these signers count: anybody has an identity.',
      remedy: 'Name who must have signed, with `--identity` and `--issuer`.',
    })
  }
  for (const reading of readings) {
    if (reading.standing !== 'refused') continue
    gaps.push({
      rule: 'refused',
      message: `${reading.location} was refused: ${reading.because}`,
      remedy: `It proves nothing; ${reading.code} in docs/troubleshooting.md says more.`,
    })
  }
  return gaps
}

function headline({ name }: Found, readings: readonly Reading[], gaps: readonly Gap[]): string {
  const count = (standing: Reading['standing']) =>
    readings.filter((reading) => reading.standing === standing).length
  const parts = [
    [count('trusted'), 'verified'],
    [count('genuine'), 'genuine by signers that nobody named'],
    [count('unchecked'), 'not verified'],
    [count('refused'), 'refused'],
  ].flatMap(([number, what]) => (number === 0 ? [] : [`${number} ${what}`]))
  const evidence = parts.length === 0 ? 'no evidence' : `evidence: ${parts.join(', ')}`
  return `${name}: ${evidence}; ${gaps.length} thing${gaps.length === 1 ? '' : 's'} left open.`
}
