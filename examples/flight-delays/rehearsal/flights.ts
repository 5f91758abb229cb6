import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** A held-out flight as a client of the model sends it. */
export interface FlightRequest {
  readonly date: string
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

/** The first `count` held-out flights of the Parquet file, in its order. */
export async function heldOutFlights(file: string, count: number): Promise<FlightRequest[]> {
  const rows = await parquetReadObjects({
    file: await asyncBufferFromFile(file),
    compressors,
    columns: ['date', 'distance', 'origin', 'destination'],
    rowEnd: count,
  })
  return rows.map(({ date, distance, origin, destination }) => ({
    // Parquet's timestamps carry no zone; the server takes the origin's wall clock.
    date: date instanceof Date ? date.toISOString().slice(0, 16) : String(date).slice(0, 16),
    distance: Number(distance),
    origin: String(origin),
    destination: String(destination),
  }))
}
