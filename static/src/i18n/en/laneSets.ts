export const laneSets = {
  laneSets: {
    keep: 'Save these models as a set…',
    keepTitle: 'Save these models as a set',
    name: 'Name',
    title: 'Model sets',
    makeDefault: 'Start new chats with it',
    remove: 'Delete',
    options: 'Options for {name}',
    unknown: 'There is no model set “{name}”.',
    default: 'default',
    kept: 'The model set is saved.',
  },
}
