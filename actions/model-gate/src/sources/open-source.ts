import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import {
  fileFormat,
  type InputFormat,
  isLfsPointer,
  LIMITS,
  type ModelSource,
  openSamples,
  type PinnedSource,
  parseModelSource,
  pinnedText,
  type SampleFile,
} from '@sluice/evaluation'
import { type Context, displayPath } from '@sluice/toolkit'
import type { Inputs } from '../action.js'

/** What a source gave. */
export interface Found {
  /** As messages and evidence call it. */
  readonly name: string
  readonly bytes: Uint8Array
  /** What the bytes are, where their name does not tell. */
  readonly format?: InputFormat
  /** Of what `bytes` were taken from, where that is signed as a whole. */
  readonly sha256?: string
  readonly pinned?: PinnedSource
  /** What a run says it was evaluated on, where the bytes do not. */
  readonly conditions?: ReadonlyMap<string, string>
}

/** A model's predictions or summary, read. */
export interface Opened extends Omit<Found, 'bytes'> {
  /** Where it holds the samples of an evaluation tool, and the rules are of them. */
  readonly samples?: SampleFile
  /** Hands the bytes over, once: what has been read is not kept beside what was read out of it. */
  take(): Uint8Array
  readonly sha256: string
  readonly format: InputFormat
}

/** What reading a source takes besides its name. */
export interface SourceRequest {
  readonly inputs: Inputs
  readonly context: Context
  /** Whether samples of an evaluation tool are wanted, where the bytes hold them. */
  readonly samples: boolean
}

/**
 * Reads what an input names, and notes exactly what that was.
 * @throws SluiceError CHAMPION_*, MLFLOW_*, INPUT_IS_POINTER, and what reading files, git and the network throw
 */
export async function openSource(
  text: string,
  role: 'candidate' | 'champion',
  request: SourceRequest,
): Promise<Opened> {
  const found = await find(parseModelSource(text), role, request)
  let { bytes } = found
  if (isLfsPointer(bytes)) throw pointer(found)
  const { name, sha256 = createHash('sha256').update(bytes).digest('hex') } = found
  if (found.pinned !== undefined)
    request.context.log.info(`The ${role} is ${name}: ${pinnedText(found.pinned)}, sha256 ${sha256}.`)
  const take = () => {
    const taken = bytes
    bytes = new Uint8Array()
    return taken
  }
  const { pinned, conditions, format = await fileFormat(name, bytes) } = found
  const samples = request.samples ? openSamples(name, bytes, format) : undefined
  return {
    name,
    take,
    sha256,
    format,
    ...(samples === undefined ? {} : { samples }),
    ...(pinned === undefined ? {} : { pinned }),
    ...(conditions === undefined ? {} : { conditions }),
  }
}

/** Each source is loaded where it is read: most starts are on files, and registries and signatures weigh the most. */
async function find(
  source: ModelSource,
  role: 'candidate' | 'champion',
  { inputs, context }: SourceRequest,
): Promise<Found> {
  switch (source.kind) {
    case 'file': {
      const { workspace } = context
      const bytes = await workspace.read(source.path, LIMITS.fileBytes)
      return { bytes, name: displayPath(workspace.root, await workspace.resolve(source.path)) }
    }
    case 'mlflow': {
      const { readMlflow } = await import('./mlflow.js')
      return await readMlflow(source, inputs, context)
    }
  }
  if (role === 'candidate') throw notACandidate()
  switch (source.kind) {
    case 'git': {
      const { readCommitted } = await import('./git.js')
      return await readCommitted(source, context)
    }
    case 'artifact': {
      const { readArtifactFile } = await import('./artifact.js')
      return await readArtifactFile(source, inputs, context)
    }
    case 'evidence': {
      const { readEvidence } = await import('./evidence.js')
      return await readEvidence(source, inputs, context)
    }
  }
}

/** What was evaluated before is no candidate: it would be let through on the word of another run. */
function notACandidate(): SluiceError {
  return new SluiceError('CANDIDATE_SOURCE', 'The candidate is neither a file nor a run of MLflow.', {
    remedy: 'Give the file that this run evaluated, or `mlflow:…`; other sources are for `champion`.',
  })
}

function pointer({ name, pinned }: Found): SluiceError {
  return new SluiceError(
    'INPUT_IS_POINTER',
    `${name} is a pointer of Git LFS; expected the file that it stands for.`,
    {
      remedy:
        pinned === undefined
          ? 'Set `lfs: true` of `actions/checkout`.'
          : 'Fetch it in a step before (`git lfs fetch origin <ref>`, `git lfs smudge`) and give the file, or upload it as an artifact of the main branch.',
    },
  )
}
