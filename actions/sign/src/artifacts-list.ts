import { SluiceError } from '@sluice/errors'
import { parseStrictJson, pathFault, sha256Files } from '@sluice/evidence'
import { type Context, openWorkspace } from '@sluice/toolkit'
import * as v from 'valibot'
import type { FileSubject } from './files.js'

/** Limits of actions/runner#4527: of what a job declares, and of the subjects in it. */
const LIST_LIMIT = 4 * 1024 * 1024
const SUBJECTS_LIMIT = 500

const schema = v.object({
  version: v.literal(1),
  subjects: v.pipe(
    v.array(
      v.object({
        name: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
        digest: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
        kind: v.picklist(['file', 'oci']),
      }),
    ),
    v.maxLength(SUBJECTS_LIMIT),
  ),
})

/** What earlier steps of the job declared that they made. */
export interface DeclaredArtifacts {
  /** By their path from the root of the workspace, hashed again. */
  readonly files: readonly FileSubject[]
  /** `registry/repository@sha256:…`; not looked for yet. */
  readonly images: readonly string[]
}

/**
 * Reads GITHUB_ARTIFACTS_LIST. The runner wrote it when the steps ran, so files are hashed again: a later step may
 * have changed what an earlier one declared.
 * @returns undefined where the runner keeps no such list
 * @throws SluiceError SIGN_ARTIFACTS, SIGN_ARTIFACTS_CHANGED
 */
export async function readDeclaredArtifacts(context: Context): Promise<DeclaredArtifacts | undefined> {
  const path = context.variable('GITHUB_ARTIFACTS_LIST')
  if (path === undefined || !(await context.workspace.exists(path))) return undefined
  const subjects = parseArtifactsList(await context.workspace.readText(path, LIST_LIMIT))
  const files = subjects.filter(({ kind }) => kind === 'file')
  if (files.length > 0) await holdFiles(files, context)
  return {
    files: files.map(({ name, digest }) => ({ name, digest })),
    images: subjects.filter(({ kind }) => kind === 'oci').map(({ name, digest }) => `${name}@${digest}`),
  }
}

/** The subjects of a list. Pure. @throws SluiceError SIGN_ARTIFACTS */
export function parseArtifactsList(text: string): v.InferOutput<typeof schema>['subjects'] {
  // Before the first step declares something the file is empty.
  if (text.trim() === '') return []
  let value: unknown
  try {
    value = parseStrictJson(text, 'The list')
  } catch (cause) {
    throw unfit('is not one unambiguous JSON document', cause)
  }
  const parsed = v.safeParse(schema, value)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw unfit(`is wrong at \`${v.getDotPath(issue) ?? ''}\``)
  }
  const seen = new Set<string>()
  for (const { name, kind } of parsed.output.subjects) {
    const fault = kind === 'file' ? pathFault(name) : undefined
    if (fault !== undefined) throw unfit(`names a file that ${fault}`)
    if (seen.has(name)) throw unfit(`names ${JSON.stringify(name.slice(0, 200))} twice`)
    seen.add(name)
  }
  return parsed.output.subjects
}

async function holdFiles(files: readonly FileSubject[], context: Context): Promise<void> {
  const root = context.variable('GITHUB_WORKSPACE')
  const workspace = root === undefined ? context.workspace : await openWorkspace(root)
  const gone: FileSubject[] = []
  for (const file of files) if (!(await workspace.exists(file.name))) gone.push(file)
  const paths = await Promise.all(files.map(({ name }) => workspace.resolve(name)))
  const digests = gone.length > 0 ? [] : await sha256Files(paths)
  const changed = gone[0] ?? files.find(({ digest }, index) => `sha256:${digests[index]?.sha256}` !== digest)
  if (changed === undefined) return
  throw new SluiceError(
    'SIGN_ARTIFACTS_CHANGED',
    `${JSON.stringify(changed.name)} was declared as ${changed.digest}, and is ${gone.length > 0 ? 'not there' : 'something else now'}.`,
    { remedy: 'Declare a file after the last step that writes it.', kind: 'refused' },
  )
}

function unfit(why: string, cause?: unknown): SluiceError {
  return new SluiceError('SIGN_ARTIFACTS', `The list in GITHUB_ARTIFACTS_LIST ${why}.`, {
    remedy: 'Leave the list to the runner, or name what is signed by `subject`, `path` or `files`.',
    cause,
  })
}
