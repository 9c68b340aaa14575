import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { boot, type BootServer } from '@/boot'
import { AUTO, shortModel, splitRef } from '@/domain/ids'
import type { ModelInfo } from '@/protocol/types.gen'

import { useConnection } from './connection'
import { syncedRef } from './synced'

export interface Health {
  status: 'healthy' | 'slow' | 'unhealthy'
  available: boolean
  latency_ms: number | null
  models_count: number | null
  error: string | null
  checked_at: string | null
}

export interface ServerGroup {
  server: string
  health: Health | null
  models: ModelInfo[]
}

const RECENT_COUNT = 5
const AVERAGE = 1_000

export function refOf(model: ModelInfo): string {
  return `${model.server}/${model.id}`
}

/** The models of all servers and how each server does. Nothing here waits for a server that hangs. */
export const useModels = defineStore('models', () => {
  const connection = useConnection()
  const byServer = ref<{ [server: string]: ModelInfo[] }>({})
  const health = ref<{ [server: string]: Health }>({})
  /** Those that are switched on, as the page was told when it was loaded and as it has changed them since. */
  const servers = ref<readonly BootServer[]>(boot.servers)
  const repeating = computed(
    () => new Set(servers.value.filter((server) => server.onlyRepeats).map((server) => server.name)),
  )
  const ratings = ref<ReadonlyMap<string, number>>(new Map())
  const loading = ref(false)
  const failed = ref(false)
  const favourites = syncedRef<string[]>('favourites', [])
  const recent = syncedRef<string[]>('recent_models', [])

  const byRef = computed(
    () => new Map(Object.values(byServer.value).flatMap((models) => models.map((model) => [refOf(model), model]))),
  )
  /** Those that only embed among them. */
  const all = computed(() => [...byRef.value.values()])
  const groups = computed<ServerGroup[]>(() => {
    const names = new Set([...servers.value.map((server) => server.name), ...Object.keys(byServer.value)])
    return [...names].map((server) => ({
      server,
      health: health.value[server] ?? null,
      models: (byServer.value[server] ?? []).filter(canChat),
    }))
  })
  const count = computed(() => groups.value.reduce((sum, group) => sum + group.models.length, 0))
  const firstThere = computed(() =>
    groups.value
      .flatMap((group) => group.models)
      .find((model) => !repeating.value.has(model.server) && !isAbsent(model)),
  )
  const onlyEcho = computed(() => count.value > 0 && !firstThere.value && Object.keys(health.value).length > 0)

  /** A name that stands for models of which its server has none, or that does not answer. */
  function isAbsent(model: ModelInfo): boolean {
    return model.metadata.candidates !== undefined && model.metadata.listed_at === undefined
  }

  async function load(refresh = false): Promise<void> {
    loading.value = true
    try {
      const answer = await connection.http.call('GET /api/models', { query: { refresh: refresh || undefined } })
      byServer.value = answer.models as { [server: string]: ModelInfo[] }
      failed.value = false
    } catch {
      failed.value = true
    } finally {
      loading.value = false
    }
    await loadHealth()
  }

  async function loadHealth(): Promise<void> {
    try {
      health.value = (await connection.http.call('GET /api/models/providers/health')) as { [server: string]: Health }
    } catch {
      health.value = {}
    }
  }

  /** Which models the person prefers: those rated above the average in enough comparisons. */
  async function loadRatings(): Promise<void> {
    const board = await connection.http.call('GET /api/leaderboard').catch(() => null)
    const preferred = (board?.rows ?? []).filter((row) => row.enough && row.rating > AVERAGE)
    ratings.value = new Map(preferred.map((row) => [row.model, row.rating]))
  }

  function setServers(now: readonly BootServer[]): void {
    servers.value = now
  }

  function find(modelRef: string): ModelInfo | undefined {
    return byRef.value.get(modelRef)
  }

  /** A server, or a group of them, that this page was told of. */
  function hasServer(modelRef: string): boolean {
    const { server } = splitRef(modelRef)
    if (modelRef === AUTO) return true
    return boot.groups.includes(server) || groups.value.some((group) => group.server === server)
  }

  function label(modelRef: string): string {
    if (modelRef === AUTO) return 'Auto'
    return find(modelRef)?.name || shortModel(modelRef)
  }

  function healthOf(modelRef: string): Health | null {
    return health.value[splitRef(modelRef).server] ?? null
  }

  function toggleFavourite(modelRef: string): void {
    favourites.value = favourites.value.includes(modelRef)
      ? favourites.value.filter((other) => other !== modelRef)
      : [...favourites.value, modelRef]
  }

  function noteUse(modelRef: string): void {
    recent.value = [modelRef, ...recent.value.filter((other) => other !== modelRef)].slice(0, RECENT_COUNT)
  }

  return {
    servers,
    all,
    groups,
    count,
    health,
    loading,
    failed,
    favourites,
    recent,
    firstThere,
    isAbsent,
    onlyEcho,
    load,
    loadHealth,
    ratings,
    loadRatings,
    setServers,
    find,
    hasServer,
    label,
    healthOf,
    toggleFavourite,
    noteUse,
  }
})

/** A model of which nothing is known is offered: unknown is not "no". */
function canChat(model: ModelInfo): boolean {
  return model.capabilities.length === 0 || model.capabilities.includes('chat')
}
