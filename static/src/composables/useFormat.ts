import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

import { regionOf } from '@/i18n'

const MINUTE = 60_000

/** To make one takes longer than all else that is done for a number, and clocks ask for theirs ten times a second. */
const formats = new Map<string, Intl.NumberFormat>()

function numberFormat(region: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = `${region} ${JSON.stringify(options)}`
  const known = formats.get(key) ?? new Intl.NumberFormat(region, options)
  formats.set(key, known)
  return known
}

/** Numbers and times in the words and digits of the page's language, in local time. */
export function useFormat() {
  const { t, locale } = useI18n()
  const region = computed(() => regionOf(locale.value))
  const plain = computed(() => numberFormat(region.value))
  const time = computed(() => new Intl.DateTimeFormat(region.value, { timeStyle: 'short' }))
  const clock = computed(() => new Intl.DateTimeFormat(region.value, { dateStyle: 'medium', timeStyle: 'short' }))

  function decimal(value: number, digits: number): string {
    return numberFormat(region.value, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)
  }

  /** With K and M in every language: Turkish writes B for a thousand, and that is a billion where models are named. */
  function compact(value: number): string {
    const [unit, sign] = value < 1_000 ? [1, ''] : value < 999_500 ? [1_000, 'K'] : [1_000_000, 'M']
    const scaled = value / unit
    return `${numberFormat(region.value, { maximumFractionDigits: scaled < 10 ? 1 : 0 }).format(scaled)}${sign}`
  }

  function duration(ms: number): string {
    if (ms < 1_000) return t('time.ms', { count: Math.round(ms) })
    if (ms < MINUTE) return t('time.s', { count: decimal(ms / 1_000, ms < 10_000 ? 1 : 0) })
    return t('time.min', { minutes: Math.floor(ms / MINUTE), seconds: Math.round((ms % MINUTE) / 1_000) })
  }

  /** For something that counts up before a reader's eyes: no flicker of units, no jumping width. */
  function ticking(ms: number): string {
    if (ms < MINUTE) return t('time.s', { count: decimal(Math.max(0, ms) / 1_000, 1) })
    return t('time.min', { minutes: Math.floor(ms / MINUTE), seconds: Math.floor((ms % MINUTE) / 1_000) })
  }

  function money(usd: number): string {
    const digits = usd >= 0.1 || usd === 0 ? { maximumFractionDigits: 2 } : { maximumSignificantDigits: 2 }
    return numberFormat(region.value, {
      style: 'currency',
      currency: 'USD',
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: usd >= 0.1 ? 2 : 0,
      ...digits,
    }).format(usd)
  }

  function bytes(count: number): string {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
    const step = Math.min(units.length - 1, Math.floor(Math.log(Math.max(count, 1)) / Math.log(1024)))
    const unit = units[step] ?? 'byte'
    return numberFormat(region.value, {
      style: 'unit',
      unit,
      // The short form of 48 bytes is `48 byte`.
      unitDisplay: step === 0 ? 'long' : 'short',
      maximumFractionDigits: step > 1 ? 1 : 0,
    }).format(count / 1024 ** step)
  }

  return {
    duration,
    ticking,
    money,
    bytes,
    compact,
    speed: (perSecond: number): string => t('figures.perSecond', { count: decimal(perSecond, perSecond < 10 ? 1 : 0) }),
    count: (value: number): string => plain.value.format(value),
    percent: (share: number): string => numberFormat(region.value, { style: 'percent' }).format(share),
    /** With its sign; what rounds to nothing has none. */
    change: (share: number): string =>
      numberFormat(region.value, { style: 'percent', signDisplay: 'exceptZero' }).format(share),
    time: (iso: string): string => time.value.format(new Date(iso)),
    moment: (iso: string): string => clock.value.format(new Date(iso)),
  }
}
