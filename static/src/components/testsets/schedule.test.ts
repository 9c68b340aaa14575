// @vitest-environment jsdom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, type Pinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Case, TestSet } from '@/domain/testsets'
import { type Language, loadMessages, makeI18n } from '@/i18n'
import type { Schedule } from '@/protocol/rest.gen'
import { useConnection } from '@/stores/connection'
import { FakeServer } from '@/transport/fake'
import { Http, HttpError, type Operation } from '@/transport/http'
import { englishI18n } from '@/testing/i18n'

import ScheduleForm from './ScheduleForm.vue'
import ScheduleLine from './ScheduleLine.vue'

const WEEKDAYS: Schedule = {
  cron: '0 9 * * mon-fri',
  timezone: 'Europe/Istanbul',
  lanes: [{ model: 'echo/echo' }],
  repeat: 1,
  next: '2026-12-01T06:00:00.000Z',
}
const ESTIMATE = { answers: 2, lanes: [], judge: null, usd: 0.25, complete: true }

let pinia: Pinia
let shown: VueWrapper
const post = vi.fn()
const put = vi.fn()
const keep = vi.fn<(body: object) => Promise<boolean>>()
const drop = vi.fn<() => Promise<boolean>>()

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-30T06:00:00Z') })
  localStorage.clear()
  pinia = createPinia()
  setActivePinia(pinia)
  const server = new FakeServer()
  const connection = useConnection()
  connection.start(server.transport(), new Http(server.fetch), () => {})
  post.mockReset().mockResolvedValue(ESTIMATE)
  put.mockReset().mockResolvedValue({ schedule: WEEKDAYS })
  keep.mockReset().mockResolvedValue(true)
  drop.mockReset().mockResolvedValue(true)
  vi.spyOn(connection.http, 'call').mockImplementation(((name: Operation, given: { body: object }) =>
    (name.startsWith('POST') ? post : put)(connection.http.addressOf(name, given), given.body)) as never)
})

afterEach(() => {
  shown.unmount()
  vi.useRealTimers()
})

async function open(
  schedule: Schedule | null,
  cases: Case[] = [{ text: 'Hello?', checks: [] }],
  last: object | null = null,
): Promise<void> {
  const stored = cases.map((one, place) => ({ id: `case-${place}`, ...one }))
  const testset: TestSet = {
    format: 1,
    id: '20261120-104233-k3v9x2qd',
    owner: 'me',
    name: 'Daily',
    cases: stored,
    schedule,
  }
  shown = mount(ScheduleForm, {
    props: { testset, last: last as never, keep, drop },
    global: { plugins: [pinia, englishI18n()] },
  })
  await settle()
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(500)
  await flushPromises()
}

async function choose(label: string, value: string | number): Promise<void> {
  const field = shown.findAll('label').find((one) => one.get('span').text() === label)
  await field?.get('select, input').setValue(value)
  await settle()
}

const save = (): HTMLButtonElement => shown.get('button[type=submit]').element as HTMLButtonElement

describe('the form of a schedule', () => {
  it.each([
    ['hour', [], '0 * * * *'],
    ['day', [['Time', '07:30']], '30 7 * * *'],
    ['weekdays', [['Time', '09:00']], '0 9 * * 1-5'],
    [
      'week',
      [
        ['Day of the week', 5],
        ['Time', '18:05'],
      ],
      '5 18 * * 5',
    ],
    ['own', [['Cron expression', ' 0 9 1,15 * * ']], '0 9 1,15 * *'],
  ] as const)('keeps what is chosen: %s', async (every, fields, cron) => {
    await open(WEEKDAYS)
    await choose('Runs', every)
    for (const [label, value] of fields) await choose(label, value)
    await choose('Time zone', 'Asia/Tokyo')
    await shown.get('form').trigger('submit')
    await flushPromises()
    expect(keep).toHaveBeenCalledExactlyOnceWith({
      cron,
      timezone: 'Asia/Tokyo',
      lanes: [{ model: 'echo/echo' }],
      judge: null,
      repeat: 1,
    })
    expect(shown.emitted('done')).toHaveLength(1)
  })

  it('begins with the schedule that there is, and says what a run costs and when the next one is', async () => {
    await open({ ...WEEKDAYS, repeat: 4 })
    expect(shown.findAll('select, input').map((field) => (field.element as HTMLInputElement).value)).toEqual([
      'weekdays',
      '09:00',
      'Europe/Istanbul',
      '4',
    ])
    expect(shown.get('[role=status]').text()).toBe('2 requests, about $0.25')
    expect(shown.text()).toContain('Next run: Tuesday, December 1 at 9:00')
    expect(put).toHaveBeenCalledWith(
      '/api/testsets/20261120-104233-k3v9x2qd/schedule',
      expect.objectContaining({ cron: '0 9 * * 1-5', repeat: 4, dry_run: true }),
    )
    expect([keep.mock.calls, drop.mock.calls]).toEqual([[], []])
  })

  it('begins with the models of the last run, in the time zone of the person, where there is none yet', async () => {
    await open(null, undefined, { lanes: [{ id: 'l1', model: 'echo/echo' }], judge: null, repeat: 3 })
    await shown.get('form').trigger('submit')
    const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(keep).toHaveBeenCalledExactlyOnceWith({
      cron: '0 9 * * *',
      timezone,
      lanes: [{ model: 'echo/echo' }],
      judge: null,
      repeat: 3,
    })
    expect(shown.text()).not.toContain('Remove schedule')
  })

  it('keeps the system prompts and parameters of lanes, which it does not show', async () => {
    const lanes = [
      { model: 'echo/echo', system: 'Be brief.' },
      { model: 'echo/echo', params: { temperature: 0 } },
    ]
    await open({ ...WEEKDAYS, lanes })
    await choose('Time', '10:00')
    await shown.get('form').trigger('submit')
    expect(keep.mock.calls[0]?.[0]).toMatchObject({ cron: '0 10 * * 1-5', lanes })
  })

  it('asks nothing and keeps nothing while the expression is none', async () => {
    await open(WEEKDAYS)
    put.mockClear()
    await choose('Runs', 'own')
    put.mockClear()
    await choose('Cron expression', '0 25 * * *')
    expect(shown.text()).toContain('This is not a cron expression.')
    expect(shown.get('input[aria-invalid=true]').attributes('aria-describedby')).toBe(
      shown.get('small.wrong').attributes('id'),
    )
    expect([put.mock.calls, save().disabled]).toEqual([[], true])
    await choose('Cron expression', '0 23 * * *')
    expect([shown.text().includes('This is not'), save().disabled]).toEqual([false, false])
  })

  it('says why the server would not take it', async () => {
    put.mockRejectedValue(new HttpError(400, 'invalid', 'This schedule names no moment in the next years.', false))
    await open({ ...WEEKDAYS, cron: '0 0 31 2 *' })
    expect([shown.get('[role=status]').text(), save().disabled]).toEqual([
      'This schedule names no moment in the next years.',
      true,
    ])
  })

  it('waits for a judge where cases need one', async () => {
    const judged: Case[] = [{ text: 'Hello?', checks: [{ kind: 'judge', value: 'polite' }] }]
    await open(WEEKDAYS, judged)
    expect([post.mock.calls, save().disabled]).toEqual([[], true])
    shown.unmount()
    await open({ ...WEEKDAYS, judge: 'echo/judge' }, judged)
    await shown.get('form').trigger('submit')
    expect(keep.mock.calls[0]?.[0]).toMatchObject({ judge: 'echo/judge' })
  })

  it('removes the schedule, and stays open where that did not work', async () => {
    await open(WEEKDAYS)
    drop.mockResolvedValueOnce(false)
    await shown.get('button.remove').trigger('click')
    await flushPromises()
    expect(shown.emitted('done')).toBeUndefined()
    await shown.get('button.remove').trigger('click')
    await flushPromises()
    expect([shown.emitted('done')?.length, keep.mock.calls]).toEqual([1, []])
  })
})

describe('the line of a schedule', () => {
  async function line(schedule: Schedule, language: Language = 'en'): Promise<string> {
    shown = mount(ScheduleLine, {
      props: { schedule },
      global: { plugins: [pinia, makeI18n(language, await loadMessages(language))] },
    })
    return shown.text().replaceAll(/\s+/g, ' ')
  }

  it.each([
    ['en', 'Runs on weekdays at 9:00 AM (Europe/Istanbul)', 'Next run: Tuesday, December 1 at 9:00 AM (in 24 hours)'],
    [
      'tr',
      'Hafta içi her gün çalışır, saat 09:00 (Europe/Istanbul)',
      'Sonraki çalıştırma: 1 Aralık Salı 09:00 (24 saat sonra)',
    ],
    [
      'ru',
      'Запускается по будням в 09:00 (Europe/Istanbul)',
      'Следующий прогон: вторник, 1 декабря в 09:00 (через 24 часа)',
    ],
  ] as const)('says when it runs and when next in words: %s', async (language, words, next) => {
    const text = await line(WEEKDAYS, language)
    expect(text).toContain(words)
    expect(text).toContain(next)
    expect(shown.find('[role=alert]').exists()).toBe(false)
  })

  it.each([
    ['0 * * * *', 'Runs every hour'],
    ['30 7 * * *', 'Runs daily at 7:30 AM'],
    ['0 18 * * fri', 'Runs weekly: Friday at 6:00 PM'],
    ['0 0 * * 0', 'Runs weekly: Sunday at 12:00 AM'],
    ['*/5 9 * * *', 'Runs by cron: */5 9 * * *'],
  ])('reads %s as “%s”', async (cron, words) => {
    expect(await line({ ...WEEKDAYS, cron })).toContain(words)
  })

  it('says why the last run did not begin', async () => {
    await line({ ...WEEKDAYS, problem: 'Your budget is used up.' })
    expect(shown.get('[role=alert]').text()).toBe('The last run did not begin: Your budget is used up.')
  })

  it('tells the year where it is another, and holds against zones that this browser does not know', async () => {
    expect(await line({ ...WEEKDAYS, next: '2028-02-29T06:00:00.000Z' })).toContain('February 29, 2028')
    shown.unmount()
    expect(await line({ ...WEEKDAYS, timezone: 'Mars/Olympus' })).toContain('(Mars/Olympus)')
  })
})
