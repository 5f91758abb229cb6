import { oneLine } from '@sluice/verdict'

/** One word of a POSIX shell, on one line and without what would end a block of code, whatever it is made of. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  return `'${oneLine(text).replaceAll('`', '').replaceAll("'", `'\\''`)}'`
}
