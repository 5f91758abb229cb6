import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'

/** Checks against the published interfaces that test/fixtures/engines/schemas.py took from the makers' own clients. */
export function schemaCheck(maker: 'bigquery' | 'databricks'): (name: string, value: unknown) => void {
  const file = new URL(`../fixtures/engines/${maker}.schema.json`, import.meta.url)
  const ajv = new Ajv({ allowUnionTypes: true })
  ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')), maker)
  return (name, value) => {
    if (!ajv.validate({ $ref: `${maker}#/$defs/${name}` }, value)) {
      throw new Error(`no ${name} of ${maker}: ${ajv.errorsText()}`)
    }
  }
}
