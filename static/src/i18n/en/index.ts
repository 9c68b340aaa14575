import { account } from './account'
import { chat } from './chat'
import { costs } from './costs'
import { dialogue } from './dialogue'
import { documents } from './documents'
import { history } from './history'
import { laneSets } from './laneSets'
import { lanes } from './lanes'
import { many } from './many'
import { memory } from './memory'
import { metrics } from './metrics'
import { models } from './models'
import { ollama } from './ollama'
import { page } from './page'
import { personas } from './personas'
import { projects } from './projects'
import { prompts } from './prompts'
import { render } from './render'
import { replay } from './replay'
import { services } from './services'
import { share } from './share'
import { temporary } from './temporary'
import { testsets } from './testsets'
import { tools } from './tools'
import { turns } from './turns'

export const en = {
  ...page,
  ...account,
  ...history,
  ...chat,
  ...laneSets,
  ...projects,
  ...lanes,
  ...many,
  ...memory,
  ...metrics,
  ...models,
  ...dialogue,
  ...costs,
  ...ollama,
  ...personas,
  ...prompts,
  ...render,
  ...replay,
  ...services,
  ...share,
  ...documents,
  ...temporary,
  ...testsets,
  ...tools,
  ...turns,
}

type Shape<Node> = { [Key in keyof Node]: Node[Key] extends string ? string : Shape<Node[Key]> }

/** What each language must have, key by key. */
export type Messages = Shape<typeof en>
