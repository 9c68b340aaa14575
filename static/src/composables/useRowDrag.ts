import { ref } from 'vue'

import { useConversationActions } from '@/composables/useConversationActions'
import { type ChatRow, useChats } from '@/stores/chats'
import { useSelection } from '@/stores/selection'

const KIND = 'application/x-divan-conversations'

/** Conversations dragged onto a folder, or out of theirs. One of several that are chosen takes the others along. */
export function useRowDrag() {
  const chats = useChats()
  const selection = useSelection()
  const organise = useConversationActions()
  /** The folder that they would fall into; '' for none. Null: nothing is dragged here. */
  const over = ref<string | null>(null)

  function onStart(event: DragEvent, row: ChatRow): void {
    const ids = selection.chosen.has(row.id) ? [...selection.chosen] : [row.id]
    event.dataTransfer?.setData(KIND, JSON.stringify(ids))
    if (event.dataTransfer) event.dataTransfer.effectAllowed = 'copyMove'
  }

  function folderAt(event: DragEvent): string {
    const element = event.target instanceof Element ? event.target : null
    const folder = element?.closest<HTMLElement>('[data-folder]')?.dataset.folder
    const id = element?.closest<HTMLElement>('[data-conversation]')?.dataset.conversation
    return folder ?? (id === undefined ? '' : (chats.find(id)?.folder ?? ''))
  }

  function onOver(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes(KIND) || !chats.filed) return
    event.preventDefault()
    over.value = folderAt(event)
  }

  function onLeave(event: DragEvent): void {
    const inside =
      event.currentTarget instanceof Element &&
      event.relatedTarget instanceof Node &&
      event.currentTarget.contains(event.relatedTarget)
    if (!inside) over.value = null
  }

  function onDrop(event: DragEvent): void {
    const text = event.dataTransfer?.getData(KIND)
    over.value = null
    if (!text) return
    event.preventDefault()
    const rows = (JSON.parse(text) as string[]).flatMap((id) => chats.find(id) ?? [])
    void organise.move(rows, folderAt(event) || null)
  }

  return { over, onStart, onOver, onLeave, onDrop }
}
