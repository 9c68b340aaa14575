import type { Messages } from '../en'

export const account: Pick<Messages, 'account'> = {
  account: {
    title: 'Учётная запись',
    whose: 'Вы вошли как {name}.',
    open: 'Пароль и устройства…',
    password: 'Пароль',
    passwordHint:
      'На всех других устройствах будет выполнен выход, а токены скриптов, не рассчитанные на смену пароля, перестанут действовать.',
    old: 'Старый пароль',
    new: 'Новый пароль',
    repeat: 'Новый пароль ещё раз',
    shortest: 'Не менее {count} символа | Не менее {count} символов | Не менее {count} символов',
    differs: 'Пароли не совпадают.',
    change: 'Сменить пароль',
    changed: 'Пароль изменён.',
    sessions: 'Устройства',
    sessionsHint: 'Где выполнен вход. Завершите незнакомый сеанс, затем смените пароль.',
    browserOn: '{browser}, {system}',
    unknown: 'Неизвестный браузер',
    here: 'Это устройство',
    since: 'вход {date}',
    lastSeen: 'последняя активность {date}',
    end: 'Выйти',
    endOne: 'Выйти: {name}',
    endOthers: 'Выйти на всех других устройствах',
    endOthersAsk: 'Завершить все сеансы, кроме этого?',
    ended: 'Сеанс завершён.',
    storage: 'Хранилище',
    attachments: 'Вложения',
    documents: 'Документы',
    temporaryChats: 'Временные беседы',
    used: '{used} из {allowed}',
    unlimited: '{used}, без ограничения',
    strength: {
      short:
        'Слишком короткий: не менее {count} символа | Слишком короткий: не менее {count} символов | Слишком короткий: не менее {count} символов',
      weak: 'Легко угадать',
      fair: 'Средний',
      strong: 'Надёжный',
    },
  },
}
