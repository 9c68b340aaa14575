export const prompts = {
  prompts: {
    title: 'Prompts',
    hint: 'Texts that you write again and again. Type / in the message box to use one.',
    new: 'New prompt',
    none: 'You have no prompts yet, so / offers these examples. Begin with one of them, or write your own.',
    manage: 'Manage prompts…',
    keep: 'Save as a prompt…',
    name: 'Name',
    nameHint: 'What you will type after /',
    text: 'Text',
    textHint: 'What will be written into the message box.',
    blanksHint: "A word in double braces, as {'{{'}topic{'}}'}, is filled in each time: Tab goes from one to the next.",
    blanks: 'To be filled in each time: {names}.',
    tab: 'Tab goes to the next blank',
    starter: 'Show on the empty page',
    starterHint: 'A button of a new chat. Your own replace the built-in ones.',
    nameMissing: 'Give it a name.',
    textMissing: 'Write its text.',
    saved: '“{name}” is saved.',
    removeAsk: 'Delete the prompt “{name}”?',
    removed: '“{name}” is deleted.',
    back: 'Back to the list',
    ex: {
      translate: {
        name: 'Translate',
        text: "Translate into {'{{'}language{'}}'}. Keep the tone, and give only the translation.\n\n{'{{'}text{'}}'}",
      },
      summary: {
        name: 'Summarise',
        text: "Sum up the following in {'{{'}number{'}}'} points, the most important first. Add nothing of your own.\n\n{'{{'}text{'}}'}",
      },
      explain: {
        name: 'Explain',
        text: "Explain {'{{'}topic{'}}'} to {'{{'}reader{'}}'}, with one example from everyday life.",
      },
      improve: {
        name: 'Improve writing',
        text: "Make the following clearer and easier to read, and correct its mistakes. Keep its language, meaning and tone. Give only the new text.\n\n{'{{'}text{'}}'}",
      },
      letter: {
        name: 'Letter',
        text: "Write a short, polite letter to {'{{'}recipient{'}}'} about {'{{'}matter{'}}'}. What I want: {'{{'}goal{'}}'}.",
      },
      review: {
        name: 'Code review',
        text: "Review this {'{{'}programming language{'}}'} code. Name mistakes first, then what could be simpler, each with a line of better code.\n\n{'{{'}code{'}}'}",
      },
    },
  },
}
