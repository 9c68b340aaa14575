import type { Messages } from '../en'
import { chat } from './chat'
import { dialogue } from './dialogue'
import { history } from './history'
import { lanes } from './lanes'
import { models } from './models'
import { page } from './page'
import { share } from './share'

export const tr: Messages = { ...page, ...history, ...chat, ...lanes, ...models, ...dialogue, ...share }
