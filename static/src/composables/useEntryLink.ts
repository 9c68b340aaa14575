import { useI18n } from 'vue-i18n'

import { wishOf } from '@/domain/entry'
import { randomId } from '@/domain/ids'
import { useConnection } from '@/stores/connection'
import { useLanes } from '@/stores/lanes'
import { usePersonas } from '@/stores/personas'
import { useToasts } from '@/stores/toasts'

import { usePersonaActions } from './usePersonaActions'

/** A link to a lane opens a new conversation with it; the address is plain again after that. */
export function useEntryLink(): void {
  const { t } = useI18n()
  const connection = useConnection()
  const personas = usePersonas()
  const lanes = useLanes()
  const toasts = useToasts()
  const actions = usePersonaActions()
  const wish = wishOf(window.location.search)
  if (!wish.persona && !wish.model) return
  window.history.replaceState(null, '', window.location.pathname)

  const forget = connection.onReady(() => {
    forget()
    void follow()
  })

  async function follow(): Promise<void> {
    if (wish.model) return lanes.set([{ id: randomId(8), model: wish.model }])
    try {
      await actions.begin(await personas.fetch(wish.persona ?? ''))
    } catch {
      toasts.show(t('personas.gone'), { tone: 'error' })
    }
  }
}
