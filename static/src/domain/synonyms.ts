/**
 * Other words that people use for an action, by its key: what is typed finds it by these too, in English, Turkish and
 * Russian, whatever the page speaks. They are never shown.
 */
export const SYNONYMS: { readonly [action: string]: string } = {
  newChat: 'conversation thread konuşma sohbet чат',
  services: 'providers servers api keys hizmetler sağlayıcılar sunucular anahtarlar провайдеры серверы ключи',
  settings: 'preferences options tercihler seçenekler параметры',
  account: 'profile password log out profil parola şifre çıkış пароль выход',
  admin: 'administration django yönetici администратор',
  documents: 'documents files rag library belgeler dosyalar документы файлы',
  metrics: 'statistics leaderboard istatistikler karşılaştırma статистика',
  testsets: 'evaluation benchmark değerlendirme sınav оценка',
  spending: 'budget bill price bütçe fatura ücret бюджет счёт',
  personas: 'characters assistants kişilikler asistanlar ассистенты',
  prompts: 'templates snippets şablonlar шаблоны',
  memory: 'remember bellek память',
  tools: 'mcp plugins functions eklentiler плагины',
  dialogue: 'debate münazara söyleşi спор',
  replay: 'again yeniden sor снова',
  share: 'public link bağlantı ссылка',
  import: 'upload yükle загрузить',
  temporary: 'incognito private gizli инкогнито',
  find: 'search look words bul ara искать поиск',
  print: 'pdf paper yazdır kağıt печать',
  sidebar: 'panel menu menü меню',
  dark: 'night gece ночь',
  light: 'day gündüz день',
}
