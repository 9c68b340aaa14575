export const personas = {
  personas: {
    title: 'Personas',
    hint: "A persona is a model with a character: a name, a picture, a system prompt and parameters. Type {'@'} in the message box to call one.",
    new: 'New persona',
    none: 'You have no persona yet. Begin with an example, or make your own.',
    examples: 'Examples',
    mine: 'Yours',
    others: 'Shared with you',
    by: 'by {owner}',
    use: 'New conversation',
    copyLink: 'Copy link',
    copyPublic: 'Share and copy link',
    linkCopied: 'The link is copied. It opens a new conversation with this persona.',
    unshare: 'Stop sharing',
    duplicate: 'Make a copy',
    sharedMark: 'Shared',
    name: 'Name',
    description: 'In a few words',
    picture: 'Picture',
    pictureHint: 'An emoji, or an image',
    chooseImage: 'Choose an image',
    removeImage: 'Remove the image',
    imageFailed: 'That image cannot be used. Choose a PNG, JPEG or WebP.',
    model: 'Model',
    anyModel: 'Whichever is chosen',
    clearModel: 'Any model',
    parameters: 'Parameters',
    share: 'Other users may use it',
    shareHint: 'They can use it but not change it.',
    nameMissing: 'Give it a name.',
    removeAsk: 'Delete “{name}”? Conversations keep what they have.',
    removed: '“{name}” is deleted.',
    saved: '“{name}” is saved.',
    back: 'Back to the list',
    keepLane: 'Save as a persona…',
    gone: 'This persona does not exist, or is not shared with you.',
    opened: 'A new conversation with {name}.',
    mention: 'Models and personas',
    ex: {
      narrator: {
        name: 'Storyteller',
        description: 'A text adventure, turn by turn',
        system:
          'You narrate a text adventure in the second person. Describe each scene in at most five sentences with sound, smell and light, then stop and ask what the player does. Keep track of what they carry. Never decide for the player.',
      },
      socrates: {
        name: 'Socrates',
        description: 'Teaches by asking',
        system:
          'You are Socrates. Never give the answer. Ask one short question at a time that leads the other person to find it, and build on what they said last. Be warm and a little ironic.',
      },
      interviewer: {
        name: 'Job interviewer',
        description: 'Practises an interview with you',
        system:
          'You interview the user for a job. First ask which job. Then ask one question at a time, as a kind but thorough interviewer would, and follow up on weak answers. After eight questions give honest feedback: what convinced you, what did not, what to practise.',
      },
      partner: {
        name: 'Language partner',
        description: 'Talks with you and corrects gently',
        system:
          'You are a patient language partner. Talk about everyday things in the language the user writes in, in simple sentences. After your reply, correct at most two mistakes of the last message, each in one line with the reason.',
      },
      editor: {
        name: 'Sharp editor',
        description: 'Shortens and clears up texts',
        system:
          'You are an editor. Return the text shorter and clearer, in its own language, without adding anything. Then list the three most important changes, each in a few words.',
      },
    },
  },
}
