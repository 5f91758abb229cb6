import { registerHooks } from 'node:module'

/** GitHub's own parser and expressions, as modules. */
export interface Language {
  readonly parser: typeof import('@actions/workflow-parser')
  readonly convert: typeof import('@actions/workflow-parser/model/convert')
  readonly context: typeof import('@actions/workflow-parser/templates/template-context')
  readonly schema: typeof import('@actions/workflow-parser/workflows/workflow-schema')
  readonly expressions: typeof import('@actions/expressions')
}

const SCHEMAS = /\/@actions\/workflow-parser\/dist\/[^/]+\.json$/

let loaded: Promise<Language> | undefined

/** Loads GitHub's parser once (docs/decisions/0070): its JSON schemas are imported without the attribute Node asks for. */
export function loadLanguage(): Promise<Language> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Language> {
  const hook = registerHooks({
    load: (url, context, next) =>
      next(url, SCHEMAS.test(url) ? { ...context, importAttributes: { type: 'json' } } : context),
  })
  try {
    const [parser, convert, context, schema, expressions] = await Promise.all([
      import('@actions/workflow-parser'),
      import('@actions/workflow-parser/model/convert'),
      import('@actions/workflow-parser/templates/template-context'),
      import('@actions/workflow-parser/workflows/workflow-schema'),
      import('@actions/expressions'),
    ])
    return { parser, convert, context, schema, expressions }
  } finally {
    hook.deregister()
  }
}
