import { describe, expect, it } from 'vitest'

import { cronOf, distanceOf, EVERY, isCron, NEW, whenOf } from './schedules'

describe('a schedule', () => {
  it.each([
    ['@hourly', { every: 'hour' }],
    ['0 * * * *', { every: 'hour' }],
    ['@daily', { every: 'day', at: '00:00' }],
    ['30 7 * * *', { every: 'day', at: '07:30' }],
    ['0  9 * *  mon-fri', { every: 'weekdays', at: '09:00' }],
    ['5 23 * * 1-5', { every: 'weekdays', at: '23:05' }],
    ['0 9 * * MON', { every: 'week', at: '09:00', weekday: 1 }],
    ['0 9 * * 7', { every: 'week', at: '09:00', weekday: 0 }],
    ['@weekly', { every: 'week', at: '00:00', weekday: 0 }],
    ['@monthly', { every: 'own', cron: '@monthly' }],
    ['30 * * * *', { every: 'own' }],
    ['0 9 * * mon,thu', { every: 'own' }],
    ['0 9 1 * mon', { every: 'own' }],
    ['0 9 * jan *', { every: 'own' }],
    ['*/5 9 * * *', { every: 'own' }],
    ['0 24 * * *', { every: 'own' }],
    ['0 9 * * jan', { every: 'own' }],
    ['', { every: 'own', cron: '' }],
  ])('that says %j is %o', (cron, when) => {
    expect(whenOf(cron)).toMatchObject(when)
  })

  it('is the same once it is written as cron and read again', () => {
    for (const every of EVERY) {
      for (const at of ['00:00', '09:05', '23:59']) {
        for (const weekday of [0, 3, 6]) {
          const when = { every, at, weekday, cron: '15 9 1,15 * *' }
          const cron = cronOf(when)
          expect(isCron(cron)).toBe(true)
          expect(cronOf(whenOf(cron))).toBe(cron)
          expect(whenOf(cron).every).toBe(every)
        }
      }
    }
  })

  it.each([
    '* * * * *',
    '0 9 * * mon-fri',
    '*/20 3 1 jan,jun *',
    '5/20 * * * *',
    '0,30 2 * * *',
    '1-5/2 * * * *',
    '@yearly',
    ' @Daily ',
    '0 0 13 * fri',
    '0 0 * * 0-7',
  ])('may say %j', (cron) => {
    expect(isCron(cron)).toBe(true)
  })

  it.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    'x * * * *',
    '*/0 * * * *',
    '5-1 * * * *',
    '1,,2 * * * *',
    '* * * jam *',
    '@never',
    '-1 * * * *',
    '1-2-3 * * * *',
    '*'.repeat(500),
    '٣ * * * *',
    'constructor',
    '* * * 0 *',
    '* * * * jan',
  ])('may not say %j', (cron) => {
    expect(isCron(cron)).toBe(false)
  })

  it('has no time that no person chose', () => {
    expect(cronOf(NEW)).toBe('0 9 * * *')
  })
})

it.each([
  [-5_000, { count: 0, unit: 'minute' }],
  [90_000, { count: 2, unit: 'minute' }],
  [3_590_000, { count: 1, unit: 'hour' }],
  [5 * 3_600_000, { count: 5, unit: 'hour' }],
  [34 * 3_600_000, { count: 34, unit: 'hour' }],
  [47.6 * 3_600_000, { count: 2, unit: 'day' }],
  [7 * 86_400_000, { count: 7, unit: 'day' }],
])('%i ms ahead is %o', (ms, distance) => {
  expect(distanceOf(ms)).toEqual(distance)
})
