import type { Issue } from '../issue.js'
import { notExamined } from '../issue.js'
import { type ByteSource, chunks } from '../source.js'

/** Control characters that text files do not hold; tab, line feed, form feed and carriage return they do. */
const CONTROL = /[\x00-\x08\x0b\x0e-\x1f\x7f]/

/** Whether all of `source` is UTF-8 text. */
export async function isText(source: ByteSource, limit: number): Promise<boolean> {
  if (source.size > limit) return false
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of chunks(source)) {
      if (CONTROL.test(decoder.decode(chunk, { stream: true }))) return false
    }
    return !CONTROL.test(decoder.decode())
  } catch {
    return false
  }
}

const LFS = 'version https://git-lfs.github.com/spec/'

/** What a text in a model's folder can do: stand for a file that is not there, or have code loaded. */
export function checkText(text: string): Issue[] {
  if (text.startsWith(LFS)) {
    return [notExamined('This is a Git LFS pointer; the file that it stands for is not here.')]
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  const built = buildsObjects(value) ? [notExamined(BUILDS_OBJECTS)] : []
  const key = findKey(value, new Set(['auto_map', 'custom_pipelines']))
  if (key === undefined) return built
  return [
    ...built,
    {
      rule: 'model/remote-code',
      level: 'warning',
      message: `The key \`${key}\` names Python code that is run when the model is loaded with trust_remote_code.`,
      remedy: 'Load the model without trust_remote_code, or review that code and pin it by commit.',
    },
  ]
}

const BUILDS_OBJECTS =
  'This JSON names the classes that a loader builds (Keras, skops), which may be any function; it is recognised, but not examined.'

/** A configuration of Keras (`class_name` and `config`) or a schema of skops (`__loader__`), as their loaders know it. */
function buildsObjects(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const has = (key: string) => Object.hasOwn(value, key)
  return (has('class_name') && (has('config') || has('module'))) || has('__loader__')
}

/** The first of `keys` in the upper levels of a JSON value. */
function findKey(value: unknown, keys: ReadonlySet<string>, depth = 0): string | undefined {
  if (typeof value !== 'object' || value === null || depth > 8) return undefined
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && keys.has(key)) return key
    const found = findKey(inner, keys, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
