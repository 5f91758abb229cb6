import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

export const FOLDER = join(import.meta.dirname, '../../docs/predicates')

/** The predicates that docs/predicates documents, by name. */
export const PREDICATES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.slice(0, -'.md'.length))
  .sort()

export function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
}

/** The published schema of a predicate, under which members of other names may be added. */
export function published(name: string): ValidateFunction {
  return compile(readJson(`${name}.schema.json`))
}

/** The same with every object closed, so that a member which the code writes and the schema does not know is found. */
export function closed(name: string): ValidateFunction {
  return compile(close(readJson(`${name}.schema.json`)) as Record<string, unknown>)
}

function compile(schema: Record<string, unknown>): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
  formats.default(ajv)
  return ajv.compile(schema)
}

function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]))
  const open = 'properties' in members && members['type'] === 'object'
  return open ? { additionalProperties: false, ...members } : members
}
