import { nextTick, type Ref, type ShallowRef } from 'vue'

import { useConversationActions } from '@/composables/useConversationActions'
import { useChats } from '@/stores/chats'
import { useSelection } from '@/stores/selection'

import { hasMod } from './keys'

/** The list by keyboard: up and down, Space chooses, Shift+arrows a range, Delete throws away. */
export function useListKeys(
  scroller: Readonly<ShallowRef<HTMLElement | null>>,
  order: Readonly<Ref<readonly string[]>>,
  scrollTo: (id: string) => void,
) {
  const chats = useChats()
  const selection = useSelection()
  const organise = useConversationActions()

  function focused(event: KeyboardEvent): string | undefined {
    const link = event.target instanceof HTMLElement ? event.target.closest('a') : null
    return link?.closest<HTMLElement>('[data-conversation]')?.dataset.conversation
  }

  async function focus(id: string): Promise<void> {
    scrollTo(id)
    await nextTick()
    // The virtual list draws a line that has come into view in the next frame.
    requestAnimationFrame(() =>
      scroller.value?.querySelector<HTMLElement>(`[data-conversation="${id}"] a`)?.focus({ preventScroll: true }),
    )
  }

  function step(from: string, by: number, ranging: boolean): void {
    const to = order.value[order.value.indexOf(from) + by]
    if (to === undefined) return
    if (ranging) selection.extend(to, order.value, from)
    void focus(to)
  }

  function remove(id: string): void {
    const chosen = selection.active ? [...selection.chosen] : [id]
    void organise.trash(chosen.flatMap((one) => chats.find(one) ?? []))
  }

  function run(event: KeyboardEvent, id: string): boolean {
    if (event.key === 'ArrowDown') step(id, 1, event.shiftKey)
    else if (event.key === 'ArrowUp') step(id, -1, event.shiftKey)
    else if (event.key === ' ') selection.toggle(id)
    else if (event.key === 'Delete') remove(id)
    else if (event.key === 'Escape' && selection.active) selection.clear()
    else if (event.code === 'KeyA' && hasMod(event)) selection.choose(order.value)
    else return false
    return true
  }

  function onKey(event: KeyboardEvent): void {
    const id = focused(event)
    if (id === undefined || !run(event, id)) return
    event.preventDefault()
    event.stopPropagation()
  }

  return { onKey }
}
