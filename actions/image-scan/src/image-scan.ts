import { type ImageScanSettings, loadSection, scanSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import {
  type AdvisoryDatabase,
  advisoryNames,
  type Gap,
  type InventoriedImage,
  inventoryImages,
  judgeGaps,
  judgeVulnerabilities,
  matchAll,
  mergeVulnerabilities,
  proveMatching,
  readAdvisories,
  type Vulnerability,
} from '@sluice/scan'
import { type Context, readWaivers } from '@sluice/toolkit'
import { parseSubject, type Result, resultOf, verdictOf } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { openImage } from './open-image.js'
import { evidence, headline, type Scanned, sections } from './report.js'
import { readReports, type TakenReports } from './take-reports.js'

/** Takes the inventory of an image, holds it against advisories and other scanners' reports, and judges. */
export async function scanImage(inputs: Inputs, context: Context): Promise<Result> {
  const startedAt = context.clock.now()
  const { images: section } = await loadSection(context.workspace, inputs.config, scanSection)
  const accept = await readWaivers(inputs, context, 'image')
  const subject = inputs.subject === undefined ? undefined : parseSubject(inputs.subject)
  const settings = { ...section, failOn: inputs.severity ?? section.failOn }
  const advisories = inputs.advisories ?? section.advisories
  if (advisories === undefined && inputs.reports.length === 0) throw nothingToScanWith()
  proveMatching()

  const { repository, top } = await openImage(inputs.image, context)
  const images = await inventoryImages(repository, top, inputs.platforms, context.signal)
  const reports = await readReports(inputs.reports, top.digest, images, context)
  const own = advisories === undefined ? undefined : await match(advisories, images, settings, context)
  const vulnerabilities = mergeVulnerabilities([...(own?.vulnerabilities ?? []), ...reports.vulnerabilities])
  const gaps = [...(own?.gaps ?? []), ...imageGaps(images, reports), ...reports.gaps]
  const isAnother = subject !== undefined && !isScanned(subject.digest, top.digest, images)
  if (isAnother) gaps.push(anotherSubject(subject.digest, top.digest))

  const findings = accept([
    ...judgeVulnerabilities(vulnerabilities, settings),
    ...judgeGaps(uniqueGaps(gaps)),
  ])
  const scanned: Scanned = {
    name: repository.name,
    digest: top.digest,
    images,
    vulnerabilities,
    findings,
    verdict: verdictOf(findings),
    reports,
    startedAt,
    finishedAt: context.clock.now(),
    ...(own === undefined ? {} : { database: own.database, advisories: advisories! }),
  }
  return resultOf({
    headline: headline(scanned),
    findings,
    sections: sections(scanned),
    outputs: {
      digest: top.digest,
      packages: String(packageCount(images)),
      vulnerabilities: String(vulnerabilities.length),
      'advisories-updated': own?.database.lastUpdate ?? '',
    },
    // Not even an inconclusive one about what was not scanned, for a waiver would turn it into a pass.
    statements: subject === undefined || isAnother ? [] : [evidence(subject, scanned)],
  })
}

interface OwnMatch {
  readonly database: AdvisoryDatabase
  readonly vulnerabilities: readonly Vulnerability[]
  readonly gaps: readonly Gap[]
}

async function match(
  advisories: string,
  images: readonly InventoriedImage[],
  settings: ImageScanSettings,
  context: Context,
): Promise<OwnMatch> {
  const packages = images.flatMap(({ inventory }) => inventory.packages)
  const path = await context.workspace.resolve(advisories)
  const database = await readAdvisories(path, advisoryNames(packages), advisories)
  const { vulnerabilities, gaps } = matchAll(packages, database)
  const stale = staleness(database.lastUpdate, settings.advisoriesMaxAgeDays, context.clock.now())
  return { database, vulnerabilities, gaps: [...gaps, ...stale] }
}

function staleness(lastUpdate: string, limit: number | undefined, now: Date): Gap[] {
  if (limit === undefined) return []
  const days = (now.getTime() - Date.parse(lastUpdate)) / 86_400_000
  // A date in the future would keep a database fresh for ever; a day is left for clocks.
  if (days >= -1 && days <= limit) return []
  return [
    {
      rule: 'image/advisories-stale',
      level: 'unknown',
      message: `The advisories were last updated on ${lastUpdate || 'no date they state'}, not within the last ${limit} days.`,
      remedy: 'Download them again, or raise `scan.images.advisoriesMaxAgeDays`.',
    },
  ]
}

/** Gaps of our own inventory do not matter where a whole report about the same image speaks. */
function imageGaps(images: readonly InventoriedImage[], reports: TakenReports): Gap[] {
  const gaps = images.flatMap(({ inventory }) => inventory.gaps)
  return reports.complete ? gaps.filter(({ rule }) => rule === 'image/layer-unreadable') : gaps
}

/** Evidence names a subject; it must be what was scanned. */
function isScanned(subject: string, top: string, images: readonly InventoriedImage[]): boolean {
  return subject === top || images.some(({ digest }) => digest === subject)
}

function anotherSubject(subject: string, top: string): Gap {
  return {
    rule: 'image/subject-is-another',
    level: 'unknown',
    message: `The subject ${subject} is not the image that was scanned, ${top}.`,
    remedy: 'Give `subject` the digest of the image.',
  }
}

function uniqueGaps(gaps: readonly Gap[]): Gap[] {
  return [...new Map(gaps.map((gap) => [`${gap.rule}\n${gap.message}`, gap])).values()]
}

function packageCount(images: readonly InventoriedImage[]): number {
  return new Set(images.flatMap(({ inventory }) => inventory.packages.map(({ purl }) => purl))).size
}

function nothingToScanWith(): SluiceError {
  return new SluiceError(
    'IMAGE_SCAN_NOTHING',
    'There are neither advisories nor reports to judge the image by.',
    {
      remedy: 'Give `advisories`, set `scan.images.advisories` in sluice.yaml, or give `reports`.',
    },
  )
}
