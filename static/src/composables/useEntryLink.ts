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

  const lane = randomId(8)
  if (wish.model) place(wish.model)
  const forget = connection.onReady(() => {
    forget()
    void (wish.model ? settle(wish.model) : begin(wish.persona ?? ''))
  })

  /** Stands there at once: a lane that came with the list would take the place of one that is being set up. */
  function place(model: string): void {
    if (isKnown(model)) void lanes.set([{ id: lane, model }])
  }

  /** A model that its server's list lacks may be there all the same; one of a server that is not here is none. */
  function isKnown(model: string): boolean {
    return isRef(model) && models.hasServer(model)
  }

  async function settle(wanted: string): Promise<void> {
    await models.load()
    const model = spellings(wanted).find((one) => models.find(one)) ?? wanted
    const placed = lanes.lanes.find((one) => one.id === lane)
    if (placed?.model === wanted && model !== wanted) await lanes.change(lane, { model })
    else if (!isKnown(model)) toasts.show(t('models.linkUnknown', { model: wanted.slice(0, 200) }), { tone: 'error' })
  }

  async function begin(persona: string): Promise<void> {
    try {
      await actions.begin(await personas.fetch(persona))
    } catch {
      toasts.show(t('personas.gone'), { tone: 'error' })
    }
  }
}
