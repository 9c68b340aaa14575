/** Characters that are read as Markdown; what comes after is shown as plain text. */
export const MAX_MARKDOWN = 200_000

/** A cut at the limit prefers a line's end within this many characters before it. */
export const CUT_SEARCH = 4_000

/** Longer code is shown without colours: colouring is linear but not free. */
export const MAX_HIGHLIGHT = 60_000

/** Longer formulas are shown as their source (a formula of 100 kB stops a browser for seconds). */
export const MAX_TEX = 4_000

/** Milliseconds of deferred work (colours, formulas) between two chances for input and paint. */
export const SLICE_MS = 8

/** Milliseconds of a frame in which texts are painted; what is left comes in the frames after it. */
export const FRAME_MS = 8
