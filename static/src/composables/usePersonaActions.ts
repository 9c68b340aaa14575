import { nextTick } from 'vue'
import { useI18n } from 'vue-i18n'

import { boot } from '@/boot'
import { randomId } from '@/domain/ids'
import { useDialogs } from '@/stores/dialogs'
import { useLanes } from '@/stores/lanes'
import { laneOf, linkTo, type Persona, usePersonas } from '@/stores/personas'
import { useToasts } from '@/stores/toasts'

import { focusComposer } from './focusComposer'
import { copyText } from './useClipboard'
import { useFailure } from './useFailure'
import { useLocation } from './useLocation'

export function usePersonaActions() {
  const { t } = useI18n()
  const personas = usePersonas()
  const lanes = useLanes()
  const dialogs = useDialogs()
  const location = useLocation()
  const toasts = useToasts()
  const { attempt } = useFailure()

  /** A new conversation with that persona as its one lane. */
  async function begin(persona: Persona): Promise<void> {
    const model = lanes.lanes[0]?.model ?? boot.defaultModel
    dialogs.sheet = null
    location.go(null)
    // The conversation that was open is left first: its lanes stay as they are.
    await nextTick()
    await attempt(() => lanes.set([{ id: randomId(8), ...laneOf(persona, model) }]))
    focusComposer()
  }

  /** A link that others cannot follow is no link: copying it shares the persona. */
  async function copyLink(persona: Persona): Promise<void> {
    await attempt(async () => {
      if (persona.mine && !persona.shared) await personas.share(persona, true)
      if (await copyText(linkTo(persona))) toasts.show(t('personas.linkCopied'))
    })
  }

  async function remove(persona: Persona): Promise<void> {
    const { name } = persona
    const sure = await dialogs.ask({
      title: t('personas.removeAsk', { name }),
      confirm: t('common.delete'),
      danger: true,
    })
    if (sure !== null && (await attempt(() => personas.remove(persona.id))))
      toasts.show(t('personas.removed', { name }))
  }

  return { begin, copyLink, remove }
}
