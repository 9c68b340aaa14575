import { createApp, h, nextTick, ref } from 'vue'
import { createI18n } from 'vue-i18n'

import { render as en } from '@/i18n/en/render'
import '@/styles/main.css'

import { MarkdownDocument } from '../document'
import MarkdownView from '../MarkdownView.vue'
import { Painter } from '../painter'
import { TEXTS } from './texts'

interface Row {
  text: string
  frames: number
  p50: number
  p95: number
  max: number
  /** Tasks over 50 ms while the text streamed through the component. */
  longTasks: number
  nodes: number
}

const CHARACTERS = 64

function makeColumn(): HTMLElement {
  const column = document.createElement('div')
  column.className = 'bench-column'
  document.body.append(column)
  return column
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Milliseconds of parsing, painting and layout of each step. */
async function stepCosts(source: string): Promise<number[]> {
  const column = makeColumn()
  const text = new MarkdownDocument()
  const painter = new Painter(column, en.render)
  const costs: number[] = []
  for (let end = CHARACTERS; end < source.length + CHARACTERS; end += CHARACTERS) {
    const start = performance.now()
    painter.paint(text.update(source.slice(0, end), true))
    void column.offsetHeight
    costs.push(performance.now() - start)
    if (costs.length % 20 === 0) await frame()
  }
  column.remove()
  return costs.sort((a, b) => a - b)
}

function frame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()))
}

function watchLongTasks(): () => number {
  let count = 0
  const observer = new PerformanceObserver((list) => (count += list.getEntries().length))
  observer.observe({ entryTypes: ['longtask'] })
  return () => {
    count += observer.takeRecords().length
    observer.disconnect()
    return count
  }
}

/** Streams into several components at once, a step a frame, as the page does with lanes. */
async function streamInto(lanes: number, source: string): Promise<{ longTasks: number; nodes: number }> {
  const column = makeColumn()
  const shown = ref('')
  const streaming = ref(true)
  const app = createApp({
    render: () =>
      Array.from({ length: lanes }, () => h(MarkdownView, { source: shown.value, streaming: streaming.value })),
  })
  app.use(createI18n({ legacy: false, locale: 'en', messages: { en } }))
  app.mount(column)
  await frame()
  const stop = watchLongTasks()
  performance.mark('streaming')
  for (let end = 0; end <= source.length; end += CHARACTERS) {
    shown.value = source.slice(0, end)
    await frame()
  }
  shown.value = source
  streaming.value = false
  await nextTick()
  for (let i = 0; i < 30; i++) await frame()
  performance.mark('streamed')
  const nodes = column.querySelectorAll('*').length
  app.unmount()
  column.remove()
  return { longTasks: stop(), nodes }
}

async function measure(text: string, source: string, lanes = 1): Promise<Row> {
  const costs = await stepCosts(source)
  const { longTasks, nodes } = await streamInto(lanes, source)
  return {
    text,
    frames: costs.length,
    p50: quantile(costs, 0.5),
    p95: quantile(costs, 0.95),
    max: costs.at(-1) ?? 0,
    longTasks,
    nodes,
  }
}

const LANES = 'three lanes'

/** All, or those that the address names: `?only=one table,three lanes`. */
async function run(): Promise<Row[]> {
  const only = new URLSearchParams(location.search).get('only')?.split(',')
  const names = only ?? [...Object.keys(TEXTS), LANES]
  await measure('warm-up', TEXTS['mixed 5 kB'] ?? '')
  const rows: Row[] = []
  for (const name of names) {
    const isLanes = name === LANES
    rows.push(await measure(name, TEXTS[isLanes ? 'mixed 20 kB' : name] ?? '', isLanes ? 3 : 1))
  }
  return rows
}

declare global {
  interface Window {
    benchResult?: Row[]
  }
}

void run().then((rows) => (window.benchResult = rows))
