import { useI18n } from 'vue-i18n'

import { shuffledOrder, isHidden } from '@/domain/blind'
import { type AnyAnswer, answerOf } from '@/domain/timeline'
import { useChat } from '@/stores/chat'
import { useLanes } from '@/stores/lanes'

/** By what name and in which colour an answer stands on the page: the one place where a blind turn is blind. */
export function useVoices() {
  const { t } = useI18n()
  const chat = useChat()
  const lanes = useLanes()

  /** What the answer is called; of a hidden one, a letter. */
  function name(id: string): string {
    const answer = answerOf(chat.state, id)
    if (!answer) return ''
    if (isHidden(chat.state, answer.parent)) return t('blind.answer', { letter: letterOf(answer) })
    const voice = answer.speaker || lanes.label(answer.lane, answer.model)
    return answer.synthesis ? t(`synthesis.${answer.synthesis}By`, { model: voice }) : voice
  }

  function letterOf(answer: AnyAnswer): string {
    const asked = chat.state.messages.get(answer.parent ?? '')
    const place = asked?.role === 'user' ? shuffledOrder(asked).indexOf(answer.lane) : 0
    return String.fromCodePoint(65 + Math.max(0, place))
  }

  function colour(id: string): string {
    const answer = answerOf(chat.state, id)
    if (!answer) return 'lane-hidden'
    return isHidden(chat.state, answer.parent) ? 'lane-hidden' : `lane-${lanes.colour(answer.lane)}`
  }

  return { name, colour, hidden: (message: string | null) => isHidden(chat.state, message) }
}
