import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { files, root } from '../workspace/checkout.js'
import { type Document, readDocument } from './rules/document.js'

/** Every workflow that others call. */
export const REUSABLE = files('.github/workflows/model-*.yml')
/** Their variants for GitHub Enterprise Server, generated. */
export const GHES = files('.github/workflows/ghes-model-*.yml')
export const TEMPLATES = files('workflows-templates/*.yml')
/** Workflows of the example, which call ours. */
export const CALLERS = files('examples/*/.github/workflows/*.yml')
export const COMPOSITES = files('.github/actions/*/action.yml')

/** A file of this repository; undefined where there is none. */
export function read(path: string): Document | undefined {
  const full = join(root, path)
  return existsSync(full) ? readDocument(path, readFileSync(full, 'utf8')) : undefined
}

export function document(path: string): Document {
  const found = read(path)
  if (found === undefined) throw new Error(`${path} does not exist`)
  return found
}
