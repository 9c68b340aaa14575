/** How the answers of a turn stand, by their number and the room there is. Pure. */
import type { Layout } from '@/stores/preferences'

export interface Arrangement {
  readonly kind: 'single' | 'columns' | 'grid' | 'tabs' | 'stack'
  readonly columns: number
  /** The answers do not stand in one row: a list of their names leads to each. */
  readonly strip: boolean
}

/** In rem: a column that is narrower is no pleasure to read. */
export const NARROWEST = 17
const GAP = 0.75
/** A name of which some letters can be read, with the sign before it. */
const SHORTEST_NAME = 4.7
/** A usual name of a model, and how many of them stand side by side in a wide window. */
const WHOLE_NAME = 12.5
const WIDE = 4
const NAME_GAP = 0.25
const NAME_HEIGHT = 2

/** `width`: in rem, of what the answers may fill. */
export function arrange(layout: Layout, count: number, width: number): Arrangement {
  if (count < 2) return { kind: 'single', columns: 1, strip: false }
  const fit = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)))
  const kind = kindFor(layout, count, fit)
  if (kind === 'tabs' || kind === 'stack') return { kind, columns: 1, strip: true }
  const columns = kind === 'grid' ? Math.min(fit, Math.ceil(Math.sqrt(count))) : Math.min(fit, count)
  return { kind, columns, strip: columns < count }
}

function kindFor(layout: Layout, count: number, fit: number): Exclude<Arrangement['kind'], 'single'> {
  if (layout === 'tabs' || layout === 'stack') return layout
  if (layout !== 'auto') return fit > 1 ? layout : 'stack'
  if (fit === 1) return 'tabs'
  return count <= fit ? 'columns' : 'grid'
}

export interface ShortStrip {
  readonly columns: number
  /** In rem. */
  readonly height: number
}

/**
 * The list of the answers' names on as few lines as it can have, each with its share of them; in a wide window on
 * so many that a name is read whole. `width`: in rem.
 */
export function shortStrip(count: number, width: number): ShortStrip {
  const fitting = (narrowest: number): number => Math.max(1, Math.floor((width + NAME_GAP) / (narrowest + NAME_GAP)))
  const whole = fitting(WHOLE_NAME)
  const lines = Math.ceil(count / (whole < WIDE ? fitting(SHORTEST_NAME) : whole))
  return { columns: Math.ceil(count / lines), height: lines * (NAME_HEIGHT + NAME_GAP) + NAME_GAP }
}
