import * as v from 'valibot'

// The OSV schema 1.7 (ossf.github.io/osv-schema), the members that are read. Unknown members are left alone.
const text = v.pipe(v.string(), v.maxLength(1024))

const event = v.object({
  introduced: v.exactOptional(text),
  fixed: v.exactOptional(text),
  last_affected: v.exactOptional(text),
})

const severity = v.object({ type: text, score: text })

const affected = v.object({
  package: v.exactOptional(v.object({ ecosystem: text, name: text })),
  ranges: v.exactOptional(v.nullable(v.array(v.object({ type: text, events: v.array(event) })))),
  versions: v.exactOptional(v.nullable(v.array(text))),
  severity: v.exactOptional(v.nullable(v.array(severity))),
  ecosystem_specific: v.exactOptional(v.nullable(v.record(v.string(), v.unknown()))),
  database_specific: v.exactOptional(v.nullable(v.record(v.string(), v.unknown()))),
})

const record = v.object({
  id: text,
  modified: text,
  withdrawn: v.exactOptional(v.nullable(text)),
  aliases: v.exactOptional(v.nullable(v.array(text))),
  upstream: v.exactOptional(v.nullable(v.array(text))),
  severity: v.exactOptional(v.nullable(v.array(severity))),
  affected: v.exactOptional(v.nullable(v.array(affected))),
  database_specific: v.exactOptional(v.nullable(v.record(v.string(), v.unknown()))),
})

/** One advisory. */
export type OsvRecord = v.InferOutput<typeof record>
export type OsvAffected = v.InferOutput<typeof affected>

/** Reads a record; undefined when it is not JSON or not of the schema. */
export function parseOsv(json: string): OsvRecord | undefined {
  try {
    const result = v.safeParse(record, JSON.parse(json))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}
