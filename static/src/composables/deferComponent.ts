import { type Component, defineAsyncComponent } from 'vue'

let before: Promise<void> = Promise.resolve()

/** Resolves in a task of its own, after those that were asked for before it. */
export function waitForOwnTask(): Promise<void> {
  before = before.then(() => new Promise((done) => void setTimeout(done, 0)))
  return before
}

/**
 * A component that is part of the first script, but drawn in a task of its own: a page whose parts are drawn
 * one after another answers keys and clicks between them.
 */
export function deferComponent<Drawn extends Component>(component: Drawn): Drawn {
  return defineAsyncComponent<Drawn>(() => waitForOwnTask().then(() => component))
}
