import { SluiceError } from '@sluice/errors'
import { shortened } from '../report/shortened.js'

/** Where a model's predictions or summary are, as an input says it. */
export type ModelSource =
  | { readonly kind: 'file'; readonly path: string }
  /** A file of this repository at a branch, a tag, a full commit, `HEAD`, or `base`. */
  | { readonly kind: 'git'; readonly ref: string; readonly path: string }
  /** A file of an artifact; without a path the artifact is the file, uploaded without an archive. */
  | {
      readonly kind: 'artifact'
      readonly workflow: string
      readonly name: string
      readonly path: string | undefined
    }
  /** The evaluation evidence of an artifact in a registry or layout. */
  | { readonly kind: 'evidence'; readonly reference: string }
  | {
      readonly kind: 'mlflow'
      readonly run: MlflowRunName
      /** A table that was logged as an artifact of the run; without one the run's metrics are meant. */
      readonly path: string | undefined
    }

/** How a run of MLflow is named: by itself, or as what a version of a registered model was made by. */
export type MlflowRunName =
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'alias'; readonly model: string; readonly alias: string }
  | { readonly by: 'version'; readonly model: string; readonly version: string }

const LENGTH = 2000

/**
 * Reads an input that names a model's predictions or summary: a path, `git:<ref>:<path>`,
 * `artifact:<workflow>:<name>[/<path>]`, `oci://registry/repository@sha256:…` (or with a tag; `oci:<folder>` is a
 * layout), `mlflow:models/<name>@<alias>`, `mlflow:models/<name>/<version>` or `mlflow:runs/<run id>`, the last three
 * with `#<path>` for a table among the run's artifacts. A file whose name begins so is `./git:…`.
 * @throws SluiceError CHAMPION_SOURCE_MALFORMED
 */
export function parseModelSource(text: string): ModelSource {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]+):(.*)$/s.exec(text) ?? []
  if (text.length > LENGTH || /[\u0000-\u001f\u007f]/.test(text))
    throw malformed(text, `at most ${LENGTH} characters, none of them a control character`)
  switch (scheme) {
    case 'git':
      return gitSource(text, rest)
    case 'artifact':
      return artifactSource(text, rest)
    case 'oci':
      return { kind: 'evidence', reference: rest.startsWith('//') ? rest.slice(2) : text }
    case 'mlflow':
      return mlflowSource(text, rest)
    default:
      if (rest.startsWith('//')) throw malformed(text, 'a path, or one of git:, artifact:, oci://, mlflow:')
      return { kind: 'file', path: text }
  }
}

/** A branch, a tag or a commit by its full hash; nothing that git reads as an expression (git-check-ref-format). */
const REF = /^(?!.*(\.\.|\/\/|\.lock(\/|$)|\/\.|@\{|\/$|\.$))[A-Za-z0-9_][A-Za-z0-9_./@+-]*$/

function gitSource(text: string, rest: string): ModelSource {
  const colon = rest.indexOf(':')
  const [ref, path] = [rest.slice(0, Math.max(0, colon)), rest.slice(colon + 1)]
  if (!REF.test(ref) || !isContained(path))
    throw malformed(text, 'git:<branch, tag, full commit or base>:<path in the working directory>')
  return { kind: 'git', ref, path }
}

/** What @actions/artifact allows in a name. */
const ARTIFACT = /^[^"':<>|*?\\/]{1,255}$/
const WORKFLOW = /^[A-Za-z0-9_][A-Za-z0-9_. -]*\.ya?ml$/

function artifactSource(text: string, rest: string): ModelSource {
  const [workflow = '', named = '', ...more] = rest.split(':')
  const slash = named.indexOf('/')
  const name = slash === -1 ? named : named.slice(0, slash)
  const path = slash === -1 ? undefined : named.slice(slash + 1)
  if (
    more.length > 0 ||
    !WORKFLOW.test(workflow) ||
    !ARTIFACT.test(name) ||
    (path !== undefined && !isContained(path))
  )
    throw malformed(text, 'artifact:<workflow file such as release.yml>:<artifact>/<path in it>')
  return { kind: 'artifact', workflow, name, path }
}

const MODEL_NAME = /^[^/:@#]{1,250}$/
const ALIAS = /^[^/@#]{1,250}$/

function mlflowSource(text: string, rest: string): ModelSource {
  const hash = rest.indexOf('#')
  const named = hash === -1 ? rest : rest.slice(0, hash)
  const path = hash === -1 ? undefined : rest.slice(hash + 1)
  const run = runName(named)
  if (run === undefined || (path !== undefined && !isContained(path)))
    throw malformed(
      text,
      'mlflow:models/<name>@<alias>, mlflow:models/<name>/<version> or mlflow:runs/<run id>, each with or without #<path>',
    )
  return { kind: 'mlflow', run, path }
}

function runName(text: string): MlflowRunName | undefined {
  const id = /^runs\/([A-Za-z0-9][A-Za-z0-9_-]{0,63})$/.exec(text)?.[1]
  if (id !== undefined) return { by: 'id', id }
  if (!text.startsWith('models/')) return undefined
  const named = text.slice('models/'.length)
  const version = /^(.*)\/(\d{1,10})$/.exec(named)
  if (version !== null) {
    const [, model = '', number = ''] = version
    return MODEL_NAME.test(model) ? { by: 'version', model, version: number } : undefined
  }
  const at = named.lastIndexOf('@')
  const [model, alias] = [named.slice(0, Math.max(0, at)), named.slice(at + 1)]
  return MODEL_NAME.test(model) && ALIAS.test(alias) ? { by: 'alias', model, alias } : undefined
}

/** A path that stays below where it starts. */
function isContained(path: string): boolean {
  return path !== '' && !/^[/\\]|\\/.test(path) && !path.split('/').some((part) => /^\.{0,2}$/.test(part))
}

function malformed(text: string, expected: string): SluiceError {
  return new SluiceError(
    'CHAMPION_SOURCE_MALFORMED',
    `\`${shortened(text, 200)}\` names no source; expected ${expected}.`,
    {
      remedy:
        'Correct `champion` or `candidate`; docs/evaluation-inputs.md has the sources. A file whose name begins so is written `./<name>`.',
    },
  )
}
