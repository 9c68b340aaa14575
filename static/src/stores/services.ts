import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import type {
  CheckOut,
  ChoiceOut,
  FoundOut,
  ModelChange,
  ModelSettings,
  ModelsOfServer,
  NewServer,
  ServerChange,
  ServerSettings,
  ServerToTry,
} from '@/protocol/rest.gen'

import { useConnection } from './connection'
import { useModels } from './models'

/** Who sees a server or a model; `groups` count where `visibility` says so. */
export interface Audience {
  readonly visibility: 'everyone' | 'groups' | 'staff'
  readonly groups: string[]
}

export type {
  CheckOut as Check,
  ChoiceOut as ServiceChoice,
  FoundOut as FoundService,
  ModelChange,
  ModelOfServer as ServerModel,
  ModelSettings,
  NewServer,
  ServerChange,
  ServerSettings as Server,
  ServerToTry as ServerTry,
} from '@/protocol/rest.gen'

/** Groups that were chosen before another choice was made are left behind. */
export function audienceFields({ visibility, groups }: Audience): Audience {
  return { visibility, groups: visibility === 'groups' ? groups : [] }
}

type Sampling = 'temperature' | 'top_p' | 'top_k' | 'streaming' | 'thinking' | 'system_prompt' | 'capabilities'

/** What holds for a model for which nothing is set. */
export const UNSET: Omit<ModelSettings, 'candidates' | 'order' | Sampling> = {
  name: '',
  enabled: true,
  context_length: null,
  max_tokens: null,
  price_input: null,
  price_output: null,
  visibility: 'everyone',
  groups: [],
}

/** The servers that an administrator keeps. What changes here is in every list of models at once. */
export const useServices = defineStore('services', () => {
  const connection = useConnection()
  const models = useModels()
  const servers = ref<readonly ServerSettings[] | null>(null)
  /** All groups of people that there are. */
  const groups = ref<readonly string[]>([])
  const choices = ref<readonly ChoiceOut[]>([])
  const found = ref<readonly FoundOut[] | null>(null)
  const failed = ref(false)

  const enabled = computed(() => (servers.value ?? []).filter((server) => server.enabled))
  /** What runs on the server's machine and is no server here yet. */
  const offered = computed(() =>
    (found.value ?? []).filter((one) => !enabled.value.some((server) => server.name === one.server)),
  )

  async function load(): Promise<void> {
    failed.value = false
    try {
      const [known, offers] = await Promise.all([
        connection.http.call('GET /api/servers'),
        connection.http.call('GET /api/services'),
      ])
      servers.value = known.servers
      groups.value = known.groups
      choices.value = offers.services
    } catch {
      failed.value = true
    }
  }

  async function discover(): Promise<void> {
    try {
      found.value = (await connection.http.call('POST /api/services/discover')).found
    } catch {
      found.value = []
    }
  }

  async function add(server: NewServer): Promise<ServerSettings> {
    const made = await connection.http.call('POST /api/servers', { body: server })
    await changed()
    return made
  }

  async function change(name: string, to: ServerChange): Promise<void> {
    await connection.http.call('PATCH /api/servers/{name}', { path: { name }, body: to })
    await changed()
  }

  async function remove(name: string): Promise<void> {
    await connection.http.call('DELETE /api/servers/{name}', { path: { name } })
    await changed()
  }

  async function check(name: string): Promise<CheckOut> {
    const outcome = await connection.http.call('POST /api/servers/{name}/check', { path: { name } })
    await changed()
    return outcome
  }

  /** Asks a server that is not kept, or not as it would be then. */
  function tryOut(server: ServerToTry): Promise<CheckOut> {
    return connection.http.call('POST /api/services/check', { body: server })
  }

  function modelsOf(name: string): Promise<ModelsOfServer> {
    return connection.http.call('GET /api/servers/{name}/models', { path: { name } })
  }

  async function setModel(server: string, model: string, to: ModelChange): Promise<ModelSettings> {
    const settings = await connection.http.call('PATCH /api/servers/{name}/models/{model}', {
      path: { name: server, model },
      body: to,
    })
    await models.load()
    return settings
  }

  async function forgetModel(server: string, model: string): Promise<void> {
    await connection.http.call('DELETE /api/servers/{name}/models/{model}', { path: { name: server, model } })
    await models.load()
  }

  async function changed(): Promise<void> {
    await load()
    models.setServers(
      enabled.value.map((server) => ({
        name: server.name,
        onlyRepeats: server.only_repeats,
        managesModels: server.manages_models,
      })),
    )
    await models.load()
  }

  return {
    servers,
    groups,
    choices,
    found,
    offered,
    failed,
    load,
    discover,
    add,
    change,
    remove,
    check,
    tryOut,
    modelsOf,
    setModel,
    forgetModel,
  }
})
