/** The name that a `Content-Disposition` header gives (RFC 6266); null where it gives none. */
export function fileNameIn(disposition: string | null): string | null {
  const encoded = /;\s*filename\*=utf-8''([^;\s]+)/i.exec(disposition ?? '')?.[1]
  if (encoded !== undefined) {
    try {
      return decodeURIComponent(encoded)
    } catch {
      // What was cut off on its way still has the plain name, or none.
    }
  }
  return /;\s*filename="((?:[^"\\]|\\.)*)"/i.exec(disposition ?? '')?.[1]?.replace(/\\(.)/g, '$1') ?? null
}
