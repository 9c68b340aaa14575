// Made by `manage.py client_types` from chat/protocol/events.py, chat/protocol/commands.py,
// chat/actions/preferences.py, conversations/records.py, conversations/settings.py, conversations/links.py
// and providers/types.py.
// Change those, run it again, and commit both.

export const PROTOCOL = 1
export const OPENABLE: readonly string[] = ['http://', 'https://', 'mailto:']

export type CurrentSettings = Required<Omit<Settings, 'dialogue'>>

export const DEFAULT_SETTINGS: CurrentSettings = {
  title: "",
  pinned: false,
  folder: null,
  tags: [],
  archived: false,
  lanes: [],
  project: null,
  mode: "parallel",
  relay: false,
  history: "own",
  blind: false,
  rag: false,
  memory: true,
  titles: null,
  tools: false,
  web: false,
}

/** What a snapshot holds of a message far from what is shown: its place, and not what it says. */
export type Elided<Whole> = Omit<Whole, 'parts' | 'sources' | 'elided'> & {
  parts?: undefined
  sources?: undefined
  elided: true
}

export type LaneRole = 'primary' | 'secondary' | 'comparison'

export type Mode = 'parallel' | 'sequential'

export type History = 'own' | 'chosen' | 'all'

export type Status = 'complete' | 'stopped' | 'failed' | 'interrupted'

export type LiveStatus = 'queued' | 'streaming' | 'waiting'

export type CostSource = 'provider' | 'priced' | 'free' | 'unknown'

export interface TextPart {
  type: 'text'
  text: string
}

export interface ReasoningPart {
  type: 'reasoning'
  text: string
  ms?: number
  signature?: string
}

export interface AttachmentPart {
  type: 'image' | 'file'
  sha256: string
  name: string
  mime: string
  bytes: number
}

export interface ToolCallPart {
  type: 'tool_call'
  id: string
  name: string
  arguments: string
  source?: string
  title?: string
  signature?: string
}

export interface ToolResultPart {
  type: 'tool_result'
  id: string
  content: string
  is_error: boolean
  name?: string
  ms?: number
  attachments?: string[]
  truncated?: boolean
}

export type Part = TextPart | ReasoningPart | AttachmentPart | ToolCallPart | ToolResultPart

export interface WholeUserMessage {
  type: 'message'
  at: string
  id: string
  parent: string | null
  role: 'user'
  parts: Part[]
  lanes: string[]
  blind?: boolean
  documents?: AskedDocument[]
  elided?: false
}

export type UserMessage = WholeUserMessage | Elided<WholeUserMessage>

export interface AskedDocument {
  id: number
  name: string
}

export interface WholeAnswerMessage {
  sources?: { [key: string]: unknown }[]
  files?: FileRead[]
  unread?: number
  memory?: number
  council?: Council
  type: 'message'
  at: string
  id: string
  parent: string | null
  role: 'assistant'
  lane: string
  model: string
  speaker?: string
  continues?: string
  synthesis?: 'merge' | 'compare' | 'rank'
  choice?: AnswerChoice
  usage: Usage
  cost: Cost
  timing: Timing
  finish: string | null
  parts: Part[]
  status: Status
  edited?: string
  served_by?: string
  version?: string
  invalid_json?: boolean
  gaps?: number
  error?: AnswerError
  elided?: false
}

export type AnswerMessage = WholeAnswerMessage | Elided<WholeAnswerMessage>

export interface FileRead {
  name: string
  given: 'whole' | 'notes' | 'passages' | 'pictures' | 'name'
  parts?: number
  unread?: string
  textless?: string
  shown?: string
  cut?: boolean
  error?: string
}

export interface Council {
  rankings: Ranking[]
  places: Placing[]
  agreement: number | null
  minority?: string[]
}

export interface Ranking {
  model: string
  order: number[]
  reason?: string
  error?: string
}

export interface Placing {
  n: number
  points: number
  first: number
}

export interface AnswerChoice {
  rule: string
  reason: string
  instead_of?: string
}

export interface Usage {
  input: number | null
  output: number | null
  reasoning: number | null
  cached: number | null
  estimated?: boolean
  tools?: number
}

export interface Cost {
  usd: number | null
  source: CostSource
  estimated?: boolean
}

export interface Timing {
  first_token_ms: number | null
  total_ms: number | null
}

export interface AnswerError {
  code: string
  message: string
  retryable: boolean
  detail?: string
}

export type MessageRecord = UserMessage | AnswerMessage

export interface ConversationRecord {
  lanes?: Lane[]
  project?: Inherited | null
  mode?: Mode
  relay?: boolean
  history?: History
  blind?: boolean
  rag?: boolean
  memory?: boolean
  titles?: string | null
  tools?: boolean | string[]
  web?: boolean
  type: 'conversation'
  at: string
  format: number
  id: string
  owner: string
  owner_name?: string
  title: string
  title_by?: 'person'
  forked_from?: Origin
  replay_of?: Origin
  testset?: TestedBy
}

export interface Lane {
  id: string
  model: string
  role?: LaneRole
  system?: string
  params?: { [key: string]: unknown }
  tools?: boolean | string[]
}

export interface Inherited {
  name: string
  instructions: string
}

export interface Origin {
  conversation: string
  message: string
}

export interface TestedBy {
  id: string
  run: string
}

export interface SettingsRecord {
  title?: string
  pinned?: boolean
  folder?: string | null
  tags?: string[]
  archived?: boolean
  lanes?: Lane[]
  project?: Inherited | null
  mode?: Mode
  relay?: boolean
  history?: History
  blind?: boolean
  rag?: boolean
  memory?: boolean
  titles?: string | null
  tools?: boolean | string[]
  web?: boolean
  dialogue?: Dialogue
  type: 'settings'
  at: string
  title_by?: 'person' | 'model' | 'words'
}

export interface Dialogue {
  participants: Speaker[]
  turn_policy: 'round_robin' | 'moderator' | 'manual'
  moderator?: string
  limits: { [key: string]: number | null }
  state: 'running' | 'paused' | 'over'
  reason?: string
}

export interface Speaker {
  lane: string
  name: string
}

export interface BranchRecord {
  type: 'branch'
  at: string
  name: string
  head: string
}

export interface HeadRecord {
  type: 'head'
  at: string
  message: string
}

export interface SummaryRecord {
  type: 'summary'
  at: string
  id: string
  covers: string
  lane?: string
  text: string
  model: string
  usage: Usage
}

export interface VoteRecord {
  type: 'vote'
  at: string
  message: string
  value?: number
  preferred_over?: string[]
  tie?: string[]
  both_bad?: string[]
  revealed?: boolean
}

export interface DeleteRecord {
  type: 'delete'
  at: string
  message: string
}

export type FileRecord = ConversationRecord | UserMessage | AnswerMessage | SettingsRecord | BranchRecord | HeadRecord | SummaryRecord | VoteRecord | DeleteRecord

export interface Settings {
  title?: string
  pinned?: boolean
  folder?: string | null
  tags?: string[]
  archived?: boolean
  lanes?: Lane[]
  project?: Inherited | null
  mode?: Mode
  relay?: boolean
  history?: History
  blind?: boolean
  rag?: boolean
  memory?: boolean
  titles?: string | null
  tools?: boolean | string[]
  web?: boolean
  dialogue?: Dialogue
}

export type Capability = 'chat' | 'vision' | 'tools' | 'thinking' | 'embeddings'

export interface Ready {
  type: 'ready'
  protocol: number
  user: string
  server_time: string
  offers?: 'short_deltas'[]
}

export interface Ack {
  type: 'ack'
  ref: string | null
  conversation?: string
  message?: string
  answers?: string[]
}

export interface Snapshot {
  type: 'snapshot'
  ref: string | null
  conversation: string
  records: FileRecord[]
  live: Live[]
  readonly?: boolean
  temporary?: boolean
}

export interface Live {
  message: AnswerHeader
  seq: number
  parts: Part[]
}

export interface AnswerHeader {
  sources?: { [key: string]: unknown }[]
  files?: FileRead[]
  unread?: number
  memory?: number
  council?: Council
  type: 'message'
  at: string
  id: string
  parent: string | null
  role: 'assistant'
  lane: string
  model: string
  speaker?: string
  continues?: string
  synthesis?: 'merge' | 'compare' | 'rank'
  choice?: AnswerChoice
  status: LiveStatus
  position?: number
  calls?: WaitingCall[]
}

export interface WaitingCall {
  id: string
  name: string
  arguments: string
  source: string
  title?: string
}

export interface RecordEvent {
  type: 'record'
  conversation: string
  record: FileRecord
}

export interface Start {
  type: 'start'
  conversation: string
  message: AnswerHeader
}

export interface Delta {
  type: 'delta'
  conversation: string
  message: string
  seq: number
  part: 'text' | 'reasoning'
  text: string
  number?: number
}

export interface PartEvent {
  type: 'part'
  conversation: string
  message: string
  seq: number
  part: Part
}

export interface Note {
  type: 'note'
  conversation: string
  message?: string
  code: string
  text: string
  values?: { [key: string]: unknown }
}

export interface ErrorEvent {
  type: 'error'
  ref?: string | null
  conversation?: string
  code: string
  message: string
  retryable: boolean
  retry_after?: number
}

export interface Activity {
  title?: string
  pinned?: boolean
  folder?: string | null
  tags?: string[]
  archived?: boolean
  type: 'activity'
  conversation: string
  updated?: string
  answered?: string[]
  answering?: number
  waiting?: number
  removed?: boolean
}

export type Event = Ready | Ack | Snapshot | RecordEvent | Start | Delta | PartEvent | Note | ErrorEvent | Activity

export interface HelloCommand {
  ref?: string | null
  type: 'hello'
  deltas?: 'long' | 'short'
}

export interface OpenCommand {
  ref?: string | null
  type: 'open'
  conversation: string
}

export interface CloseCommand {
  ref?: string | null
  type: 'close'
  conversation: string
}

export interface WatchCommand {
  ref?: string | null
  type: 'watch'
}

export interface SendCommand {
  lanes?: LaneInput[] | null
  project?: AskedProjectInput | null
  mode?: Mode | null
  relay?: boolean | null
  history?: History | null
  blind?: boolean | null
  rag?: boolean | null
  memory?: boolean | null
  titles?: 'own' | 'words' | string | null
  tools?: boolean | string[] | null
  web?: boolean | null
  id?: string | null
  parent?: string | null
  text?: string
  attachments?: string[]
  documents?: number[]
  choices?: { [key: string]: string } | null
  ref?: string | null
  type: 'send'
  conversation?: string | null
  folder?: string | null
  temporary?: boolean | null
}

export interface LaneInput {
  id?: string | null
  model: string
  role?: LaneRole | null
  system?: string | null
  params?: ParamsInput | null
  tools?: boolean | string[] | null
}

export interface ParamsInput {
  temperature?: number | null
  top_p?: number | null
  top_k?: number | null
  max_tokens?: number | null
  seed?: number | null
  thinking?: 'off' | 'low' | 'medium' | 'high' | null
  json?: boolean | null
  context_length?: number | null
}

export interface AskedProjectInput {
  name: string
  instructions: string
}

export interface DialogueCommand {
  ref?: string | null
  type: 'dialogue'
  conversation?: string | null
  folder?: string | null
  id?: string | null
  opening: string
  attachments?: string[]
  participants: ParticipantInput[]
  turn_policy?: 'round_robin' | 'moderator' | 'manual'
  moderator?: string | null
  limits?: LimitsInput
  tools?: boolean | string[] | null
  web?: boolean | null
}

export interface ParticipantInput {
  name: string
  model: string
  system?: string
  params?: ParamsInput | null
}

export interface LimitsInput {
  turns?: number
  tokens?: number | null
  usd?: number | null
  seconds?: number | null
}

export interface DirectCommand {
  ref?: string | null
  type: 'direct'
  conversation: string
  action: 'pause' | 'go_on' | 'next' | 'say' | 'edit'
  id?: string | null
  message?: string | null
  parent?: string | null
  speaker?: string | null
  text?: string
  attachments?: string[]
}

export interface StopCommand {
  ref?: string | null
  type: 'stop'
  conversation: string
  message?: string | null
}

export interface ApproveCommand {
  ref?: string | null
  type: 'approve'
  conversation: string
  message: string
  calls: string[]
  decision: 'allow' | 'always' | 'deny'
}

export interface RegenerateCommand {
  ref?: string | null
  type: 'regenerate'
  conversation: string
  message: string
  model?: string | null
  params?: ParamsInput | null
}

export interface SynthesizeCommand {
  ref?: string | null
  type: 'synthesize'
  conversation: string
  message: string
  model: string
  kind?: 'merge' | 'compare' | 'rank'
}

export interface ContinueCommand {
  ref?: string | null
  type: 'continue'
  conversation: string
  message: string
}

export interface KeepCommand {
  ref?: string | null
  type: 'keep'
  conversation: string
}

export interface BranchCommand {
  ref?: string | null
  type: 'branch'
  conversation: string
  message: string
  name: string
}

export interface ForkCommand {
  ref?: string | null
  type: 'fork'
  conversation: string
  message: string
}

export interface SettingsCommand {
  title?: string | null
  pinned?: boolean | null
  folder?: string | null
  tags?: string[] | null
  archived?: boolean | null
  lanes?: LaneInput[] | null
  project?: AskedProjectInput | null
  mode?: Mode | null
  relay?: boolean | null
  history?: History | null
  blind?: boolean | null
  rag?: boolean | null
  memory?: boolean | null
  titles?: 'own' | 'words' | string | null
  tools?: boolean | string[] | null
  web?: boolean | null
  ref?: string | null
  type: 'settings'
  conversation: string
}

export interface HeadCommand {
  ref?: string | null
  type: 'head'
  conversation: string
  message: string
}

export interface VoteCommand {
  ref?: string | null
  type: 'vote'
  conversation: string
  message: string
  value?: 1 | -1 | null
  preferred_over?: string[] | null
  tie?: string[] | null
  both_bad?: string[] | null
}

export interface DeleteCommand {
  ref?: string | null
  type: 'delete'
  conversation: string
  message: string
}

export type AnyCommand = HelloCommand | OpenCommand | CloseCommand | WatchCommand | SendCommand | DialogueCommand | DirectCommand | StopCommand | ApproveCommand | RegenerateCommand | SynthesizeCommand | ContinueCommand | KeepCommand | BranchCommand | ForkCommand | SettingsCommand | HeadCommand | VoteCommand | DeleteCommand

export interface ModelInfo {
  id: string
  name: string
  provider: string
  server: string
  description: string
  context_length: number | null
  max_tokens: number | null
  parameters: string | null
  quantization: string | null
  size: number | null
  capabilities: Capability[]
  pricing: Pricing | null
  loaded: boolean | null
  metadata: { [key: string]: unknown }
}

export interface Pricing {
  input: number
  output: number
}

export interface PreferencesChangeInput {
  theme?: 'system' | 'light' | 'dark' | null
  language?: string | null
  text_size?: 'small' | 'normal' | 'large' | 'larger' | null
  sidebar?: boolean | null
  layout?: 'auto' | 'columns' | 'grid' | 'tabs' | 'stack' | null
  send_with?: 'enter' | 'mod-enter' | null
  reasoning_open?: boolean | null
  titles?: 'own' | 'words' | null
  suggestions?: boolean | null
  export_path?: boolean | null
  shortcuts?: { [key: string]: string } | null
  favourites?: string[] | null
  recent_models?: string[] | null
  new_chat?: NewChatInput | null
  tools?: boolean | string[] | null
  folders?: string[] | null
  unread?: string[] | null
  tabs?: OpenTabInput[] | null
  tab?: string | null
}

export interface NewChatInput {
  lanes: LaneInput[]
  mode?: Mode
  history?: History
  relay?: boolean
  blind?: boolean
}

export interface OpenTabInput {
  key: string
  conversation: string | null
  title: string
}
