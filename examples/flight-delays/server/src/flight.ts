/** A flight at departure, with its times already taken apart. */
export interface Flight {
  readonly minuteOfDay: number
  /** Monday is 0. */
  readonly weekday: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

export class FlightError extends Error {
  override name = 'FlightError'
}

const WALL_CLOCK = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::\d\d(?:\.\d{1,9})?)?$/
const AIRPORT = /^[A-Z]{3}$/
const MAX_MILES = 20_000

/**
 * Checks what a client sent. `date` is the local time at the origin, `2001-06-25T14:35`; a time with
 * a zone is refused, because shifted to another clock it would be scored as another flight.
 * @throws FlightError that names the field, what was found and what was expected
 */
export function parseFlight(value: unknown): Flight {
  const { date, distance, origin, destination } = Object(value) as Record<string, unknown>
  return {
    ...parseDate(date),
    distance: parseDistance(distance),
    origin: parseAirport('origin', origin),
    destination: parseAirport('destination', destination),
  }
}

function parseDate(text: unknown): Pick<Flight, 'minuteOfDay' | 'weekday'> {
  const parts = typeof text === 'string' ? WALL_CLOCK.exec(text) : null
  if (!parts) throw wrong('date', text, 'local time at the origin without a zone, as 2001-06-25T14:35')
  const [year, month, day, hour, minute] = parts.slice(1, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const midnight = new Date(Date.UTC(year, month - 1, day))
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day || hour > 23 || minute > 59) {
    throw wrong('date', text, 'a day and time that exist')
  }
  return { minuteOfDay: hour * 60 + minute, weekday: (midnight.getUTCDay() + 6) % 7 }
}

function parseDistance(value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= MAX_MILES) return value
  throw wrong('distance', value, `miles, above 0 and at most ${MAX_MILES}`)
}

function parseAirport(field: string, value: unknown): string {
  if (typeof value === 'string' && AIRPORT.test(value)) return value
  throw wrong(field, value, 'an airport code of three capital letters')
}

function wrong(field: string, found: unknown, expected: string): FlightError {
  const shown = (JSON.stringify(found) ?? 'nothing').slice(0, 60)
  return new FlightError(`${field}: found ${shown}, expected ${expected}`)
}
