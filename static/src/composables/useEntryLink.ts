import { useI18n } from 'vue-i18n'

import { spellings, wishOf } from '@/domain/entry'
import { isRef, randomId } from '@/domain/ids'
import { useConnection } from '@/stores/connection'
import { useLanes } from '@/stores/lanes'
import { useModels } from '@/stores/models'
import { usePersonas } from '@/stores/personas'
import { useToasts } from '@/stores/toasts'

import { usePersonaActions } from './usePersonaActions'

/** A link to a lane opens a new conversation with it; the address is plain again after that. */
export function useEntryLink(): void {
  const { t } = useI18n()
  const connection = useConnection()
  const personas = usePersonas()
  const lanes = useLanes()
  const models = useModels()
  const toasts = useToasts()
  const actions = usePersonaActions()
  const wish = wishOf(window.location.search)
  if (!wish.persona && !wish.model) return
  window.history.replaceState(null, '', window.location.pathname)

  const forget = connection.onReady(() => {
    forget()
    void follow()
  })

  /** A model that its server's list lacks may be there all the same; one of a server that is not here is none. */
  async function take(wanted: string): Promise<void> {
    await models.load()
    const model = spellings(wanted).find((one) => models.find(one)) ?? wanted
    if (isRef(model) && models.hasServer(model)) return lanes.set([{ id: randomId(8), model }])
    toasts.show(t('models.linkUnknown', { model: wanted.slice(0, 200) }), { tone: 'error' })
  }

  async function follow(): Promise<void> {
    if (wish.model) return take(wish.model)
    try {
      await actions.begin(await personas.fetch(wish.persona ?? ''))
    } catch {
      toasts.show(t('personas.gone'), { tone: 'error' })
    }
  }
}
