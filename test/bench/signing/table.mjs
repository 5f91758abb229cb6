export const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]

/** Prints rows under a title, the first column to the left, numbers to the right. */
export function printTable(title, columns, rows) {
  const cells = [columns, ...rows.map((row) => row.map(String))]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index].length)))
  console.log(title)
  for (const row of cells) {
    console.log(
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
    )
  }
  console.log()
}
