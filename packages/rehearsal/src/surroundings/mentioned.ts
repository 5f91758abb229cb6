import { registryOf } from './configuration.js'

/** A text of a workflow by the name it goes by: an input, a variable, an environment variable. */
export type Named = readonly [name: string, text: string]

/** Registries that texts of a workflow name. */
export interface Mentioned {
  readonly hosts: readonly string[]
  /** Texts that say to which registry a password goes, and can only be told while the workflow runs. */
  readonly untold: readonly string[]
}

/** Inputs of well-known actions that hold references, with a tag or without. */
const REFERENCES = new Set(['image', 'images', 'subject', 'reference', 'repository', 'tags'])
const EXPRESSION = /\$\{\{(.*?)\}\}/gs
/** What is known before a job begins. Names are case-insensitive, as on GitHub. */
const KNOWN = /(?:inputs|vars|env|github\.event\.inputs)(?:\.([\w-]+)|\[\s*'([\w-]+)'\s*\])/gi
const REACHED_LATER = /\b(?:steps|needs|matrix|secrets|jobs|fromjson|format|join)\b/i

/**
 * Registries that values name: references, and the input `registry`, to which a password goes; where that is an
 * expression, every value is followed that goes by a name in it. Of a reference that is an expression in part, what
 * stands before it counts. Pure.
 */
export function registriesIn(values: Iterable<Named>): Mentioned {
  const all = [...values].map(([name, text]): Named => [name.toLowerCase(), text])
  const names = new Set(['registry'])
  const untold: string[] = []
  // A set is walked with what is added on the way.
  for (const name of names) {
    for (const [, text] of all.filter(([key]) => key === name)) {
      for (const [, inner = ''] of text.matchAll(EXPRESSION)) {
        const known = [...inner.matchAll(KNOWN)].map(([, dotted, quoted]) =>
          (dotted ?? quoted)!.toLowerCase(),
        )
        for (const one of known) names.add(one)
        const literal = literals(inner)
        if (REACHED_LATER.test(inner) || (known.length === 0 && literal.length === 0)) untold.push(text)
      }
    }
  }
  return { hosts: [...new Set(all.flatMap((value) => hostsOf(value, names)))], untold }
}

function hostsOf([name, text]: Named, names: ReadonlySet<string>): readonly string[] {
  if (names.has(name)) {
    const inner = [...text.matchAll(EXPRESSION)].flatMap(([, expression = '']) => literals(expression))
    return [text, ...inner].flatMap(hostAlone)
  }
  return text.split(/[\s,]+/).flatMap((line) => {
    const [, host, rest = ''] = /^([a-z0-9.-]+\.[a-z0-9.-]+(?::\d{1,5})?)\/(.*)$/is.exec(line) ?? []
    const reference = /:[\w.-]+$|@sha256:[0-9a-f]{64}$|[:@]\$\{\{/i.test(rest) || REFERENCES.has(name)
    return host === undefined || !reference ? [] : [host.toLowerCase()]
  })
}

/** The host of a registry's name, which may come with a scheme or the path of a repository. */
function hostAlone(text: string): readonly string[] {
  const bare = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/+$/, '')
  return bare.includes('$') ? [] : registryOf(bare.includes('/') ? bare : `${bare}/any`)
}

function literals(expression: string): string[] {
  return [...expression.matchAll(/'([^']*)'/g)]
    .map(([, text = '']) => text)
    .filter((text) => /[.:]/.test(text))
}
