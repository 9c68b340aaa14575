/** The words of turns that several models answer. */
export const turns = {
  turn: {
    failed: '{failed} of {count} failed',
    toFailed: 'Go to the next failed answer',
    enlarged: 'Show {model} alone',
    all: 'Show all',
    unread: '{label}, not read yet',
    figures: 'Figures',
    figuresTitle: 'Figures of the answers',
    tokens: 'Tokens',
    interrupted: 'Interrupted',
    sortBy: 'Sort by {name}',
    sameAnswers: 'These two answers are the same, word for word.',
    sameWords: 'These two answers have the same words; only their formatting differs.',
    formatted: 'Formatted',
    plain: 'As one text',
    view: 'View',
    oneAnswer: 'Choose two different answers to compare them.',
  },
}
