import type { Messages } from '../en'

export const many: Pick<Messages, 'blind' | 'branches'> = {
  blind: {
    title: 'Kör karşılaştırma',
    hint: 'Hangi yanıtın hangi modelden geldiği, oy verene kadar gizli kalır.',
    answer: 'Yanıt {letter}',
    waiting: 'Yanıtlar hep birlikte görünecek; hız ipucu vermesin',
    ask: 'Hangisi en iyi?',
    tie: 'Eşit derecede iyi',
    bothBad: 'İkisi de kötü',
    allBad: 'Hepsi kötü',
    best: 'En iyi',
  },
  branches: {
    title: 'Dallar',
    open: 'Dallar…',
    none: 'Bir mesajdan sonraki her yol bir daldır. Bir mesajı düzenlediğinizde ya da başka bir yanıttan devam ettiğinizde iki dal olur.',
    shown: 'Görünen',
    show: 'Göster',
    name: 'Ad ver…',
    rename: 'Başka ad ver…',
    unnamed: 'Adsız',
    turns: '{count} tur',
    differsAt: 'Ayrıldığı yer: {text}',
    endsAt: 'Bittiği yer: {text} · {who}',
    fork: 'Yeni bir sohbette devam et',
    forked: 'Buradan yeni bir sohbet başladı.',
    compare: 'Karşılaştır',
    compareWith: 'İki dalı karşılaştır',
    common: '{count} ortak tur',
    noneHere: 'Devamı yok',
  },
}
