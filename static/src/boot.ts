import type { PreferencesChangeInput } from '@/protocol/types.gen'

/** `onlyRepeats`: its models give back what they are sent. `managesModels`: it holds models in memory, and can be told to download one. */
export interface BootServer {
  name: string
  onlyRepeats: boolean
  managesModels: boolean
}

/** What the server wrote into the page for this client (templates/index.html). */
export interface Boot {
  user: string
  /** Whose things are kept in this browser: stays when the name changes. */
  person: string
  preferences: PreferencesChangeInput
  authMode: 'local' | 'accounts'
  staff: boolean
  language: string
  languages: string[]
  version: string
  socket: string
  maxTextBytes: number
  maxUploadBytes: number
  maxImportBytes: number
  servers: BootServer[]
  /** Names that stand for several servers. */
  groups: string[]
  defaultModel: string
}

const DEFAULTS: Boot = {
  user: '',
  person: 'local',
  preferences: {},
  authMode: 'local',
  staff: false,
  language: 'en',
  languages: [],
  version: '',
  socket: '/ws/chat/',
  maxTextBytes: 512 * 1024,
  maxUploadBytes: 25 * 1024 * 1024,
  maxImportBytes: 1024 * 1024 * 1024,
  servers: [],
  groups: [],
  defaultModel: 'echo/echo',
}

function readBoot(): Boot {
  if (typeof document === 'undefined') return DEFAULTS
  const text = document.querySelector('#boot')?.textContent
  return text ? { ...DEFAULTS, ...(JSON.parse(text) as Partial<Boot>) } : DEFAULTS
}

export const boot = readBoot()
