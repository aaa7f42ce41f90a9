// Tables of figures, for a terminal and for a page. A table is `{title, head, rows}`, or `{title, text}`.

export const percent = (value, digits = 2) => `${(value * 100).toFixed(digits)} %`

export function textTable({title, head, rows, text}) {
  if (text !== undefined) return `\n${title}\n${text}\n`
  const all = [head, ...rows].map((row) => row.map((cell) => String(cell).replaceAll('**', '')))
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)))
  const line = (row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd()
  return `\n${title}\n${all.map((row) => `${line(row)}\n`).join('')}`
}

export function markdownTable({title, head, rows, text}) {
  if (text !== undefined) return `\n### ${title}\n\n${text}\n`
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`
  return `\n### ${title}\n\n${line(head)}${line(head.map((_, i) => (i === 0 ? '---' : '---:')))}${rows.map(line).join('')}`
}

/** Wilson's interval of a share, at 95 %: it holds for few cases and for shares near 0. */
export function wilson(count, n) {
  if (n === 0) return [0, 1]
  const z = 1.959964
  const share = count / n
  const middle = share + (z * z) / (2 * n)
  const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  const scale = 1 + (z * z) / n
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)]
}
