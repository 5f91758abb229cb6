import { type ConfigSection, SECTION_NAMES } from './section.js'

/**
 * The JSON Schema (draft 07, which editors read) of a sluice.yaml with these sections.
 * @param id address under which the schema is published
 */
export async function jsonSchema(
  sections: readonly ConfigSection<unknown>[],
  id: string,
): Promise<Record<string, unknown>> {
  // Only generators come here; bundles of actions do not load it.
  const { toJsonSchema } = await import('@valibot/to-json-schema')
  const ordered = SECTION_NAMES.flatMap((name) => sections.filter((section) => section.name === name))
  const properties = ordered.map((section) => {
    // Checks that JSON Schema cannot express are left to the actions, which make them anyway.
    const { $schema: _, ...schema } = toJsonSchema(section.schema as Parameters<typeof toJsonSchema>[0], {
      typeMode: 'input',
      errorMode: 'ignore',
    })
    return [section.name, { ...schema, description: section.description }]
  })
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: id,
    title: 'sluice.yaml',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(properties),
  }
}
