import { posix } from 'node:path'
import { parseReference, type Reference } from '@sluice/oci'
import { predicateKind } from './policy/predicate.js'
import type { Environments, Requirement } from './section.js'

/**
 * What the environments that a repository serves require of evidence of one type, each requirement once. Empty when no
 * environment has it as its `target`, or none of those asks for such evidence: then nobody's word counts. Pure.
 * @param type URI of the predicate type
 */
export function requirementsOf(
  environments: Environments,
  repository: Reference,
  type: string,
): Requirement[] {
  const place = placeOf(repository)
  const found = Object.values(environments)
    .filter(({ target }) => placeOf(parseReference(target)) === place)
    .flatMap(({ requires }) => requires.filter(({ predicate }) => predicateKind(predicate).type === type))
  return [...new Map(found.map((requirement) => [JSON.stringify(requirement), requirement])).values()]
}

/** A repository, whatever tag or digest of it is meant. */
function placeOf(reference: Reference): string {
  switch (reference.kind) {
    case 'registry':
      return `${reference.host}/${reference.repository}`
    case 'layout':
      return `oci:${posix.normalize(reference.folder)}`
    case 'archive':
      return `docker-archive:${reference.file}`
  }
}
