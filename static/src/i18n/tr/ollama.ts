import type { Messages } from '../en'

export const ollama: Pick<Messages, 'ollama'> = {
  ollama: {
    title: 'Ollama: bellek ve indirmeler',
    open: 'Bellek ve indirmeler',
    nothingLoaded: 'Bellekte model yok.',
    unload: 'Bellekten çıkar',
    loaded: 'Bellekteki modeller',
    total: 'Toplam {size}',
    onCard: 'ekran kartında',
    onProcessor: 'işlemcide',
    partly: '%{share} kadarı ekran kartında',
    until: '{moment} saatine kadar',
    fetchTitle: 'Model indir',
    fetch: '{model} modelini indir',
    start: 'İndir',
    server: 'Sunucu',
    model: 'Model',
    example: 'örneğin qwen3:8b',
    hint: 'ollama.com/library sayfasındaki herhangi bir ad. Bu pencere ya da sayfa kapansa da indirme sürer.',
    progress: '{done} / {total}, %{percent}',
    preparing: 'Hazırlanıyor…',
    ready: 'İndirildi. Artık seçilebilir.',
    cancel: '{model} indirmesini iptal et',
    askAdmin: 'Bir yönetici bu modeli indirebilir.',
    showPull: 'İndiriliyor, %{percent}',
  },
}
