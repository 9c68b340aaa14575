const WORDS = 'a stream of tokens is cut where the network likes and every step has to look finished to a reader'.split(
  ' ',
)

/** The same numbers every time: two runs are to be compared. */
function makeRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function sentence(random: () => number, words: number): string {
  const marks = ['**', '*', '`', '', '', '', '', '']
  return Array.from({ length: words }, () => {
    const mark = marks[Math.floor(random() * marks.length)] ?? ''
    return mark + (WORDS[Math.floor(random() * WORDS.length)] ?? '') + mark
  }).join(' ')
}

type Maker = (random: () => number, index: number) => string

const MAKERS: Readonly<Record<string, Maker>> = {
  paragraph: (random) => `${sentence(random, 50)}.\n\n`,
  heading: (random) => `## ${sentence(random, 4)}\n\n`,
  code: (random) =>
    `\`\`\`python\n${Array.from({ length: 14 }, (_, i) => `def f${i}(x):  # ${sentence(random, 3)}\n`).join('')}\`\`\`\n\n`,
  list: (random) => `${Array.from({ length: 8 }, () => `- ${sentence(random, 9)}\n`).join('')}\n`,
  table: (random) =>
    `| a | b | c |\n|---|:-:|--:|\n${Array.from({ length: 8 }, () => `| ${sentence(random, 3)} | ${sentence(random, 2)} | ${random().toFixed(3)} |\n`).join('')}\n`,
  math: () => `$$\n\\sum_{i=0}^{n} x_i^2 = \\frac{1}{2}\n$$\n\nwith $x_i$ and $n$.\n\n`,
}

function upTo(length: number, make: (index: number) => string): string {
  let text = ''
  for (let index = 0; text.length < length; index++) text += make(index)
  return text.slice(0, length)
}

function mixed(length: number): string {
  const random = makeRandom(7)
  const makers = Object.values(MAKERS)
  return upTo(length, (index) => makers[index % makers.length]?.(random, index) ?? '')
}

const random = makeRandom(11)

/** What is streamed: an ordinary answer in three lengths, and answers that are one single block. */
export const TEXTS: Readonly<Record<string, string>> = {
  'mixed 5 kB': mixed(5_000),
  'mixed 20 kB': mixed(20_000),
  'mixed 100 kB': mixed(100_000),
  'one code block': `\`\`\`python\n${upTo(20_000, (i) => `value_${i} = compute(${i})  # ${sentence(random, 4)}\n`)}`,
  'one table': `| a | b | c |\n|---|---|---|\n${upTo(20_000, (i) => `| ${i} | ${sentence(random, 5)} | ${sentence(random, 3)} |\n`)}`,
  'one list': upTo(20_000, (i) => `${i + 1}. ${sentence(random, 12)}\n`),
  'one paragraph': upTo(20_000, () => `${sentence(random, 12)}. `),
}
