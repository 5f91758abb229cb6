/** Decimals at which the last digit of an interval still means something: one tenth of its half width. */
function decimals({ low, high }: { readonly low: number; readonly high: number }): number {
  const half = (high - low) / 2
  if (!(half > 0) || !Number.isFinite(half)) return 4
  return Math.min(8, Math.max(3, Math.ceil(-Math.log10(half)) + 1))
}

type Width = { readonly low: number; readonly high: number }

/** A number with as many decimals as its interval carries; four significant digits without one. */
export function amount(value: number, width?: Width): string {
  if (!Number.isFinite(value)) return String(value)
  const text = width === undefined ? String(+value.toPrecision(4)) : value.toFixed(decimals(width))
  return text.replace('-', '−')
}

/** A difference, with its sign. */
export function signed(value: number, width?: Width): string {
  const text = amount(value, width)
  return value > 0 ? `+${text}` : text
}

/** `95 %` */
export function level(confidence: number): string {
  return `${+(confidence * 100).toFixed(2)} %`
}
