import { Bot } from '@lucide/vue'
import { useI18n } from 'vue-i18n'

import { matchesQuery } from '@/domain/choosing'
import { foldText } from '@/domain/searching'
import type { Lane } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { useLanes } from '@/stores/lanes'
import { refOf, useModels } from '@/stores/models'
import { laneOf, usePersonas } from '@/stores/personas'

import type { Completion, CompletionSource } from './useCompletion'
import { useFailure } from './useFailure'

const MOST = 8

/** `@` calls a persona or a model: it takes the place of the only lane, and joins where there are several. */
export function useMentions(): CompletionSource {
  const { t } = useI18n()
  const chat = useChat()
  const lanes = useLanes()
  const models = useModels()
  const personas = usePersonas()
  const { attempt } = useFailure()

  function call(makeup: (model: string) => Pick<Lane, 'model' | 'system' | 'params'>): void {
    const [first, ...others] = lanes.lanes
    if (!first) return
    void attempt(() =>
      others.length === 0 ? lanes.change(first.id, makeup(first.model)) : lanes.add(makeup(first.model)),
    )
  }

  function find(query: string): Completion[] {
    if (chat.dialogue || chat.readonly) return []
    const words = foldText(query)
    const people = personas.personas
      .filter((persona) => foldText(persona.name).includes(words))
      .map((persona) => ({
        key: persona.id,
        label: persona.name,
        about: persona.description,
        picture: persona.picture,
        onChosen: () => call((model) => laneOf(persona, model)),
      }))
    const all = [
      ...new Set([
        ...models.favourites,
        ...models.recent,
        ...models.groups.flatMap((group) => group.models.map(refOf)),
      ]),
    ]
    const known = all.flatMap((ref) => {
      const model = models.find(ref)
      return model && matchesQuery(model, query) ? [model] : []
    })
    const listed = known.slice(0, MOST).map((model) => ({
      key: refOf(model),
      label: model.name || model.id,
      icon: Bot,
      about: model.server,
      onChosen: () => call(() => ({ model: refOf(model), system: '', params: {} })),
    }))
    return [...people.slice(0, MOST), ...listed].slice(0, MOST + 2)
  }

  return { mark: '@', label: t('personas.mention'), find }
}
