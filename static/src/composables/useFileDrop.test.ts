// @vitest-environment jsdom

import { afterEach, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

import { useFileDrop } from './useFileDrop'

const scopes: ReturnType<typeof effectScope>[] = []

afterEach(() => {
  for (const scope of scopes.splice(0)) scope.stop()
})

function taker(): { take: ReturnType<typeof vi.fn>; isDragging: () => boolean; stop: () => void } {
  const scope = effectScope()
  scopes.push(scope)
  const take = vi.fn()
  const drop = scope.run(() => useFileDrop(take))
  return { take, isDragging: () => drop?.dragging.value ?? false, stop: () => scope.stop() }
}

const bread = new File(['flour'], 'bread.txt')

/** Whether the browser is kept from its own way with it, and what is to be done with what is dropped. */
function drag(type: string, types = ['Files']): { prevented: boolean; effect: string } {
  const dataTransfer = { types, files: [bread], items: [{ type: 'text/plain' }], dropEffect: 'move' }
  const event = Object.assign(new Event(type, { bubbles: true, cancelable: true }), { dataTransfer })
  document.body.dispatchEvent(event)
  return { prevented: event.defaultPrevented, effect: dataTransfer.dropEffect }
}

it('takes files that are dropped anywhere, and shows that it would while they are over the window', () => {
  const { take, isDragging } = taker()
  drag('dragenter')
  drag('dragenter')
  drag('dragleave')
  expect(isDragging()).toBe(true)
  drag('dragleave')
  expect(isDragging()).toBe(false)
  drag('dragenter')
  expect(drag('dragover').prevented).toBe(true)
  expect(drag('drop').prevented).toBe(true)
  expect(isDragging()).toBe(false)
  expect(take.mock.calls).toEqual([[[bread]]])
})

it('gives them to whoever came last, until that goes', () => {
  const [page, dialog] = [taker(), taker()]
  drag('drop')
  expect([page.take.mock.calls.length, dialog.take.mock.calls.length]).toEqual([0, 1])
  dialog.stop()
  drag('drop')
  expect([page.take.mock.calls.length, dialog.take.mock.calls.length]).toEqual([1, 1])
})

it.each(['dragenter', 'dragover', 'drop'])('leaves a drag without files to others: %s', (type) => {
  const { take, isDragging } = taker()
  expect(drag(type, ['text/plain'])).toEqual({ prevented: false, effect: 'move' })
  expect(isDragging()).toBe(false)
  expect(take).not.toHaveBeenCalled()
})
