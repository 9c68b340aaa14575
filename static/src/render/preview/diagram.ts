import address from 'mermaid/dist/mermaid.min.js?url'

/** Longer diagrams, and those with more edges, are not drawn. */
const LONGEST = 50_000
const MOST_EDGES = 500

let script: Promise<string> | null = null

/** Mermaid as text: it runs in a frame, never in this page. */
async function load(): Promise<string> {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`${answer.status}`)
  return answer.text()
}

export function isTooLong(diagram: string): boolean {
  return diagram.length > LONGEST
}

export async function diagramContent(
  diagram: string,
  isDark: boolean,
): Promise<{ script: string; diagram: string; options: object }> {
  script ??= load()
  try {
    return { script: await script, diagram, options: optionsFor(isDark) }
  } catch (error) {
    script = null
    throw error
  }
}

function optionsFor(isDark: boolean): object {
  return {
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    maxTextSize: LONGEST,
    maxEdges: MOST_EDGES,
    theme: isDark ? 'dark' : 'default',
    fontFamily: 'system-ui, sans-serif',
    // What is shown is a picture, and in that HTML has no place.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
  }
}
