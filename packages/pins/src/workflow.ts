import { isMap, isScalar, type Node } from 'yaml'
import { imagePin } from './image.js'
import { expandMatrix } from './matrix.js'
import { unknown } from './pin.js'
import { type Extraction, NOTHING, type Reference } from './reference.js'
import { usesKind, usesPin } from './uses.js'
import { YamlFile } from './yaml-file.js'

/** Deeper nesting than any workflow has. */
const DEPTH_LIMIT = 32
/** More references than this in one file are not a workflow that anybody reviews. */
const REFERENCE_LIMIT = 10_000

/** References of a workflow file: `uses:` of jobs and steps, `container:` and `services:`. Pure. */
export function extractWorkflow(file: string, text: string): Extraction {
  return extract(file, text, (yaml, walk) => {
    const jobs = yaml.get(yaml.root, 'jobs')
    if (jobs === undefined) yaml.problem(yaml.root, 'it has no `jobs`, so it is not a workflow')
    for (const job of jobs === undefined ? [] : yaml.values(jobs, '`jobs`')) {
      walk.uses(yaml.get(job, 'uses'))
      walk.image(yaml.get(job, 'container'), job)
      const services = yaml.get(job, 'services')
      for (const service of services === undefined ? [] : yaml.values(services, '`services`')) {
        walk.image(service, job)
      }
      walk.steps(yaml.get(job, 'steps'))
    }
  })
}

/** References of an action.yml: steps of a composite action, the image of a Docker action. Pure. */
export function extractAction(file: string, text: string): Extraction {
  return extract(file, text, (yaml, walk) => {
    const runs = yaml.get(yaml.root, 'runs')
    if (runs === undefined) yaml.problem(yaml.root, 'it has no `runs`, so it is not an action')
    walk.steps(yaml.get(runs, 'steps'))
    walk.dockerImage(yaml.get(runs, 'image'))
  })
}

function extract(file: string, text: string, visit: (yaml: YamlFile, walk: Walk) => void): Extraction {
  const yaml = YamlFile.parse(file, text)
  if ('because' in yaml) return { ...NOTHING, problems: [yaml] }
  const walk = new Walk(file, yaml)
  visit(yaml, walk)
  return { ...NOTHING, references: walk.references, problems: yaml.problems }
}

/** Collects references. A node behind an anchor is reported once, where it stands. */
class Walk {
  readonly references: Reference[] = []
  readonly #seen = new Map<Node, Set<string>>()
  #full = false
  readonly #file: string
  readonly #yaml: YamlFile

  constructor(file: string, yaml: YamlFile) {
    this.#file = file
    this.#yaml = yaml
  }

  steps(node: Node | undefined, depth = 0): void {
    if (node === undefined || this.#again(node)) return
    const items = this.#yaml.items(node)
    if (items === undefined || depth > DEPTH_LIMIT) {
      this.#yaml.problem(node, items ? 'its steps are nested too deeply' : '`steps` is not a list')
      return
    }
    for (const step of items) {
      if (this.#yaml.items(step)) this.steps(step, depth + 1)
      else if (!isMap(step)) this.#yaml.problem(step, 'a step is not a mapping')
      else {
        this.uses(this.#yaml.get(step, 'uses'))
        for (const key of ['parallel', 'steps']) {
          const block = this.#yaml.get(step, key)
          this.steps(isMap(block) ? this.#yaml.get(block, 'steps') : block, depth + 1)
        }
      }
    }
  }

  uses(node: Node | undefined): void {
    if (node === undefined || this.#again(node)) return
    const text = this.#text(node, '`uses`')
    if (text !== undefined) this.#add(node, { kind: usesKind(text), text, pin: usesPin(text) })
  }

  /** `container: x`, `container: { image: x }` and services alike. An empty text means no container. */
  image(node: Node | undefined, job: Node | undefined): void {
    const image = isMap(node) ? this.#yaml.get(node, 'image') : node
    if (image === undefined) return
    const written = this.#text(image, 'an image')
    if (written === undefined) return
    for (const { text, node } of expandMatrix(this.#yaml, job, written) ?? [{ text: written, node: image }]) {
      const name = text.replace(/^docker:\/\//, '')
      if (name !== '' && !this.#again(node, name))
        this.#add(node, { kind: 'image', text: name, pin: imagePin(name) })
    }
  }

  /** `runs.image`: an image behind docker://, or a Dockerfile of this checkout, which is examined by itself. */
  dockerImage(node: Node | undefined): void {
    const text = node && this.#text(node, '`runs.image`')
    if (node === undefined || text === undefined) return
    if (text.startsWith('docker://')) this.#add(node, { kind: 'image', text, pin: usesPin(text) })
    else if (text.includes('${{'))
      this.#add(node, { kind: 'image', text, pin: unknown('it is an expression') })
  }

  #add(node: Node, reference: Pick<Reference, 'kind' | 'text' | 'pin'>): void {
    if (this.references.length < REFERENCE_LIMIT) {
      this.references.push({ ...reference, file: this.#file, span: this.#yaml.span(node) })
      return
    }
    if (!this.#full) this.#yaml.problem(node, `it holds more than ${REFERENCE_LIMIT} references`)
    this.#full = true
  }

  #text(node: Node, what: string): string | undefined {
    if (isScalar(node) && typeof node.value === 'string') return node.value.trim()
    this.#yaml.problem(node, `${what} is not a text`)
    return undefined
  }

  /** Whether a node was visited before; one value of a matrix may stand for several texts. */
  #again(node: Node, text = ''): boolean {
    const texts = this.#seen.get(node) ?? new Set()
    this.#seen.set(node, texts)
    if (texts.has(text)) return true
    texts.add(text)
    return false
  }
}
