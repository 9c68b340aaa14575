import {
  Archive,
  ArchiveRestore,
  ArrowLeftRight,
  ChartColumn,
  CircleDollarSign,
  CircleHelp,
  Code,
  Copy,
  Download,
  FileUp,
  FlaskConical,
  FolderOpen,
  GitBranch,
  HardDriveDownload,
  MessageCircleDashed,
  MessagesSquare,
  Monitor,
  Moon,
  NotebookPen,
  PanelLeft,
  Pencil,
  Pin,
  PinOff,
  Printer,
  Repeat2,
  ServerCog,
  Settings,
  Share2,
  ShieldCheck,
  SquarePen,
  SquareSlash,
  SquareX,
  Sun,
  TextSearch,
  Trash2,
  UserCog,
  UserRound,
  Wrench,
} from '@lucide/vue'
import { type Component, computed } from 'vue'
import { useI18n } from 'vue-i18n'

import { boot } from '@/boot'
import type { ShortcutName } from '@/domain/shortcuts'
import { useChat } from '@/stores/chat'
import { type ChatRow, useChats } from '@/stores/chats'
import { type Sheet, useDialogs } from '@/stores/dialogs'
import { useFinding } from '@/stores/finding'
import { useModels } from '@/stores/models'
import { type Theme, usePreferences } from '@/stores/preferences'
import { useTabs } from '@/stores/tabs'

import { useCommands } from './useCommands'
import { FORMATS, useExport } from './useExport'
import { useFailure } from './useFailure'
import { useLocation } from './useLocation'
import { useConversationActions } from './useConversationActions'
import { usePrinting } from './usePrinting'

export interface Action {
  key: string
  icon: Component
  text: string
  run: () => void
  /** Whether it can be done now; absent: always. */
  when?: boolean
}

/** The palette itself; and what is opened for something that was done just before. */
type Opened = Exclude<Sheet, 'palette' | 'shortcuts' | 'comparison'>

/** All that can be done from anywhere: every sheet, view, key and look of the page, and what is made of the conversation. */
export function usePaletteActions() {
  const { t } = useI18n()
  const chat = useChat()
  const chats = useChats()
  const finding = useFinding()
  const organise = useConversationActions()
  const dialogs = useDialogs()
  const location = useLocation()
  const models = useModels()
  const preferences = usePreferences()
  const tabs = useTabs()
  const commands = useCommands()
  const exporting = useExport()
  const { attempt } = useFailure()
  const printing = usePrinting()

  /** Each sheet that there is, or the page is not built. */
  const sheets = computed<{ [Name in Opened]: Omit<Action, 'key' | 'run'> }>(() => {
    const kept = chat.id !== null && !chat.temporary
    return {
      dialogue: { icon: MessagesSquare, text: t('dialogue.begin') },
      personas: { icon: UserRound, text: t('personas.title') },
      prompts: { icon: SquareSlash, text: t('prompts.title') },
      memory: { icon: NotebookPen, text: t('memory.title') },
      tools: { icon: Wrench, text: t('tools.settings') },
      spending: { icon: CircleDollarSign, text: t('costs.spendingTitle') },
      import: { icon: FileUp, text: t('imports.title') },
      branches: { icon: GitBranch, text: t('branches.open'), when: chat.id !== null },
      share: { icon: Share2, text: t('share.open'), when: kept },
      replay: { icon: Repeat2, text: t('replay.open'), when: kept && !chat.dialogue },
      services: { icon: ServerCog, text: t('services.title'), when: boot.staff },
      ollama: {
        icon: HardDriveDownload,
        text: t('ollama.title'),
        when: boot.staff && models.servers.some((server) => server.managesModels),
      },
      account: { icon: UserCog, text: t('account.title'), when: boot.authMode === 'accounts' },
      settings: { icon: Settings, text: t('sidebar.settings') },
    }
  })

  const keys = computed<{ [Name in Exclude<ShortcutName, 'search'>]: Omit<Action, 'key' | 'run'> }>(() => ({
    newChat: { icon: SquarePen, text: t('shortcuts.newChat') },
    sidebar: { icon: PanelLeft, text: t('shortcuts.sidebar') },
    copyAnswer: { icon: Copy, text: t('shortcuts.copyAnswer'), when: chat.id !== null },
    copyCode: { icon: Code, text: t('shortcuts.copyCode'), when: chat.id !== null },
    nextTab: { icon: ArrowLeftRight, text: t('shortcuts.nextTab'), when: tabs.tabs.length > 0 },
    previousTab: { icon: ArrowLeftRight, text: t('shortcuts.previousTab'), when: tabs.tabs.length > 0 },
    closeTab: { icon: SquareX, text: t('shortcuts.closeTab'), when: tabs.tabs.length > 0 },
    sheet: { icon: CircleHelp, text: t('shortcuts.title') },
  }))

  const looks: { [Name in Theme]: Component } = { light: Sun, dark: Moon, system: Monitor }

  const views = computed<Action[]>(() => [
    { key: 'documents', icon: FolderOpen, text: t('documents.title'), run: () => location.goToDocuments() },
    { key: 'metrics', icon: ChartColumn, text: t('metrics.title'), run: () => location.goToMetrics() },
    { key: 'testsets', icon: FlaskConical, text: t('testsets.title'), run: () => location.goToTestSets('') },
    {
      key: 'admin',
      icon: ShieldCheck,
      text: t('sidebar.admin'),
      run: () => window.location.assign('/admin/'),
      when: boot.staff,
    },
  ])

  /** What its menu in the list does. No list need have its row: that is asked for when something is done to it. */
  function ofRow(id: string): Action[] {
    const row = chats.find(id)
    const own = chat.phase === 'ready' && !chat.temporary && !chat.readonly
    if (!row && !own) return []
    const { pinned, archived } = row ?? chat.state.settings
    const act = (
      name: 'rename' | 'pin' | 'unpin' | 'archive' | 'unarchive' | 'delete',
      icon: Component,
      run: (row: ChatRow) => Promise<void>,
    ) => ({
      key: `this ${name}`,
      icon,
      text: t(`palette.this.${name}`),
      run: () => void (row ? run(row) : attempt(async () => run(await chats.fetch(id)))),
    })
    return [
      act('rename', Pencil, (it) => organise.rename(it)),
      act(pinned ? 'unpin' : 'pin', pinned ? PinOff : Pin, (it) => organise.pin([it], !pinned)),
      act(archived ? 'unarchive' : 'archive', archived ? ArchiveRestore : Archive, (it) =>
        organise.archive([it], !archived),
      ),
      act('delete', Trash2, (it) => organise.trash([it])),
    ]
  }

  const ofConversation = computed<Action[]>(() => {
    const { id } = chat
    if (id === null) {
      return [
        {
          key: 'temporary',
          icon: MessageCircleDashed,
          text: t('temporary.begin'),
          run: () => (chat.wantsTemporary = true),
        },
      ]
    }
    return [
      ...ofRow(id),
      ...FORMATS.map((format) => ({
        key: `export ${format}`,
        icon: Download,
        text: `${t('sidebar.export')}: ${t(`export.${format}`)}`,
        run: () => void exporting.one(id, format),
      })),
      {
        key: 'find',
        icon: TextSearch,
        text: t('find.title'),
        run: () => (finding.open = true),
      },
      {
        key: 'print',
        icon: Printer,
        text: `${t('sidebar.export')}: ${t('export.print')}`,
        run: () => void printing.print(),
      },
    ]
  })

  return computed<Action[]>(() => {
    const key = (name: Exclude<ShortcutName, 'search'>): Action => ({
      ...keys.value[name],
      key: name,
      run: commands[name],
    })
    const sheet = (name: Opened): Action => ({
      ...sheets.value[name],
      key: name,
      run: () => (name === 'services' ? dialogs.openServices() : (dialogs.sheet = name)),
    })
    const look = (theme: Theme): Action => ({
      key: theme,
      icon: looks[theme],
      text: `${t('settings.theme')}: ${t(`settings.${theme}`)}`,
      run: () => (preferences.theme = theme),
    })
    const all = [
      key('newChat'),
      ...views.value,
      ...(Object.keys(sheets.value) as Opened[]).map(sheet),
      ...ofConversation.value,
      ...(Object.keys(keys.value) as Exclude<ShortcutName, 'search'>[]).filter((name) => name !== 'newChat').map(key),
      ...(Object.keys(looks) as Theme[]).map(look),
    ]
    return all.filter(({ when }) => when !== false)
  })
}
