/** When a test set runs by itself: what a person chooses, and the cron that stands for it. Pure. */

export const EVERY = ['hour', 'day', 'weekdays', 'week', 'own'] as const
type Every = (typeof EVERY)[number]

/** `at`: `09:00`. `weekday`: 0 is Sunday. `cron`: of `own`; what else was chosen is kept, to be found again. */
export interface When {
  every: Every
  at: string
  weekday: number
  cron: string
}

const SHORT = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
])
const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
/** Minute, hour, day, month, weekday: the lowest and the highest number, and names. */
const FIELDS: readonly (readonly [number, number, readonly string[]])[] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, MONTHS],
  [0, 7, WEEKDAYS],
]
const LONGEST = 200
const PART = /^(?:\*|([a-z\d]{1,3})(?:-([a-z\d]{1,3}))?)(?:\/(\d{1,2}))?$/
const SIMPLE = /^(\d{1,2}) (\d{1,2}) \* \* (\*|1-5|[a-z\d]{1,3}|mon-fri)$/

export const NEW: When = { every: 'day', at: '09:00', weekday: 1, cron: '' }

export function cronOf({ every, at, weekday, cron }: When): string {
  const [hour, minute] = at.split(':').map(Number)
  switch (every) {
    case 'hour':
      return '0 * * * *'
    case 'day':
      return `${minute} ${hour} * * *`
    case 'weekdays':
      return `${minute} ${hour} * * 1-5`
    case 'week':
      return `${minute} ${hour} * * ${weekday}`
    case 'own':
      return cron.trim()
  }
}

/** Whatever is not one of the plain ones is one's `own`. */
export function whenOf(cron: string): When {
  const whole = fieldsOf(cron).join(' ')
  if (whole === '0 * * * *') return { ...NEW, every: 'hour', cron }
  const found = isCron(cron) ? SIMPLE.exec(whole) : null
  if (!found) return { ...NEW, every: 'own', cron }
  const [, minute = '', hour = '', days = ''] = found
  return { ...NEW, ...daysOf(days), at: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`, cron }
}

function daysOf(days: string): Partial<When> {
  if (days === '*') return { every: 'day' }
  if (days === '1-5' || days === 'mon-fri') return { every: 'weekdays' }
  return { every: 'week', weekday: numberOf(days, WEEKDAYS) % 7 }
}

/** Whether the server takes it, as far as its form goes: it also wants a moment to come within years. */
export function isCron(cron: string): boolean {
  const fields = fieldsOf(cron)
  return (
    cron.length <= LONGEST &&
    fields.length === FIELDS.length &&
    fields.every((field, place) => field.split(',').every((part) => isPart(part, place)))
  )
}

function fieldsOf(cron: string): string[] {
  const typed = cron.trim().toLowerCase()
  return (SHORT.get(typed) ?? typed).split(/\s+/)
}

function isPart(part: string, place: number): boolean {
  const [lowest, highest, names] = FIELDS[place] ?? [0, 0, []]
  const found = PART.exec(part)
  if (!found || Number(found[3] ?? 1) < 1) return false
  if (found[1] === undefined) return true
  const first = numberOf(found[1], names)
  const last = found[2] === undefined ? first : numberOf(found[2], names)
  return lowest <= first && first <= last && last <= highest
}

/** NaN where it is none. */
function numberOf(typed: string, names: readonly string[]): number {
  if (/^\d+$/.test(typed)) return Number(typed)
  const place = names.indexOf(typed)
  return place < 0 ? Number.NaN : place
}

/** How far off a moment is: in minutes for an hour, in hours for two days. */
export function distanceOf(ms: number): { count: number; unit: 'minute' | 'hour' | 'day' } {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  if (minutes < 60) return { count: minutes, unit: 'minute' }
  const hours = Math.round(minutes / 60)
  return hours < 48 ? { count: hours, unit: 'hour' } : { count: Math.round(hours / 24), unit: 'day' }
}
