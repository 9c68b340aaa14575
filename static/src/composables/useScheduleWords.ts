import { useI18n } from 'vue-i18n'

import { distanceOf, whenOf } from '@/domain/schedules'
import { regionOf } from '@/i18n'

/** 1 January 2023 is a Sunday. */
const SUNDAY = Date.UTC(2023, 0, 1)
const DAY_MS = 86_400_000

/** When a test set runs by itself, in the words of the page's language. */
export function useScheduleWords() {
  const { t, locale } = useI18n()
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone

  function weekday(number: number): string {
    return new Intl.DateTimeFormat(regionOf(locale.value), { weekday: 'long', timeZone: 'UTC' }).format(
      SUNDAY + number * DAY_MS,
    )
  }

  function clock(at: string): string {
    return shortTime('UTC').format(Date.parse(`2023-01-01T${at}Z`))
  }

  function shortTime(timeZone: string): Intl.DateTimeFormat {
    return new Intl.DateTimeFormat(regionOf(locale.value), { timeStyle: 'short', timeZone })
  }

  /** In its own time zone, which is named where it is another than here. */
  function words(cron: string, zone: string): string {
    const when = whenOf(cron)
    const said = t(`testsets.schedule.when.${when.every}`, { at: clock(when.at), weekday: weekday(when.weekday), cron })
    return zone === here ? said : `${said} (${zone})`
  }

  /** `Tuesday, 1 December at 09:00 (in 24 hours)`. */
  function moment(iso: string, zone: string, now = Date.now()): string {
    const at = new Date(iso)
    const timeZone = known(zone)
    const hour = shortTime(timeZone).resolvedOptions().hour12 ? 'numeric' : '2-digit'
    const shape: Intl.DateTimeFormatOptions = {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      hour,
      minute: '2-digit',
      timeZone,
    }
    if (at.getFullYear() !== new Date(now).getFullYear()) shape.year = 'numeric'
    const { count, unit } = distanceOf(at.getTime() - now)
    const away = new Intl.RelativeTimeFormat(locale.value).format(count, unit)
    return `${new Intl.DateTimeFormat(regionOf(locale.value), shape).format(at)} (${away})`
  }

  /** The server may know zones of which this browser has not heard. */
  function known(zone: string): string {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
    } catch {
      return here
    }
  }

  /** All of which one can choose, with that of this machine and `chosen`. */
  function zones(chosen: string): string[] {
    return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', here, chosen])].toSorted()
  }

  return { weekday, words, moment, zones, here }
}
