import { type Instruction, readLines } from './dockerfile-lines.js'
import { splitWords, unquote } from './dockerfile-words.js'
import { imagePin } from './image.js'
import { type Pin, pinned, unknown, unpinned } from './pin.js'
import { type Extraction, NOTHING, type Reference, type ReferenceKind, type Span } from './reference.js'

/** Values of build arguments; undefined for one that was declared without a default. */
type Arguments = Map<string, string | undefined>

/**
 * References of a Dockerfile: `FROM`, `COPY --from`, `RUN --mount=from`, `ADD` of a URL, `# syntax=`.
 * Build arguments count with their defaults; one without a default makes the reference unknown. Pure.
 */
export function extractDockerfile(file: string, text: string): Extraction {
  const { instructions, syntax, obscurities } = readLines(text)
  const references: Reference[] = []
  const add = (kind: ReferenceKind, text: string, span: Span, pin: Pin) => {
    references.push({ kind, text, file, span, pin })
  }
  if (syntax) add('image', syntax.text, syntax.span, imagePin(syntax.text))

  const global: Arguments = new Map()
  const stages: string[] = []
  let local: Arguments | undefined
  for (const instruction of instructions) {
    const { keyword, rest, flags, span } = instruction
    if (keyword === 'ARG') declare(rest, local ?? global, local === undefined ? undefined : global)
    if (keyword === 'ENV' && local) assign(rest, local)
    if (keyword === 'FROM') {
      const [written, as, name] = rest.split(/\s+/) as [string, string?, string?]
      const image = substitute(unquote(written), global)
      local = new Map()
      const known = image !== undefined && (image === 'scratch' || isStage(image, stages))
      if (!known)
        add('image', image ?? written, span, image === undefined ? missing(written) : imagePin(image))
      stages.push(as?.toLowerCase() === 'as' && name ? name.toLowerCase() : '')
    }
    for (const source of sources(instruction)) {
      if (isStage(source, stages) || isStageNumber(source, stages)) continue
      const image = substitute(source, local ?? global)
      if (image !== undefined && isStage(image, stages)) continue
      add('image', image ?? source, span, image === undefined ? missing(source) : imagePin(image))
    }
    if (keyword === 'ADD') {
      const checksum = flags.find((flag) => flag.name === 'checksum')?.value
      for (const written of addedSources(rest)) {
        const source = substitute(written, local ?? global)
        if (source === undefined && !isUrl(written)) add('download', written, span, missing(written))
        else if (isUrl(source ?? written))
          add('download', source ?? written, span, downloadPin(source ?? written, checksum))
      }
    }
  }
  const problems = obscurities.map((obscurity) => ({ file, ...obscurity }))
  if (references.length === 0 && problems.length === 0 && stages.length === 0) {
    return { ...NOTHING, problems: [{ file, because: 'it has no `FROM`, so it is not a Dockerfile' }] }
  }
  return { ...NOTHING, references, problems }
}

/** Images that `COPY --from=` and `RUN --mount=…,from=` name. */
function sources({ keyword, flags }: Instruction): string[] {
  const found: string[] = []
  for (const { name, value } of flags) {
    if (keyword === 'COPY' && name === 'from') found.push(value)
    if (keyword !== 'RUN' || name !== 'mount') continue
    for (const option of value.split(',')) {
      // The value is a line of CSV, in which a field may stand in quotes of its own.
      const from = /^from=(.*)$/i.exec(option.replaceAll('"', '').trim())
      if (from) found.push(unquote(from[1]!))
    }
  }
  return found
}

/** What `ADD` copies from: all its words but the last, also of its JSON form. */
function addedSources(rest: string): string[] {
  return (jsonWords(rest) ?? splitWords(rest).words.map(unquote)).slice(0, -1)
}

function jsonWords(rest: string): string[] | undefined {
  if (!rest.startsWith('[')) return undefined
  try {
    const words: unknown = JSON.parse(rest)
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined
  } catch {
    return undefined
  }
}

function isUrl(word: string): boolean {
  return /^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/)/i.test(word)
}

/** A URL is pinned by `--checksum`, or, for a git repository, by a commit behind `#`. */
function downloadPin(url: string, checksum: string | undefined): Pin {
  if (checksum !== undefined) {
    if (/^sha256:[0-9a-f]{64}$/.test(checksum)) return pinned('content-hash', checksum)
    if (/^[0-9a-f]{40}$/i.test(checksum)) return pinned('content-hash', checksum)
    return checksum.includes('$')
      ? unknown('its checksum holds a variable')
      : unpinned('a checksum that is not sha256: and 64 hex digits')
  }
  // Only BuildKit's git reads the fragment; a server of files never sees it.
  const isGit = !/^https?:/i.test(url) || /\.git$/.test(url.split(/[?#]/, 1)[0]!)
  const commit = isGit ? /#([0-9a-f]{40})(?::|$)/i.exec(url) : null
  return commit ? pinned('content-hash', commit[1]!.toLowerCase()) : unpinned('a URL without a checksum')
}

function missing(text: string): Pin {
  return unknown(`\`${text}\` holds a build argument without a default`)
}

function isStage(name: string, stages: readonly string[]): boolean {
  return name !== '' && stages.includes(name.toLowerCase())
}

function isStageNumber(name: string, stages: readonly string[]): boolean {
  return /^\d{1,4}$/.test(name) && Number(name) < stages.length
}

/** `ARG a=1 b c="x"`; inside a stage a bare name takes the global value. */
function declare(rest: string, scope: Arguments, outer: Arguments | undefined): void {
  for (const word of rest.match(WORD) ?? []) {
    const equals = word.indexOf('=')
    const name = equals === -1 ? word : word.slice(0, equals)
    if (equals !== -1) scope.set(name, substitute(unquote(word.slice(equals + 1)), scope))
    else scope.set(name, outer?.get(name))
  }
}

function assign(rest: string, scope: Arguments): void {
  for (const word of rest.match(WORD) ?? []) {
    const equals = word.indexOf('=')
    if (equals > 0) scope.set(word.slice(0, equals), substitute(unquote(word.slice(equals + 1)), scope))
  }
}

const WORD = /(?:"[^"]*"|'[^']*'|[^\s"'])+/g
/** Nested defaults such as `${A:-${B:-x}}` are opened from the inside; a dozen levels are more than any file has. */
const NESTING_LIMIT = 12
/** A reference longer than this is none; stops arguments that double each other. */
const LENGTH_LIMIT = 4096
const VARIABLE = /\$(?:\{([A-Za-z_]\w*)(?:(:?[-+])([^${}]*))?\}|([A-Za-z_]\w*))/g

/** Fills in arguments, or returns undefined when one has no known value. */
function substitute(text: string, scope: Arguments): string | undefined {
  let result = text
  for (let round = 0; round < NESTING_LIMIT && result.includes('$'); round += 1) {
    let known = true
    const filled = result.replace(VARIABLE, (whole, braced, operator, word = '', bare) => {
      const value = scope.get(braced ?? bare)
      if (operator === ':-' || operator === '-') return value === undefined || value === '' ? word : value
      if (operator === ':+' || operator === '+') return value === undefined || value === '' ? '' : word
      known &&= value !== undefined
      return value ?? whole
    })
    if (!known || filled === result || filled.length > LENGTH_LIMIT) return undefined
    result = filled
  }
  return result.includes('$') ? undefined : result
}
