import { SluiceError } from '@sluice/errors'

/** A text with expressions, in parts. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: string }

/**
 * Splits at `${{ }}`. A `}}` inside a quoted string belongs to the string, as for GitHub's template reader.
 * @throws SluiceError EXPRESSION_INVALID when an expression has no end
 */
export function splitTemplate(template: string): Part[] {
  const parts: Part[] = []
  let from = 0
  for (;;) {
    const start = template.indexOf('${{', from)
    const text = start < 0 ? template.slice(from) : template.slice(from, start)
    if (text !== '') parts.push({ kind: 'text', text })
    if (start < 0) return parts
    const end = endOf(template, start + 3)
    parts.push({ kind: 'expression', expression: template.slice(start + 3, end).trim() })
    from = end + 2
  }
}

function endOf(template: string, from: number): number {
  let quoted = false
  for (let index = from; index < template.length; index++) {
    if (template[index] === "'") quoted = !quoted
    else if (!quoted && template.startsWith('}}', index)) return index
  }
  throw new SluiceError('EXPRESSION_INVALID', `\`${shown(template)}\` opens \${{ and does not close it.`, {
    remedy: 'Close the expression with `}}`, outside of quotes.',
  })
}

/** A template as one expression: the expression itself, or `format(…)` around the texts, as GitHub's reader makes it. */
export function asExpression(template: string): string {
  const parts = splitTemplate(template)
  const [first] = parts
  if (parts.length === 1 && first?.kind === 'expression') return first.expression
  if (parts.every(({ kind }) => kind === 'text')) return template
  const values: string[] = []
  const texts = parts.map((part) =>
    part.kind === 'text'
      ? part.text.replaceAll("'", "''").replaceAll('{', '{{').replaceAll('}', '}}')
      : `{${values.push(part.expression) - 1}}`,
  )
  return `format('${texts.join('')}', ${values.join(', ')})`
}

export function shown(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}
