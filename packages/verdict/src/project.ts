/** The one place that names the project's home; generated text and own predicate types follow it. */
export const PROJECT = {
  name: 'Sluice',
  repository: 'sluice-ci/sluice',
  predicates: 'https://sluice-ci.github.io/sluice/predicates',
  version: '0.1.0',
} as const

/** An own predicate type, `<base>/<name>/v1` (design, section 5). */
export function predicateType(name: string): string {
  return `${PROJECT.predicates}/${name}/v1`
}
