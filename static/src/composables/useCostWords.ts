import { useI18n } from 'vue-i18n'

import { useFormat } from '@/composables/useFormat'

interface Spent {
  readonly usd: number
  readonly answers: number
  readonly unknown_cost: number
}

/** Says what answers cost: free, at least so much where nobody knows of some, or that nobody knows; never zero for that. */
export function useCostWords() {
  const { t } = useI18n()
  const format = useFormat()

  return ({ usd, answers, unknown_cost }: Spent): string => {
    if (unknown_cost > 0 && (usd === 0 || unknown_cost === answers)) return t('costs.unknown')
    const known = usd === 0 ? t('costs.free') : format.money(usd)
    return unknown_cost > 0 ? t('costs.atLeast', { cost: known }) : known
  }
}
