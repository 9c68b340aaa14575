import type { Council } from '@/protocol/types.gen'

export interface HeldCouncil {
  readonly places: readonly { n: number; points: number }[]
  readonly rankings: readonly { model: string; order: number[]; reason?: string }[]
  readonly minority: readonly string[]
  readonly agreement: number | null
}

/** As a file may hold it: what makes no sense is passed over. */
export function councilOf(council: Partial<Council>): HeldCouncil {
  const lists = [council.places, council.rankings, council.minority].map((one) =>
    Array.isArray(one) ? (one as unknown[]) : [],
  )
  const [places = [], rankings = [], minority = []] = lists
  return {
    places: places.filter(
      (one): one is HeldCouncil['places'][number] =>
        typeof (one as { n?: unknown })?.n === 'number' && typeof (one as { points?: unknown }).points === 'number',
    ),
    rankings: rankings.flatMap((one) => {
      const { model, order, reason } = (one ?? {}) as { model?: unknown; order?: unknown; reason?: unknown }
      if (typeof model !== 'string') return []
      const numbers = Array.isArray(order) ? order.filter((number): number is number => typeof number === 'number') : []
      return [typeof reason === 'string' ? { model, order: numbers, reason } : { model, order: numbers }]
    }),
    minority: minority.filter((one): one is string => typeof one === 'string'),
    agreement: typeof council.agreement === 'number' ? council.agreement : null,
  }
}
