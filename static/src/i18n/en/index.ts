import { chat } from './chat'
import { dialogue } from './dialogue'
import { history } from './history'
import { lanes } from './lanes'
import { models } from './models'
import { page } from './page'
import { share } from './share'

export const en = { ...page, ...history, ...chat, ...lanes, ...models, ...dialogue, ...share }

type Shape<Node> = { [Key in keyof Node]: Node[Key] extends string ? string : Shape<Node[Key]> }

/** What each language must have, key by key. */
export type Messages = Shape<typeof en>
