import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SluiceError } from '@sluice/errors'
import { contains } from './contains.js'

/** What a step declared that it made. */
export interface ArtifactSubject {
  /** Path relative to the workspace, or the reference of an image. */
  readonly name: string
  readonly digest: string
  readonly kind: 'file' | 'oci'
}

/** Limits of actions/runner#4527. */
const DECLARATION_BYTES = 1024 * 1024
const SUBJECTS = 500

/**
 * Reads GITHUB_ARTIFACTS: a path of a file, or `oci://<reference>@sha256:<hex>`, a line. Files are hashed where
 * they lie; a subject declared twice counts once.
 * @param known what earlier steps of the job declared
 * @returns what is new
 * @throws SluiceError ARTIFACT_DECLARATION_INVALID for a line that is neither, a file outside the workspace or
 * missing, two digests for one name, or more than GitHub's limits
 */
export async function readArtifacts(
  text: string,
  workspace: string,
  known: readonly ArtifactSubject[],
): Promise<readonly ArtifactSubject[]> {
  if (Buffer.byteLength(text) > DECLARATION_BYTES) throw invalid('the file is larger than 1 MiB')
  const byName = new Map(known.map((subject) => [subject.name, subject]))
  const fresh: ArtifactSubject[] = []
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue
    const subject = line.startsWith('oci://') ? image(line) : await file(line, workspace)
    const before = byName.get(subject.name)
    if (before && before.digest !== subject.digest) {
      throw invalid(`${subject.name} is ${before.digest} and ${subject.digest}`)
    }
    if (before) continue
    byName.set(subject.name, subject)
    fresh.push(subject)
    if (byName.size > SUBJECTS) throw invalid(`the job declares more than ${SUBJECTS} subjects`)
  }
  return fresh
}

/** What GITHUB_ARTIFACTS_LIST holds for the steps that come after. */
export function artifactsList(subjects: readonly ArtifactSubject[]): string {
  return JSON.stringify({ version: 1, subjects })
}

function image(line: string): ArtifactSubject {
  const found = /^oci:\/\/([^\s@]+)@(sha256:[0-9a-f]{64})$/.exec(line)
  if (!found?.[1] || !found[2]) throw invalid(`'${line}' is no oci://<reference>@sha256:<64 hex digits>`)
  return { name: found[1], digest: found[2], kind: 'oci' }
}

async function file(line: string, workspace: string): Promise<ArtifactSubject> {
  const root = await realpath(workspace)
  const path = await realpath(resolve(root, line)).catch(() => undefined)
  if (!path || !(await stat(path)).isFile()) throw invalid(`'${line}' is no file`)
  if (!contains(root, path)) throw invalid(`'${line}' lies outside the workspace`)
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return { name: relative(root, path), digest: `sha256:${hash.digest('hex')}`, kind: 'file' }
}

function invalid(what: string): SluiceError {
  return new SluiceError('ARTIFACT_DECLARATION_INVALID', `GITHUB_ARTIFACTS: ${what}.`, {
    remedy: 'Write one file of the workspace, or one oci://<reference>@sha256:<digest>, a line.',
  })
}
