import type { IncomingMessage } from 'node:http'
import type { Answer } from './answer.js'
import { FlightError, parseFlight } from './flight.js'
import type { Model } from './model.js'
import { score } from './score.js'

const MAX_BODY_BYTES = 1 << 20
const MAX_FLIGHTS = 5_000

/** Scores one flight (`{…}` gives `score`) or several (`[…]` gives `scores`, in their order). */
export async function predict(request: IncomingMessage, model: Model, version: string): Promise<Answer> {
  try {
    const body = await readBody(request)
    if (body === undefined) return refuse(413, `a request holds at most ${MAX_BODY_BYTES} bytes`)
    const input: unknown = JSON.parse(body)
    if (!Array.isArray(input)) return accept({ score: score(model, parseFlight(input)), version })
    if (input.length > MAX_FLIGHTS) return refuse(413, `a request holds at most ${MAX_FLIGHTS} flights`)
    return accept({ scores: input.map((flight) => score(model, parseFlight(flight))), version })
  } catch (error) {
    if (error instanceof SyntaxError) return refuse(400, 'the body is not JSON')
    if (error instanceof FlightError) return refuse(400, error.message)
    return refuse(500, 'the flight could not be scored')
  }
}

/** The body as text, or undefined once it is too long; the rest is then left unread. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length
    if (length > MAX_BODY_BYTES) return undefined
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function accept(body: object): Answer {
  return { status: 200, body }
}

function refuse(status: number, error: string): Answer {
  return { status, body: { error } }
}
