import { TFMA_COLUMN } from '../harness/tfma/tfma.js'
import { columnNames } from '../table/column-names.js'
import { type InputFormat, inputFormat } from '../table/read.js'

/**
 * Tells what a file holds, as `inputFormat` does, but for what TensorFlow Model Analysis writes as Parquet: it is no
 * table of predictions.
 * @throws SluiceError TABLE_FORMAT_UNKNOWN, TABLE_MALFORMED, TABLE_TOO_LARGE
 */
export async function fileFormat(file: string, bytes: Uint8Array): Promise<InputFormat> {
  const format = inputFormat(file, bytes)
  if (format !== 'parquet' || !/^(metrics|validations)/.test(file.slice(file.lastIndexOf('/') + 1)))
    return format
  return (await columnNames(file, bytes, format)).includes(TFMA_COLUMN) ? 'summary' : format
}
