import { useI18n } from 'vue-i18n'

import { spellingsOf, parseEntry } from '@/domain/entry'
import { isRef, randomId } from '@/domain/ids'
import { useConnection } from '@/stores/connection'
import { useDialogs } from '@/stores/dialogs'
import { useLanes } from '@/stores/lanes'
import { useLaneSets } from '@/stores/laneSets'
import { useModels } from '@/stores/models'
import { usePersonas } from '@/stores/personas'
import { useToasts } from '@/stores/toasts'

import { usePersonaActions } from './usePersonaActions'

/** A link to lanes opens a new conversation with them, and one back from a sign-in the tools; the address is plain again after that. */
export function useEntryLink(): void {
  const { t } = useI18n()
  const connection = useConnection()
  const personas = usePersonas()
  const lanes = useLanes()
  const models = useModels()
  const sets = useLaneSets()
  const toasts = useToasts()
  const dialogs = useDialogs()
  const actions = usePersonaActions()
  const wish = parseEntry(window.location.search)
  if (!wish.persona && !wish.set && !wish.tools && wish.models.length === 0) return
  window.history.replaceState(null, '', window.location.pathname)

  if (wish.tools) dialogs.sheet = 'tools'

  const places = wish.models.map((model) => ({ id: randomId(8), model }))
  place()
  const forget = connection.onReady(() => {
    forget()
    if (places.length > 0) void settle()
    else if (wish.set) void use(wish.set)
    else if (wish.persona) void begin(wish.persona)
  })

  /** They stand there at once: lanes that came with the list would take the place of one that is being set up. */
  function place(): void {
    const known = places.filter(({ model }) => isKnown(model))
    if (known.length > 0) void lanes.set(known)
  }

  /** A model that its server's list lacks may be there all the same; one of a server that is not here is none. */
  function isKnown(model: string): boolean {
    return isRef(model) && models.hasServer(model)
  }

  async function settle(): Promise<void> {
    await models.load()
    for (const { id, model: wanted } of places) {
      const model = spellingsOf(wanted).find((one) => models.find(one)) ?? wanted
      const placed = lanes.lanes.find((one) => one.id === id)
      if (placed?.model === wanted && model !== wanted) await lanes.change(id, { model })
      else if (!isKnown(model)) toasts.show(t('models.linkUnknown', { model: wanted.slice(0, 200) }), { tone: 'error' })
    }
  }

  async function use(name: string): Promise<void> {
    await sets.load()
    const found = sets.findNamed(name)
    if (found) await sets.use(found)
    else toasts.show(t('laneSets.unknown', { name: name.slice(0, 200) }), { tone: 'error' })
  }

  async function begin(persona: string): Promise<void> {
    try {
      await actions.begin(await personas.fetch(persona))
    } catch {
      toasts.show(t('personas.gone'), { tone: 'error' })
    }
  }
}
