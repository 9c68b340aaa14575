// Made by `manage.py client_types` from the OpenAPI document of /api/. Change the schemas of its operations,
// run it again, and commit both.

export interface AllFoundOut {
  found: FoundOut[]
}

export interface AllLoadedOut {
  loaded: { [key: string]: LoadedOut[] }
  unavailable: { [key: string]: string }
}

export interface AllServersOut {
  servers: ServerSettings[]
  groups: string[]
}

export interface AlreadyOut {
  name: string
  document: number
}

export interface Answered {
  conversation: string
  message: string
  answers: { [key: string]: unknown }[]
}

export interface Approve {
  ref?: string | null
  type?: "approve"
  conversation: string
  message: string
  calls: string[]
  decision: "allow" | "always" | "deny"
}

export interface AskedProject {
  name: string
  instructions: string
}

export interface AttachedText {
  tokens: number
  pages: number | null
  textless: string
  error: Unreadable | null
}

export interface Attachment {
  type: string
  sha256: string
  name: string
  mime: string
  bytes: number
  text: AttachedText | null
}

export interface AutoChoiceOut {
  model: string
  rule: string
  reason: string
  others: string[]
}

export interface AutoChoicesOut {
  choices: AutoChoiceOut[]
}

export interface AutoQuestionIn {
  text: string
  tokens?: number
  attachments?: string[]
  tools?: boolean
  count?: number
  without?: string[]
  conversation?: string
  folder?: string
}

export interface Beginning {
  title?: string | null
  pinned?: boolean | null
  folder?: string | null
  tags?: string[] | null
  archived?: boolean | null
  lanes?: Lane[] | null
  project?: AskedProject | null
  mode?: "parallel" | "sequential" | null
  relay?: boolean | null
  history?: "own" | "chosen" | "all" | null
  blind?: boolean | null
  rag?: boolean | null
  memory?: boolean | null
  titles?: "own" | "words" | string | null
  tools?: boolean | string[] | null
  web?: boolean | null
  temporary?: boolean | null
}

export interface Begun {
  turns: number
  answers: EstimatedAnswer[]
  usd: number
  complete: boolean
  conversation: string
}

export interface BegunRun {
  id: string
  testset: string
  name: string
  at: string
  state: "running" | "stopped" | "done"
  reason: string
  judge: string | null
  repeat: number
  scheduled: boolean
  cases: number
  total: number
  done: number
  passed: number
  lanes: LaneFigures[]
  worse?: Worse[]
  estimate: EstimatedRun
}

export interface BrokenSet {
  file: string
  problem: string
}

export interface BudgetOut {
  level: "ok" | "soft" | "hard"
  scope: string | null
}

export interface Bulk {
  ids?: string[]
  all_in?: string | null
  action?: "change" | "trash" | "restore"
  change?: Change
}

export interface Case {
  id?: string
  text?: string
  system?: string | null
  attachments?: string[]
  checks?: (TextCheck | PatternCheck | SchemaCheck | LimitCheck | JudgeCheck)[]
}

export interface Cell {
  case: string
  round: number
  lane: string
  model: string
  status: string
  ok: boolean
  passed: number
  checks: CheckResult[]
  total_ms: number | null
  first_token_ms: number | null
  usd: number | null
  conversation: string | null
  message: string | null
}

export interface Change {
  folder?: string | null
  pinned?: boolean | null
  archived?: boolean | null
  add_tags?: string[]
  remove_tags?: string[]
}

export interface Changes {
  title?: string | null
  pinned?: boolean | null
  folder?: string | null
  tags?: string[] | null
  archived?: boolean | null
  lanes?: Lane[] | null
  project?: AskedProject | null
  mode?: "parallel" | "sequential" | null
  relay?: boolean | null
  history?: "own" | "chosen" | "all" | null
  blind?: boolean | null
  rag?: boolean | null
  memory?: boolean | null
  titles?: "own" | "words" | string | null
  tools?: boolean | string[] | null
  web?: boolean | null
}

export interface CheckError {
  code: string
  message: string
  retryable: boolean
  fault: "key" | "account" | "address" | "server" | "divan"
  detail: string
}

export interface CheckOut {
  ok: boolean
  latency_ms: number | null
  models: ModelOut[]
  advice: string | null
  error: CheckError | null
  elsewhere: PlaceOut | null
}

export interface CheckResult {
  kind: string
  passed: boolean | null
  detail?: string | null
}

export interface ChoiceOut {
  id: string
  label: string
  provider: string
  base_url: string | null
  needs_key: boolean
  needs_address: boolean
  local: boolean
  key_page: string | null
}

export interface ChoicesOut {
  services: ChoiceOut[]
}

export interface Chosen {
  ids: string[]
  format?: "markdown" | "html" | "json" | "jsonl" | "text" | "preferences" | "liked"
  scope?: "all" | "path"
}

export interface CollectionOut {
  conversation: string
  documents: number
}

export interface CollectionsOut {
  collections: CollectionOut[]
}

export interface Compared {
  rows: MetricsRow[]
  before: MetricsRow[]
}

export interface ComparisonOut {
  conversation: string
  title: string
  pairs: PairOut[]
  before: FiguresOut
  after: FiguresOut
}

export interface ConversationList {
  conversations: ConversationRow[]
  next: string | null
}

export interface ConversationOut {
  lanes: { [key: string]: unknown }[]
  project: { [key: string]: unknown } | null
  mode: "parallel" | "sequential"
  relay: boolean
  history: "own" | "chosen" | "all"
  blind: boolean
  rag: boolean
  memory: boolean
  titles: string | null
  tools: boolean | string[]
  web: boolean
  title: string
  pinned: boolean
  folder: string | null
  tags: string[]
  archived: boolean
  id: string
  created: string
  updated: string
  models: string[]
  messages: number
  answering: number
  waiting: number
  dialogue: { [key: string]: unknown } | null
  head: string | null
  branches: { [key: string]: string }
}

export interface ConversationRow {
  title: string
  pinned: boolean
  folder: string | null
  tags: string[]
  archived: boolean
  id: string
  created: string
  updated: string
  models: string[]
  messages: number
  answering: number
  waiting: number
}

export interface CostOut {
  model: string
  input_tokens: number
  output_tokens: number
  usd: number | null
  source: "provider" | "priced" | "free" | "unknown"
  reason: string
}

export interface DaySumOut {
  requests: number
  failures: number
  unpriced: number
  input_tokens: number
  output_tokens: number
  usd: number
  day: string
}

export interface Dialogue {
  ref?: string | null
  type?: "dialogue"
  conversation?: string | null
  folder?: string | null
  id?: string | null
  opening: string
  attachments?: string[]
  participants: Participant[]
  turn_policy?: "round_robin" | "moderator" | "manual"
  moderator?: string | null
  limits?: Limits
  tools?: boolean | string[] | null
  web?: boolean | null
}

export interface DocumentName {
  id: number
  name: string
}

export interface DocumentOut {
  id: number
  name: string
  kind: string
  size: number
  pages: number | null
  passages: number
  status: string
  progress: number
  error: FailureOut | null
  conversation: string
  url: string
  made: string
}

export interface DocumentSettings {
  embedding_model: string
  passages: number
  budget_tokens: number
  passage_size: number
  reading_model: string
  follows_environment: boolean
  vectors_complete: boolean
}

export interface DocumentSettingsChange {
  embedding_model?: string | null
  passages?: number | null
  budget_tokens?: number | null
  passage_size?: number | null
  reading_model?: string | null
  from_environment?: true | null
}

export interface DocumentsOut {
  documents: DocumentOut[]
  waiting: number
}

export interface DraftIn {
  text: string
  tokens?: number
  attachments?: string[]
  model?: string
}

export interface EmbeddingToTry {
  embedding_model: string
}

export interface EmbeddingTried {
  ok: boolean
  dimensions: number | null
  latency_ms: number | null
  error: string | null
}

export interface Ended {
  ended: number
}

export interface ErrorBody {
  code: string
  message: string
  retryable: boolean
}

export interface ErrorOut {
  error: ErrorBody
}

export interface EstimateIn {
  lanes: LaneIn[]
  text?: string
  images?: number
  conversation?: string
  folder?: string
}

export interface EstimateOut {
  lanes: CostOut[]
  usd: number
  complete: boolean
  budget: BudgetOut
}

export interface Estimated {
  turns: number
  answers: EstimatedAnswer[]
  usd: number
  complete: boolean
}

export interface EstimatedAnswer {
  message: string
  model: string
  input_tokens: number
  output_tokens: number
  usd: number | null
  source: "provider" | "priced" | "free" | "unknown"
}

export interface EstimatedLane {
  lane: string | null
  model: string
  requests: number
  input_tokens: number
  output_tokens: number
  usd: number
  source: "provider" | "priced" | "free" | "unknown"
}

export interface EstimatedRun {
  answers: number
  lanes: EstimatedLane[]
  judge: EstimatedLane | null
  usd: number
  complete: boolean
}

export interface FailureOut {
  code: string
  message: string
}

export interface FiguresOut {
  words: number
  tokens: number | null
  usd: number | null
  total_ms: number | null
}

export interface Filters {
  model?: string
  since?: string | null
  until?: string | null
  answered_since?: string | null
  answered_until?: string | null
  folder?: string | null
  tag?: string
  has_branches?: boolean
  has_attachments?: boolean
  archived?: boolean | null
}

export interface FolderBudgetIn {
  usd: number
  period?: "day" | "month" | "total"
}

export interface FolderBudgetOut {
  usd: number
  period: "day" | "month" | "total"
  spent: number
}

export interface FolderChange {
  name?: string
  instructions?: string | null
  documents?: number[] | null
  lanes?: Lane[] | null
  tools?: boolean | string[] | null
  web?: boolean | null
  budget?: FolderBudgetIn | null
}

export interface FolderLabel {
  name: string
  count: number
  project?: boolean | null
}

export interface FolderOut {
  name: string
  conversations: number
  project: boolean
  instructions: string
  documents: DocumentName[]
  lanes: { [key: string]: unknown }[] | null
  tools: boolean | string[] | null
  web: boolean | null
  budget: FolderBudgetOut | null
  spent: Spent
}

export interface Found {
  hits: Hit[]
}

export interface FoundOut {
  service: string
  label: string
  base_url: string
  models_count: number | null
  needs_key: boolean
  server: string | null
}

export interface FromAddress {
  url: string
  conversation?: string
}

export interface HealthOut {
  provider: string
  default_model: string | null
  status: string
  available: boolean
  latency_ms: number | null
  models_count: number | null
  supports_streaming: boolean
  supports_embeddings: boolean
  error: string | null
  checked_at: string | null
}

export interface Hit {
  conversation: ConversationRow
  message: string | null
  role: string
  at: string
  snippet: string
  marks: [number, number][]
}

export interface Imported {
  conversations: number
  messages: number
  attachments: number
  skipped: { [key: string]: number }
  unread: Remark[]
  mended: Remark[]
  nothing_new: boolean
  ids: string[]
  stopped?: boolean
  upload?: string | null
}

export interface JudgeCheck {
  kind: "judge"
  value: string
}

export interface KindSumOut {
  requests: number
  failures: number
  unpriced: number
  input_tokens: number
  output_tokens: number
  usd: number
  kind: string
}

export interface Label {
  name: string
  count: number
}

export interface Labels {
  folders: FolderLabel[]
  tags: Label[]
}

export interface Lane {
  id?: string | null
  model: string
  role?: "primary" | "secondary" | "comparison" | null
  system?: string | null
  params?: Params | null
  tools?: boolean | string[] | null
}

export interface LaneFigures {
  id: string
  model: string
  system: string | null
  params: { [key: string]: unknown } | null
  answers: number
  complete: number
  passed: number
  checks: number
  checks_passed: number
  undecided: number
  usd: number
  unknown_cost: number
  p50_ms: number | null
  served_by: string[]
}

export interface LaneIn {
  model: string
  input_tokens: number
  output_tokens?: number | null
  max_tokens?: number | null
  tools?: boolean | string[]
}

export interface LaneSetChange {
  name?: string | null
  lanes?: Lane[] | null
  mode?: "parallel" | "sequential" | null
  history?: "own" | "chosen" | "all" | null
  relay?: boolean | null
  default?: boolean | null
}

export interface LaneSetList {
  lane_sets: LaneSetRow[]
}

export interface LaneSetRow {
  id: number
  name: string
  lanes: { [key: string]: unknown }[]
  mode: "parallel" | "sequential"
  history: "own" | "chosen" | "all"
  relay: boolean
  default: boolean
}

export interface LastRun {
  id: string
  at: string
  state: "running" | "stopped" | "done"
  total: number
  passed: number
}

export interface Leaderboard {
  rows: Standing[]
  kinds: { [key: string]: number }
  languages: { [key: string]: number }
}

export interface LimitCheck {
  kind: "max_ms" | "max_usd"
  value: number
}

export interface LimitOut {
  scope: string
  soft: number | null
  hard: number | null
  spent: number
  unpriced: number
  held: number
  name: string
}

export interface Limits {
  turns?: number
  tokens?: number | null
  usd?: number | null
  seconds?: number | null
}

export interface LimitsOut {
  limits: LimitOut[]
  level: "ok" | "soft" | "hard"
}

export interface LineChange {
  text?: string | null
  on?: boolean | null
}

export interface LoadedOut {
  server: string
  model: string
  size: number
  vram: number
  context_length: number | null
  expires_at: string | null
}

export interface MadeShare {
  id: number
  hint: string
  branch: string | null
  later: boolean
  attachments: boolean
  calls: boolean
  created: string
  expires: string | null
  path: string
}

export interface Median {
  p50: number | null
}

export interface MemoryState {
  about: string
  style: string
  remembered: RememberedRow[]
  left_out: number
  sent: string
  tokens: number
}

export interface Messages {
  messages: { [key: string]: unknown }[]
  next: string | null
}

export interface Metrics {
  rows: MetricsRow[]
  before: MetricsRow[]
  since: string
  until: string
  daily?: Compared | null
}

export interface MetricsRow {
  key: string
  answers: number
  complete: number
  stopped: number
  failed: number
  interrupted: number
  errors: { [key: string]: number }
  served_by: { [key: string]: number }
  version: { [key: string]: number }
  input: number
  output: number
  reasoning: number
  cached: number
  usd: number
  unknown_cost: number
  first_token_ms: Percentiles
  total_ms: Percentiles
  tokens_per_second: Median
  votes: Votes
}

export interface ModelChange {
  name?: string | null
  candidates?: string[] | null
  enabled?: boolean | null
  order?: number | null
  temperature?: number | null
  top_p?: number | null
  top_k?: number | null
  max_tokens?: number | null
  context_length?: number | null
  streaming?: boolean | null
  thinking?: "off" | "low" | "medium" | "high" | null
  system_prompt?: string | null
  price_input?: number | null
  price_output?: number | null
  capabilities?: ("chat" | "vision" | "tools" | "thinking" | "embeddings")[] | null
  visibility?: "everyone" | "groups" | "staff" | null
  groups?: string[] | null
}

export interface ModelName {
  model: string
}

export interface ModelOfServer {
  id: string
  name: string
  listed: boolean
  context_length: number | null
  pricing: PricingOut | null
  capabilities: string[]
  set: ModelSettings | null
}

export interface ModelOut {
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
  capabilities: string[]
  pricing: PricingOut | null
  loaded: boolean | null
  metadata: { [key: string]: unknown }
}

export interface ModelSettings {
  name: string
  candidates: string[]
  enabled: boolean
  order: number
  temperature: number | null
  top_p: number | null
  top_k: number | null
  max_tokens: number | null
  context_length: number | null
  streaming: boolean
  thinking: string
  system_prompt: string
  price_input: number | null
  price_output: number | null
  capabilities: string[] | null
  visibility: "everyone" | "groups" | "staff"
  groups: string[]
}

export interface ModelSumOut {
  requests: number
  failures: number
  unpriced: number
  input_tokens: number
  output_tokens: number
  usd: number
  model: string
}

export interface ModelsFoundOut {
  models: ModelOut[]
  total: number
}

export interface ModelsOfServer {
  models: ModelOfServer[]
  groups: string[]
}

export interface ModelsOut {
  models: { [key: string]: ModelOut[] }
  total: number
}

export interface NewBranch {
  message: string
  name: string
}

export interface NewChat {
  lanes: Lane[]
  mode?: "parallel" | "sequential"
  history?: "own" | "chosen" | "all"
  relay?: boolean
  blind?: boolean
}

export interface NewLaneSet {
  name: string
  lanes: Lane[]
  mode?: "parallel" | "sequential"
  history?: "own" | "chosen" | "all"
  relay?: boolean
  default?: boolean
}

export interface NewLine {
  text: string
  on?: boolean
}

export interface NewMessage {
  lanes?: Lane[] | null
  project?: AskedProject | null
  mode?: "parallel" | "sequential" | null
  relay?: boolean | null
  history?: "own" | "chosen" | "all" | null
  blind?: boolean | null
  rag?: boolean | null
  memory?: boolean | null
  titles?: "own" | "words" | string | null
  tools?: boolean | string[] | null
  web?: boolean | null
  id?: string | null
  parent?: string | null
  text?: string
  attachments?: string[]
  documents?: number[]
  choices?: { [key: string]: unknown } | null
  stream?: boolean
}

export interface NewPrompt {
  name: string
  text: string
  shared?: boolean
  starter?: boolean
}

export interface NewReplay {
  models?: string[]
  turns?: string
  branch?: string | null
  dry_run?: boolean
}

export interface NewServer {
  group?: string | null
  connect_timeout?: number | null
  first_byte_timeout?: number | null
  chunk_timeout?: number | null
  max_concurrent?: number | null
  requests_per_minute?: number | null
  listed_only?: boolean | null
  visibility?: "everyone" | "groups" | "staff" | null
  groups?: string[] | null
  enabled?: boolean | null
  order?: number | null
  service?: string | null
  name?: string | null
  provider?: string | null
  base_url?: string | null
  key?: string | null
  headers?: { [key: string]: string } | null
}

export interface NewShare {
  branch?: string | null
  later?: boolean
  attachments?: boolean
  calls?: boolean
  days?: number | null
}

export interface OpenTab {
  key: string
  conversation: string | null
  title: string
}

export interface Organised {
  done: string[]
  failed: { [key: string]: string }
}

export interface PairOut {
  question: string
  text: string
  before: SideOut | null
  after: SideOut
  removed: number
  added: number
}

export interface Params {
  temperature?: number | null
  top_p?: number | null
  top_k?: number | null
  max_tokens?: number | null
  seed?: number | null
  thinking?: "off" | "low" | "medium" | "high" | null
  json?: boolean | null
  context_length?: number | null
}

export interface Participant {
  name: string
  model: string
  system?: string
  params?: Params | null
}

export interface PassagesOut {
  passages: SourceOut[]
  waiting: number
}

export interface PasswordChange {
  old: string
  new: string
}

export interface PatternCheck {
  kind: "regex"
  value: string
}

export interface Percentiles {
  p50: number | null
  p95: number | null
}

export interface PersonaIn {
  name?: string | null
  description?: string | null
  picture?: string | null
  model?: string | null
  system_prompt?: string | null
  system?: string | null
  params?: { [key: string]: unknown } | null
  shared?: boolean | null
}

export interface PersonaOut {
  id: string
  owner: string
  mine: boolean
  name: string
  description: string
  picture: string
  model: string
  system_prompt: string
  params: { [key: string]: unknown }
  shared: boolean
}

export interface PersonasOut {
  personas: PersonaOut[]
}

export interface PlaceOut {
  provider: string
  base_url: string
}

export interface PolicyChange {
  policy: "allow" | "ask" | "deny" | null
}

export interface PreferencesChange {
  theme?: "system" | "light" | "dark" | null
  language?: string | null
  text_size?: "small" | "normal" | "large" | "larger" | null
  sidebar?: boolean | null
  layout?: "auto" | "columns" | "grid" | "tabs" | "stack" | null
  send_with?: "enter" | "mod-enter" | null
  reasoning_open?: boolean | null
  titles?: "own" | "words" | null
  suggestions?: boolean | null
  export_path?: boolean | null
  shortcuts?: { [key: string]: string } | null
  favourites?: string[] | null
  recent_models?: string[] | null
  new_chat?: NewChat | null
  tools?: boolean | string[] | null
  folders?: string[] | null
  unread?: string[] | null
  tabs?: OpenTab[] | null
  tab?: string | null
}

export interface PricingOut {
  input: number
  output: number
}

export interface PromptChange {
  name?: string | null
  text?: string | null
  shared?: boolean | null
  starter?: boolean | null
}

export interface PromptList {
  prompts: PromptRow[]
}

export interface PromptRow {
  id: number
  owner: string
  mine: boolean
  name: string
  text: string
  shared: boolean
  starter: boolean
}

export interface ProviderOut {
  name: string
  label: string
  servers: string[]
  settings: string[]
}

export interface ProvidersOut {
  providers: ProviderOut[]
}

export interface RefusedOut {
  name: string
  error: FailureOut
}

export interface Remark {
  name: string
  reason: string
}

export interface RememberedRow {
  id: number
  text: string
  on: boolean
}

export interface RunBody {
  lanes: Lane[]
  judge?: string | null
  repeat?: number
  dry_run?: boolean
}

export interface RunList {
  runs: RunRow[]
}

export interface RunRow {
  id: string
  testset: string
  name: string
  at: string
  state: "running" | "stopped" | "done"
  reason: string
  judge: string | null
  repeat: number
  scheduled: boolean
  cases: number
  total: number
  done: number
  passed: number
  lanes: LaneFigures[]
  worse?: Worse[]
}

export interface Schedule {
  cron: string
  timezone: string
  lanes: { [key: string]: unknown }[]
  judge?: string | null
  repeat?: number
  next?: string
  problem?: string
}

export interface ScheduleBody {
  lanes: Lane[]
  judge?: string | null
  repeat?: number
  dry_run?: boolean
  cron: string
  timezone?: string
}

export interface SchemaCheck {
  kind: "json_schema"
  value: { [key: string]: unknown } | boolean
}

export interface SearchServiceOut {
  id: string
  label: string
  needs: "address" | "key" | ""
  usual_address: string | null
  key_page: string | null
}

export interface SearchSettings {
  service: string
  address: string | null
  has_key: boolean
  follows_environment: boolean
  missing: string | null
  services: SearchServiceOut[]
}

export interface SearchSettingsChange {
  service?: string | null
  address?: string | null
  key?: string | null
  from_environment?: true | null
}

export interface SearchToTry {
  service?: string | null
  address?: string | null
  key?: string | null
}

export interface SearchTried {
  ok: boolean
  results: number | null
  error: string | null
}

export interface SentTestSet {
  name: string
  cases?: Case[]
}

export interface ServerChange {
  group?: string | null
  connect_timeout?: number | null
  first_byte_timeout?: number | null
  chunk_timeout?: number | null
  max_concurrent?: number | null
  requests_per_minute?: number | null
  listed_only?: boolean | null
  visibility?: "everyone" | "groups" | "staff" | null
  groups?: string[] | null
  enabled?: boolean | null
  order?: number | null
  base_url?: string | null
  key?: string | null
  headers?: { [key: string]: string } | null
  from_environment?: true | null
}

export interface ServerOut {
  name: string
  provider: string
  base_url: string | null
  group: string | null
  models: ModelOut[]
  listed_at: string | null
  stale: boolean
  health: HealthOut
}

export interface ServerRow {
  name: string
  status: "ready" | "off" | "failed"
  error?: string | null
  tools: string[]
  sign_in?: "own" | "shared" | "wanted" | null
}

export interface ServerSettings {
  name: string
  provider: string
  service: string | null
  label: string
  base_url: string | null
  has_key: boolean
  header_names: string[]
  group: string | null
  connect_timeout: number | null
  first_byte_timeout: number | null
  chunk_timeout: number | null
  max_concurrent: number | null
  requests_per_minute: number | null
  listed_only: boolean | null
  visibility: "everyone" | "groups" | "staff"
  groups: string[]
  enabled: boolean
  order: number
  only_repeats: boolean
  manages_models: boolean
  in_environment: boolean
  follows_environment: boolean
  status: "healthy" | "slow" | "unhealthy" | null
  error: string | null
  models_count: number | null
  latency_ms: number | null
  checked_at: string | null
}

export interface ServerToTry {
  server?: string | null
  provider: string
  base_url?: string
  key?: string | null
  headers?: { [key: string]: string } | null
}

export interface ServersOut {
  servers: ServerOut[]
  total: number
}

export interface SessionList {
  sessions: SessionRow[]
}

export interface SessionRow {
  id: number
  browser: string
  system: string
  address: string
  since: string
  last_seen: string
  current: boolean
}

export interface SetList {
  testsets: SetRow[]
  broken: BrokenSet[]
}

export interface SetRow {
  id: string
  name: string
  cases: number
  updated: string
  last_run: LastRun | null
}

export interface ShareList {
  shares: ShareRow[]
}

export interface ShareRow {
  id: number
  hint: string
  branch: string | null
  later: boolean
  attachments: boolean
  calls: boolean
  created: string
  expires: string | null
}

export interface SideOut {
  message: string
  model: string
  status: string
  figures: FiguresOut
}

export interface SignInPage {
  url: string
}

export interface SignInStart {
  for_all?: boolean
}

export interface Soon {
  conversation?: string
}

export interface SourceOut {
  n: number
  document: number
  name: string
  page: number | null
  last_page: number | null
  heading: string
  passage: string
  score: number
  words: number
  cosine: number | null
  matches: [number, number][]
}

export interface SpendingOut {
  since: string
  until: string
  total: SumOut
  models: ModelSumOut[]
  kinds: KindSumOut[]
  days: DaySumOut[]
}

export interface Spent {
  day: number
  month: number
  total: number
}

export interface Standing {
  model: string
  rating: number
  low: number
  high: number
  games: number
  won: number
  lost: number
  tied: number
  enough: boolean
}

export interface StorageOut {
  attachments: UseOut
  documents: UseOut
  temporary_chats: UseOut
  temporary_chat_bytes: number | null
}

export interface StoredCase {
  id: string
  text: string
  system?: string | null
  attachments?: string[]
  checks: StoredCheck[]
}

export interface StoredCheck {
  kind: "contains" | "not_contains" | "regex" | "equals" | "json_schema" | "max_ms" | "max_usd" | "judge"
  value: unknown
}

export interface StoredSet {
  format: number
  id: string
  owner: string
  name: string
  at?: string
  updated?: string
  cases: StoredCase[]
  schedule?: Schedule | null
}

export interface SuggestionOut {
  model: string
  rule: string
  reason: string
  score: number
}

export interface SuggestionsOut {
  suggestions: SuggestionOut[]
}

export interface SumOut {
  requests: number
  failures: number
  unpriced: number
  input_tokens: number
  output_tokens: number
  usd: number
}

export interface TestedCase {
  id: string
  text: string
  checks: StoredCheck[]
}

export interface TextCheck {
  kind: "contains" | "not_contains" | "equals"
  value: string
}

export interface Texts {
  about?: string
  style?: string
}

export interface ToolList {
  tools: ToolRow[]
  servers: ServerRow[]
}

export interface ToolRow {
  name: string
  title: string
  description: string
  source: string
  read_only: boolean
  policy: "allow" | "ask" | "deny"
  available: boolean
  reason?: string | null
  parameters: { [key: string]: unknown }
}

export interface TrainingCount {
  rows: number
  conversations: number
  failed: string[]
}

export interface Trash {
  conversations: TrashedRow[]
}

export interface TrashedRow {
  id: string
  title: string
  deleted: string
  purged: string
}

export interface Trial {
  question: string
  conversation?: string
  documents?: number[] | null
  limit?: number
}

export interface Unreadable {
  code: string
  message: string
}

export interface UploadedOut {
  documents: DocumentOut[]
  already: AlreadyOut[]
  refused: RefusedOut[]
}

export interface UseOut {
  used: number
  allowed: number | null
}

export interface Votes {
  up: number
  down: number
  won: number
  lost: number
  tied: number
}

export interface WholeRun {
  id: string
  testset: string
  name: string
  at: string
  state: "running" | "stopped" | "done"
  reason: string
  judge: string | null
  repeat: number
  scheduled: boolean
  cases: TestedCase[]
  total: number
  done: number
  passed: number
  lanes: LaneFigures[]
  worse?: Worse[]
  cells: Cell[]
}

export interface Worse {
  lane: string
  model: string
  sign: "passed" | "slower" | "dearer" | "served_by"
  before: number | null
  now: number | null
  than: string
}

export interface Rest {
  'POST /api/account/password': { body: PasswordChange; answer: null }
  'GET /api/account/sessions': { answer: SessionList }
  'DELETE /api/account/sessions': { answer: Ended }
  'DELETE /api/account/sessions/{number}': { path: { number: number }; answer: null }
  'GET /api/account/storage': { answer: StorageOut }
  'POST /api/attachments': { answer: Attachment }
  'GET /api/attachments/{sha256}': { path: { sha256: string }; answer: null }
  'POST /api/chat/approve': { body: Approve; answer: { [key: string]: unknown } }
  'POST /api/chat/cancel/{message}': { path: { message: string }; answer: { [key: string]: unknown } }
  'POST /api/chat/commands': { body: { [key: string]: unknown }; answer: { [key: string]: unknown } }
  'POST /api/chat/multi-model': { body: Dialogue; answer: { [key: string]: unknown } }
  'POST /api/chat/session': { body?: Beginning; answer: ConversationOut }
  'GET /api/chat/session/{conversation}': { path: { conversation: string }; answer: ConversationOut }
  'GET /api/conversations': { query?: { model?: string; since?: string | null; until?: string | null; answered_since?: string | null; answered_until?: string | null; folder?: string | null; tag?: string; has_branches?: boolean; has_attachments?: boolean; archived?: boolean | null; limit?: number; cursor?: string; q?: string }; answer: ConversationList }
  'POST /api/conversations': { body?: Beginning; answer: ConversationOut }
  'POST /api/conversations/bulk': { body: Bulk; answer: Organised }
  'GET /api/conversations/labels': { answer: Labels }
  'GET /api/conversations/search': { query: { model?: string; since?: string | null; until?: string | null; answered_since?: string | null; answered_until?: string | null; folder?: string | null; tag?: string; has_branches?: boolean; has_attachments?: boolean; archived?: boolean | null; q: string; limit?: number }; answer: Found }
  'GET /api/conversations/trash': { query?: { limit?: number }; answer: Trash }
  'DELETE /api/conversations/trash': { answer: null }
  'DELETE /api/conversations/trash/{conversation}': { path: { conversation: string }; answer: null }
  'GET /api/conversations/{conversation}': { path: { conversation: string }; answer: ConversationOut }
  'PATCH /api/conversations/{conversation}': { path: { conversation: string }; body: Changes; answer: ConversationOut }
  'DELETE /api/conversations/{conversation}': { path: { conversation: string }; answer: null }
  'POST /api/conversations/{conversation}/branches': { path: { conversation: string }; body: NewBranch; answer: { [key: string]: unknown } }
  'GET /api/conversations/{conversation}/comparison': { path: { conversation: string }; answer: ComparisonOut }
  'GET /api/conversations/{conversation}/events': { path: { conversation: string }; answer: null }
  'GET /api/conversations/{conversation}/export': { path: { conversation: string }; query?: { format?: "markdown" | "html" | "json" | "jsonl" | "text" | "preferences" | "liked"; scope?: "all" | "path" }; answer: { [key: string]: unknown } }
  'GET /api/conversations/{conversation}/messages': { path: { conversation: string }; query?: { ids?: string[] | null; limit?: number; cursor?: string }; answer: Messages }
  'POST /api/conversations/{conversation}/messages': { path: { conversation: string }; body: NewMessage; answer: Answered }
  'POST /api/conversations/{conversation}/replay': { path: { conversation: string }; body: NewReplay; answer: Estimated | Begun }
  'POST /api/conversations/{conversation}/restore': { path: { conversation: string }; answer: ConversationOut }
  'GET /api/conversations/{conversation}/shares': { path: { conversation: string }; answer: ShareList }
  'POST /api/conversations/{conversation}/shares': { path: { conversation: string }; body: NewShare; answer: MadeShare }
  'DELETE /api/conversations/{conversation}/shares/{share}': { path: { conversation: string; share: number }; answer: null }
  'GET /api/documents': { query?: { conversation?: string }; answer: DocumentsOut }
  'POST /api/documents': { answer: UploadedOut }
  'GET /api/documents/collections': { answer: CollectionsOut }
  'POST /api/documents/search': { body: Trial; answer: PassagesOut }
  'POST /api/documents/url': { body: FromAddress; answer: DocumentOut }
  'POST /api/documents/warm': { body: Soon; answer: null }
  'GET /api/documents/{document}': { path: { document: number }; answer: DocumentOut }
  'DELETE /api/documents/{document}': { path: { document: number }; answer: null }
  'POST /api/documents/{document}/cancel': { path: { document: number }; answer: DocumentOut }
  'GET /api/documents/{document}/original': { path: { document: number }; answer: null }
  'POST /api/documents/{document}/retry': { path: { document: number }; answer: DocumentOut }
  'GET /api/export': { query?: { model?: string; since?: string | null; until?: string | null; answered_since?: string | null; answered_until?: string | null; folder?: string | null; tag?: string; has_branches?: boolean; has_attachments?: boolean; archived?: boolean | null; format?: "markdown" | "html" | "json" | "jsonl" | "text" | "preferences" | "liked"; scope?: "all" | "path" }; answer: null }
  'POST /api/export': { body: Chosen; answer: null }
  'GET /api/export/training': { query?: { model?: string; since?: string | null; until?: string | null; answered_since?: string | null; answered_until?: string | null; folder?: string | null; tag?: string; has_branches?: boolean; has_attachments?: boolean; archived?: boolean | null; kind?: "preferences" | "liked"; dry_run?: boolean }; answer: TrainingCount }
  'GET /api/folders/{name}': { path: { name: string }; answer: FolderOut }
  'PATCH /api/folders/{name}': { path: { name: string }; body: FolderChange; answer: FolderOut }
  'DELETE /api/folders/{name}': { path: { name: string }; answer: null }
  'POST /api/import': { query?: { dry_run?: boolean }; answer: Imported }
  'POST /api/import/{upload}': { path: { upload: string }; answer: null }
  'DELETE /api/import/{upload}': { path: { upload: string }; answer: null }
  'GET /api/lane-sets': { answer: LaneSetList }
  'POST /api/lane-sets': { body: NewLaneSet; answer: LaneSetRow }
  'PATCH /api/lane-sets/{lane_set}': { path: { lane_set: number }; body: LaneSetChange; answer: LaneSetRow }
  'DELETE /api/lane-sets/{lane_set}': { path: { lane_set: number }; answer: null }
  'GET /api/leaderboard': { query?: { blind?: "all" | "blind" | "open"; since?: string | null; tag?: string; folder?: string; kind?: "code" | "maths" | "translation" | "summary" | "writing" | "facts" | "other" | ""; language?: string }; answer: Leaderboard }
  'GET /api/memory': { answer: MemoryState }
  'PUT /api/memory': { body: Texts; answer: MemoryState }
  'DELETE /api/memory': { answer: null }
  'POST /api/memory/remembered': { body: NewLine; answer: RememberedRow }
  'PATCH /api/memory/remembered/{line}': { path: { line: number }; body: LineChange; answer: RememberedRow }
  'DELETE /api/memory/remembered/{line}': { path: { line: number }; answer: null }
  'GET /api/metrics': { query?: { since?: string | null; until?: string | null; by?: "model" | "server" | "day" | "week" | "folder" | "tag" | "purpose"; model?: string; server?: string; timezone?: string; everyone?: boolean; daily?: boolean; format?: "json" | "csv"; decimal?: "point" | "comma" | null }; answer: Metrics }
  'GET /api/models': { query?: { refresh?: boolean }; answer: ModelsOut }
  'POST /api/models/auto': { body: AutoQuestionIn; answer: AutoChoicesOut }
  'GET /api/models/budget': { query?: { conversation?: string; folder?: string }; answer: LimitsOut }
  'POST /api/models/estimate': { body: EstimateIn; answer: EstimateOut }
  'GET /api/models/loaded': { answer: AllLoadedOut }
  'GET /api/models/personas': { answer: PersonasOut }
  'POST /api/models/personas': { body: PersonaIn; answer: PersonaOut }
  'GET /api/models/personas/{persona}': { path: { persona: string }; answer: PersonaOut }
  'PATCH /api/models/personas/{persona}': { path: { persona: string }; body: PersonaIn; answer: PersonaOut }
  'DELETE /api/models/personas/{persona}': { path: { persona: string }; answer: null }
  'GET /api/models/providers': { answer: ProvidersOut }
  'GET /api/models/providers/health': { query?: { refresh?: boolean }; answer: { [key: string]: HealthOut } }
  'GET /api/models/pulls': { answer: { [key: string]: unknown }[] }
  'GET /api/models/search': { query?: { q?: string; server?: string; capability?: string; limit?: number }; answer: ModelsFoundOut }
  'GET /api/models/server/models': { query: { server_url: string; refresh?: boolean }; answer: ServerOut }
  'GET /api/models/servers': { answer: ServersOut }
  'POST /api/models/servers/{server}/pull': { path: { server: string }; body: ModelName; answer: null }
  'DELETE /api/models/servers/{server}/pull': { path: { server: string }; query: { model: string }; answer: null }
  'POST /api/models/servers/{server}/unload': { path: { server: string }; body: ModelName; answer: null }
  'GET /api/models/spending': { query?: { days?: number; conversation?: string }; answer: SpendingOut }
  'POST /api/models/suggest': { body: DraftIn; answer: SuggestionsOut }
  'GET /api/models/{provider}': { path: { provider: string }; query?: { refresh?: boolean }; answer: ModelsOut }
  'GET /api/models/{provider}/{model}': { path: { provider: string; model: string }; answer: ModelOut }
  'GET /api/preferences': { answer: { [key: string]: unknown } }
  'PATCH /api/preferences': { body: PreferencesChange; answer: { [key: string]: unknown } }
  'GET /api/prompts': { answer: PromptList }
  'POST /api/prompts': { body: NewPrompt; answer: PromptRow }
  'PATCH /api/prompts/{number}': { path: { number: number }; body: PromptChange; answer: PromptRow }
  'DELETE /api/prompts/{number}': { path: { number: number }; answer: null }
  'GET /api/servers': { answer: AllServersOut }
  'POST /api/servers': { body: NewServer; answer: ServerSettings }
  'GET /api/servers/{name}': { path: { name: string }; answer: ServerSettings }
  'PATCH /api/servers/{name}': { path: { name: string }; body: ServerChange; answer: ServerSettings }
  'DELETE /api/servers/{name}': { path: { name: string }; answer: null }
  'POST /api/servers/{name}/check': { path: { name: string }; answer: CheckOut }
  'GET /api/servers/{name}/models': { path: { name: string }; answer: ModelsOfServer }
  'PATCH /api/servers/{name}/models/{model}': { path: { name: string; model: string }; body: ModelChange; answer: ModelSettings }
  'DELETE /api/servers/{name}/models/{model}': { path: { name: string; model: string }; answer: null }
  'GET /api/services': { answer: ChoicesOut }
  'POST /api/services/check': { body: ServerToTry; answer: CheckOut }
  'POST /api/services/discover': { answer: AllFoundOut }
  'GET /api/settings/documents': { answer: DocumentSettings }
  'PATCH /api/settings/documents': { body: DocumentSettingsChange; answer: DocumentSettings }
  'POST /api/settings/documents/check': { body: EmbeddingToTry; answer: EmbeddingTried }
  'GET /api/settings/search': { answer: SearchSettings }
  'PATCH /api/settings/search': { body: SearchSettingsChange; answer: SearchSettings }
  'POST /api/settings/search/check': { body: SearchToTry; answer: SearchTried }
  'GET /api/testsets': { answer: SetList }
  'POST /api/testsets': { body: SentTestSet; answer: StoredSet }
  'GET /api/testsets/{testset}': { path: { testset: string }; answer: StoredSet }
  'PUT /api/testsets/{testset}': { path: { testset: string }; body: SentTestSet; answer: StoredSet }
  'DELETE /api/testsets/{testset}': { path: { testset: string }; answer: null }
  'POST /api/testsets/{testset}/runs': { path: { testset: string }; body: RunBody; answer: EstimatedRun | BegunRun }
  'GET /api/testsets/{testset}/runs': { path: { testset: string }; answer: RunList }
  'GET /api/testsets/{testset}/runs/{run}': { path: { testset: string; run: string }; answer: WholeRun }
  'DELETE /api/testsets/{testset}/runs/{run}': { path: { testset: string; run: string }; answer: null }
  'POST /api/testsets/{testset}/runs/{run}/resume': { path: { testset: string; run: string }; answer: RunRow }
  'POST /api/testsets/{testset}/runs/{run}/stop': { path: { testset: string; run: string }; answer: RunRow }
  'PUT /api/testsets/{testset}/schedule': { path: { testset: string }; body: ScheduleBody; answer: StoredSet }
  'DELETE /api/testsets/{testset}/schedule': { path: { testset: string }; answer: null }
  'GET /api/tools': { answer: ToolList }
  'POST /api/tools/servers/{name}/sign-in': { path: { name: string }; body: SignInStart; answer: SignInPage }
  'DELETE /api/tools/servers/{name}/sign-in': { path: { name: string }; query?: { for_all?: boolean }; answer: null }
  'PATCH /api/tools/{name}': { path: { name: string }; body: PolicyChange; answer: ToolRow }
}
