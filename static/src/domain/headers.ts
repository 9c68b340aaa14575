/** From one `Name: value` a line; null where a line is none. */
export function headersIn(text: string): { [name: string]: string } | null {
  const headers: { [name: string]: string } = {}
  for (const line of text
    .split('\n')
    .map((one) => one.trim())
    .filter(Boolean)) {
    const colon = line.indexOf(':')
    if (colon < 1) return null
    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim()
  }
  return headers
}
