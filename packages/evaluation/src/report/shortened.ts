/** A value out of a file as a message shows it: a hostile one may be as long as a field may be. */
export function shortened(text: string, limit = 80): string {
  const characters = Array.from(text.slice(0, 2 * limit + 2))
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : text
}
