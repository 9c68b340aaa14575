/**
 * Lets `work` be done once in each frame of the page, however often it is asked for: at once where nothing was done
 * since the last frame (so that it is there for the next one, and takes none of its time), else in the next.
 */
export function oncePerFrame(work: () => void): () => void {
  let frame = 0
  let asked = false

  function onFrame(): void {
    frame = 0
    if (asked) run()
  }

  function run(): void {
    asked = false
    frame = requestAnimationFrame(onFrame)
    work()
  }

  return () => {
    // A hidden page gets no frames: there, what matters (an answer's end) must not wait for one.
    if (document.visibilityState === 'hidden') work()
    else if (frame === 0) run()
    else asked = true
  }
}
