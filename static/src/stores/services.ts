import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import type { ModelInfo } from '@/protocol/types.gen'

import { useConnection } from './connection'
import { useModels } from './models'

/** What a new server may be. */
export interface ServiceChoice {
  readonly id: string
  readonly label: string
  readonly provider: string
  /** Null: the server knows it, or only the person does (`needs_address`). */
  readonly base_url: string | null
  readonly needs_key: boolean
  readonly needs_address: boolean
  /** A program that people run themselves. */
  readonly local: boolean
  readonly key_page: string | null
}

/** A program that answers on the server's machine. */
export interface FoundService {
  readonly service: string
  readonly label: string
  readonly base_url: string
  readonly models_count: number | null
  readonly needs_key: boolean
  /** The configured server that has this address. */
  readonly server: string | null
}

/** Who sees a server or a model; `groups` count where `visibility` says so. */
export interface Audience {
  readonly visibility: 'everyone' | 'groups' | 'staff'
  readonly groups: readonly string[]
}

export interface Server extends Audience {
  readonly name: string
  readonly provider: string
  readonly service: string | null
  readonly label: string
  readonly base_url: string | null
  readonly has_key: boolean
  readonly header_names: readonly string[]
  readonly group: string | null
  readonly connect_timeout: number | null
  readonly first_byte_timeout: number | null
  readonly chunk_timeout: number | null
  readonly max_concurrent: number | null
  readonly requests_per_minute: number | null
  readonly listed_only: boolean | null
  readonly enabled: boolean
  readonly order: number
  /** Its models give back what they are sent. */
  readonly only_repeats: boolean
  /** It holds models in memory, and can be told to download one. */
  readonly manages_models: boolean
  readonly in_environment: boolean
  readonly follows_environment: boolean
  readonly status: 'healthy' | 'slow' | 'unhealthy' | null
  readonly error: string | null
  readonly models_count: number | null
  readonly latency_ms: number | null
  readonly checked_at: string | null
}

export interface Check {
  readonly ok: boolean
  readonly latency_ms: number | null
  readonly models: readonly ModelInfo[]
  readonly advice: string | null
  readonly error: {
    readonly code: string
    readonly message: string
    readonly fault: 'key' | 'account' | 'address' | 'server' | 'divan'
    readonly detail: string
  } | null
  readonly elsewhere: { readonly provider: string; readonly base_url: string } | null
}

/** What an administrator has set for a model; null and empty: as its service has it. */
export interface ModelSettings extends Audience {
  readonly name: string
  readonly enabled: boolean
  readonly context_length: number | null
  readonly max_tokens: number | null
  readonly price_input: number | null
  readonly price_output: number | null
}

export interface ServerModel {
  readonly id: string
  readonly name: string
  readonly listed: boolean
  readonly context_length: number | null
  readonly pricing: { readonly input: number; readonly output: number } | null
  readonly capabilities: readonly string[]
  readonly set: ModelSettings | null
}

export type ServerChange = Partial<
  Pick<
    Server,
    | 'enabled'
    | 'order'
    | 'max_concurrent'
    | 'requests_per_minute'
    | 'listed_only'
    | 'group'
    | 'visibility'
    | 'groups'
    | 'connect_timeout'
    | 'first_byte_timeout'
    | 'chunk_timeout'
  >
> & { base_url?: string; key?: string | null; headers?: { [name: string]: string } | null; from_environment?: true }
export type NewServer = Omit<ServerChange, 'from_environment'> & { service?: string; name?: string; provider?: string }
export type ServerTry = {
  server?: string
  provider: string
  base_url: string
  key?: string
  headers?: { [name: string]: string }
}

/** Groups that were chosen before another choice was made are left behind. */
export function shownTo({ visibility, groups }: Audience): Audience {
  return { visibility, groups: visibility === 'groups' ? groups : [] }
}

/** What holds for a model for which nothing is set. */
export const UNSET: ModelSettings = {
  name: '',
  enabled: true,
  context_length: null,
  max_tokens: null,
  price_input: null,
  price_output: null,
  visibility: 'everyone',
  groups: [],
}
const SERVERS = '/api/servers'
const SERVICES = '/api/services'

/** The servers that an administrator keeps. What changes here is in every list of models at once. */
export const useServices = defineStore('services', () => {
  const connection = useConnection()
  const models = useModels()
  const servers = ref<readonly Server[] | null>(null)
  /** All groups of people that there are. */
  const groups = ref<readonly string[]>([])
  const choices = ref<readonly ServiceChoice[]>([])
  const found = ref<readonly FoundService[] | null>(null)
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
        connection.http.get<{ servers: Server[]; groups: string[] }>(SERVERS),
        connection.http.get<{ services: ServiceChoice[] }>(SERVICES),
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
      found.value = (await connection.http.post<{ found: FoundService[] }>(`${SERVICES}/discover`)).found
    } catch {
      found.value = []
    }
  }

  async function add(server: NewServer): Promise<Server> {
    const made = await connection.http.post<Server>(SERVERS, server)
    await changed()
    return made
  }

  async function change(name: string, to: ServerChange): Promise<void> {
    await connection.http.patch(at(name), to)
    await changed()
  }

  async function remove(name: string): Promise<void> {
    await connection.http.delete(at(name))
    await changed()
  }

  async function check(name: string): Promise<Check> {
    const outcome = await connection.http.post<Check>(`${at(name)}/check`)
    await changed()
    return outcome
  }

  /** Asks a server that is not kept, or not as it would be then. */
  function tryOut(server: ServerTry): Promise<Check> {
    return connection.http.post<Check>(`${SERVICES}/check`, server)
  }

  function modelsOf(name: string): Promise<{ models: ServerModel[]; groups: string[] }> {
    return connection.http.get(`${at(name)}/models`)
  }

  async function setModel(server: string, model: string, to: Partial<ModelSettings>): Promise<ModelSettings> {
    const settings = await connection.http.patch<ModelSettings>(modelAt(server, model), to)
    await models.load()
    return settings
  }

  async function forgetModel(server: string, model: string): Promise<void> {
    await connection.http.delete(modelAt(server, model))
    await models.load()
  }

  async function changed(): Promise<void> {
    await load()
    models.serve(
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

function at(name: string): string {
  return `${SERVERS}/${encodeURIComponent(name)}`
}

function modelAt(server: string, model: string): string {
  return `${at(server)}/models/${model.split('/').map(encodeURIComponent).join('/')}`
}
