import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

import {
  chosenOf,
  groupsOf,
  type Policy,
  type ServerRow,
  takesNoTools,
  tokensOfTools,
  type ToolRow,
  type UsedTools,
} from '@/domain/tools'
import type { Lane } from '@/protocol/types.gen'

import { useChat } from './chat'
import { useConnection } from './connection'
import { useModels } from './models'
import { syncedRef } from './synced'

/** The tools that models may use, and which of them the conversation on the page uses; a new one begins without. */
export const useTools = defineStore('tools', () => {
  const connection = useConnection()
  const chat = useChat()
  const models = useModels()
  const tools = ref<ToolRow[] | null>(null)
  const servers = ref<ServerRow[]>([])
  const failed = ref(false)
  const beginsWith = ref<UsedTools>(false)
  const beginsWithWeb = ref(false)
  /** What the switch goes back to. */
  const last = syncedRef<UsedTools>('tools', true)
  let asked: Promise<void> | null = null

  const used = computed<UsedTools>(() => (chat.id === null ? beginsWith.value : chat.state.settings.tools))
  const web = computed(() => (chat.id === null ? beginsWithWeb.value : chat.state.settings.web))
  const on = computed(() => used.value !== false)
  /** How many models get; null while nobody knows. */
  const count = computed(() => (tools.value ? chosenOf(used.value, tools.value).length : null))
  const groups = computed(() => groupsOf(tools.value ?? [], servers.value))

  /** Once for all who ask at the same time. */
  function load(): Promise<void> {
    asked ??= fetchTools().finally(() => {
      asked = null
    })
    return asked
  }

  async function fetchTools(): Promise<void> {
    try {
      const found = await connection.http.call('GET /api/tools')
      tools.value = found.tools
      servers.value = found.servers
      failed.value = false
    } catch {
      failed.value = true
    }
  }

  /** The chosen tools, as commands take them. */
  const plain = computed(() => (typeof used.value === 'boolean' ? used.value : [...used.value]))

  /** What a conversation that begins here is told of them. */
  const begun = computed(() =>
    chat.id === null ? { ...(on.value ? { tools: plain.value } : {}), ...(web.value ? { web: true } : {}) } : {},
  )

  async function set(to: UsedTools): Promise<void> {
    if (to !== false) last.value = to
    if (chat.id === null) beginsWith.value = to
    else
      await chat.command((conversation) => ({
        type: 'settings',
        conversation,
        tools: typeof to === 'boolean' ? to : [...to],
      }))
  }

  function toggle(): Promise<void> {
    return set(on.value ? false : last.value)
  }

  async function setWeb(to: boolean): Promise<void> {
    if (chat.id === null) beginsWithWeb.value = to
    else await chat.command((conversation) => ({ type: 'settings', conversation, web: to }))
  }

  /** One's own word on a tool; null: as the administrator or the tool has it. */
  async function setPolicy(name: string, policy: Policy | null): Promise<void> {
    const row = await connection.http.call('PATCH /api/tools/{name}', { path: { name }, body: { policy } })
    tools.value = (tools.value ?? []).map((tool) => (tool.name === name ? row : tool))
  }

  /** To the page on which the person says yes; from there they come back to this one. */
  async function signIn(server: string, forAll: boolean): Promise<void> {
    const begun = await connection.http.call('POST /api/tools/servers/{name}/sign-in', {
      path: { name: server },
      body: { for_all: forAll },
    })
    if (!/^https?:\/\//.test(begun.url)) throw new Error('no web address')
    window.location.assign(begun.url)
  }

  async function signOut(server: string, forAll: boolean): Promise<void> {
    await connection.http.call('DELETE /api/tools/servers/{name}/sign-in', {
      path: { name: server },
      query: { for_all: forAll },
    })
    await load()
  }

  function find(name: string): ToolRow | undefined {
    return tools.value?.find((tool) => tool.name === name)
  }

  function ofLane(lane: Lane): UsedTools {
    return lane.tools ?? used.value
  }

  /** What the definitions of a lane's tools take of a request. */
  function tokensOf(lane: Lane): number {
    const model = models.find(lane.model)
    return takesNoTools(model)
      ? 0
      : tokensOfTools(chosenOf(ofLane(lane), tools.value ?? []), model?.context_length ?? null)
  }

  /** The next new conversation begins without. */
  function resetChoice(): void {
    beginsWith.value = false
    beginsWithWeb.value = false
  }

  watch(
    on,
    (is) => {
      if (is && tools.value === null) void load()
    },
    { immediate: true },
  )

  return {
    tools,
    servers,
    groups,
    failed,
    used,
    web,
    on,
    begun,
    count,
    load,
    set,
    toggle,
    setWeb,
    setPolicy,
    signIn,
    signOut,
    find,
    ofLane,
    tokensOf,
    resetChoice,
  }
})
