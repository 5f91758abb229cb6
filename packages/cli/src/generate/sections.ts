import { type ConfigSection, SECTION_NAMES } from '@sluice/config'
import { SluiceError } from '@sluice/errors'

/** The sections of sluice.yaml among everything that the packages export, by name. */
export function sectionsAmong(
  modules: readonly Readonly<Record<string, unknown>>[],
): ConfigSection<unknown>[] {
  const found = new Map<string, ConfigSection<unknown>>()
  for (const value of modules.flatMap((module) => Object.values(module))) {
    if (!isSection(value)) continue
    const other = found.get(value.name)
    if (other !== undefined && other !== value) {
      throw new SluiceError('GENERATE_SECTION', `Two packages declare the section \`${value.name}\`.`, {
        remedy: 'Declare it once, and import it.',
      })
    }
    found.set(value.name, value)
  }
  return [...found.values()]
}

/** Names of the documented sections that nothing declares. */
export function sectionsMissing(sections: readonly ConfigSection<unknown>[]): string[] {
  return SECTION_NAMES.filter((name) => sections.every((section) => section.name !== name))
}

function isSection(value: unknown): value is ConfigSection<unknown> {
  if (typeof value !== 'object' || value === null) return false
  const { name, description, schema } = value as Record<string, unknown>
  return (
    (SECTION_NAMES as readonly unknown[]).includes(name) &&
    typeof description === 'string' &&
    typeof schema === 'object'
  )
}
