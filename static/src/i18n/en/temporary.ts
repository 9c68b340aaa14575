export const temporary = {
  temporary: {
    begin: 'Temporary chat',
    lead: 'This chat is temporary: it is kept in memory only and never written down.',
    note: 'Temporary chat: in memory only, in no list, gone with the server.',
    keep: 'Keep this conversation',
    remove: 'Delete now',
    kept: 'The conversation is kept.',
    noFiles: 'A temporary chat takes no files: they would be kept on the disk.',
  },
}
