import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { boot } from '@/boot'
import { splitRef } from '@/domain/ids'

import { reasonOf, useConnection } from './connection'
import { useModels } from './models'

/** Bytes; what of it lies in the graphics card's memory is `vram`. */
export interface LoadedModel {
  server: string
  model: string
  size: number
  vram: number
  context_length: number | null
  expires_at: string | null
}

/** `total` and `completed`: bytes of the layer that comes in. */
export interface Pull {
  server: string
  model: string
  status: string
  total: number | null
  completed: number | null
  done: boolean
  error: { code: string; message: string } | null
}

function keyOf(server: string, model: string): string {
  return `${server} ${model.includes(':') ? model : `${model}:latest`}`
}

function isRunning(pull: Pull | undefined): boolean {
  return pull !== undefined && !pull.done && !pull.error
}

/** What Ollama servers hold in memory, and the models that they are fetching. Downloads are the server's: they
 * go on when the dialog, or the page, is closed. */
export const useOllama = defineStore('ollama', () => {
  const connection = useConnection()
  const models = useModels()
  const loaded = ref<{ [server: string]: LoadedModel[] }>({})
  const unavailable = ref<{ [server: string]: string }>({})
  const byKey = ref<{ [key: string]: Pull }>({})

  const servers = computed(() => models.servers.filter((server) => server.managesModels).map((server) => server.name))
  const pulls = computed(() => Object.values(byKey.value))

  async function load(): Promise<void> {
    const answer = await connection.http.call('GET /api/models/loaded')
    loaded.value = answer.loaded
    unavailable.value = answer.unavailable
    if (!boot.staff) return
    // One that this page follows may end while the list is on its way: to follow it again would begin it anew.
    const followed = new Set(Object.keys(byKey.value).filter((key) => isRunning(byKey.value[key])))
    const running = (await connection.http.call('GET /api/models/pulls')) as unknown as Pull[]
    for (const one of running) if (!followed.has(keyOf(one.server, one.model))) void pull(one.server, one.model)
  }

  async function unload(server: string, model: string): Promise<void> {
    await connection.http.call('POST /api/models/servers/{server}/unload', { path: { server }, body: { model } })
    await load()
    void models.load()
  }

  /** Begins the download, or follows the one that runs. Resolves when it has ended, well or not. */
  async function pull(server: string, model: string): Promise<void> {
    const key = keyOf(server, model)
    if (isRunning(byKey.value[key])) return
    const blank: Pull = { server, model, status: '', total: null, completed: null, done: false, error: null }
    byKey.value[key] = blank
    try {
      for await (const step of connection.http.stream<Pull>(`/api/models/servers/${server}/pull`, { model }))
        byKey.value[key] = step
      if (byKey.value[key]?.done) await models.load(true)
      if (byKey.value[key]?.status === 'stopped') dismiss(server, model)
    } catch (failure) {
      byKey.value[key] = { ...(byKey.value[key] ?? blank), error: reasonOf(failure) }
    }
  }

  async function stop(server: string, model: string): Promise<void> {
    await connection.http.call('DELETE /api/models/servers/{server}/pull', { path: { server }, query: { model } })
    dismiss(server, model)
  }

  function dismiss(server: string, model: string): void {
    const { [keyOf(server, model)]: _gone, ...rest } = byKey.value
    byKey.value = rest
  }

  function isServed(ref: string): boolean {
    return servers.value.includes(splitRef(ref).server)
  }

  /** The Ollama server of a model ref and the model's name there, where this person may fetch it. */
  function fetchable(ref: string): { server: string; model: string } | null {
    const { server, model } = splitRef(ref)
    return boot.staff && model && isServed(ref) ? { server, model } : null
  }

  function pullOf(server: string, model: string): Pull | undefined {
    return byKey.value[keyOf(server, model)]
  }

  return { servers, loaded, unavailable, pulls, load, unload, pull, stop, dismiss, isServed, fetchable, pullOf }
})
