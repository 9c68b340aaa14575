import type { Messages } from '../en'

export const personas: Pick<Messages, 'personas'> = {
  personas: {
    title: 'Karakterler',
    hint: "Karakter; adı, resmi, sistem istemi ve parametreleri olan bir modeldir. Mesaj kutusuna {'@'} yazarak çağırabilirsiniz.",
    new: 'Yeni karakter',
    none: 'Henüz karakteriniz yok. Bir örnekle başlayın ya da kendiniz oluşturun.',
    examples: 'Örnekler',
    mine: 'Sizinkiler',
    others: 'Sizinle paylaşılanlar',
    by: '{owner} hazırladı',
    use: 'Yeni sohbet',
    copyLink: 'Bağlantıyı kopyala',
    copyPublic: 'Paylaş ve bağlantıyı kopyala',
    linkCopied: 'Bağlantı kopyalandı. Bu karakterle yeni bir sohbet açar.',
    unshare: 'Paylaşmayı bırak',
    duplicate: 'Kendime kopyala',
    sharedMark: 'Paylaşılıyor',
    name: 'Ad',
    description: 'Birkaç sözcükle',
    picture: 'Resim',
    pictureHint: 'Bir emoji ya da görsel',
    chooseImage: 'Görsel seç',
    removeImage: 'Görseli kaldır',
    imageFailed: 'Bu görsel kullanılamıyor. PNG, JPEG ya da WebP seçin.',
    model: 'Model',
    anyModel: 'Hangisi seçiliyse',
    clearModel: 'Herhangi bir model',
    parameters: 'Parametreler',
    share: 'Diğer kullanıcılar da kullanabilsin',
    shareHint: 'Kullanabilirler ama değiştiremezler.',
    nameMissing: 'Bir ad verin.',
    removeAsk: '“{name}” silinsin mi? Sohbetler olduğu gibi kalır.',
    removed: '“{name}” silindi.',
    saved: '“{name}” kaydedildi.',
    back: 'Listeye dön',
    keepLane: 'Karakter olarak kaydet…',
    gone: 'Böyle bir karakter yok ya da sizinle paylaşılmamış.',
    opened: '{name} ile yeni sohbet.',
    mention: 'Modeller ve karakterler',
    ex: {
      narrator: {
        name: 'Anlatıcı',
        description: 'Adım adım bir metin macerası',
        system:
          'İkinci tekil kişiyle bir metin macerası anlatıyorsun. Her sahneyi en çok beş cümleyle, sesiyle, kokusuyla, ışığıyla betimle; sonra durup oyuncuya ne yaptığını sor. Üzerinde ne taşıdığını unutma. Oyuncunun yerine asla karar verme.',
      },
      socrates: {
        name: 'Sokrates',
        description: 'Sorarak öğretir',
        system:
          'Sen Sokrates’sin. Yanıtı asla söyleme. Karşındakinin onu kendisinin bulmasını sağlayacak tek ve kısa bir soru sor; son söylediğinin üzerine kur. Sıcak ve biraz ince alaycı ol.',
      },
      interviewer: {
        name: 'Mülakatçı',
        description: 'Sizinle iş görüşmesi provası yapar',
        system:
          'Kullanıcıyla iş görüşmesi yapıyorsun. Önce hangi iş olduğunu sor. Sonra nazik ama titiz bir mülakatçı gibi her seferinde tek soru sor, zayıf yanıtların üstüne git. Sekiz sorudan sonra dürüstçe değerlendir: seni ne ikna etti, ne etmedi, neye çalışmalı.',
      },
      partner: {
        name: 'Dil arkadaşı',
        description: 'Sizinle konuşur, nazikçe düzeltir',
        system:
          'Sabırlı bir dil arkadaşısın. Kullanıcının yazdığı dilde, günlük konularda, yalın cümlelerle konuş. Yanıtından sonra son mesajdaki en çok iki yanlışı, her birini nedeniyle tek satırda düzelt.',
      },
      editor: {
        name: 'Titiz editör',
        description: 'Metinleri kısaltır, durulaştırır',
        system:
          'Sen bir editörsün. Metni kendi dilinde, hiçbir şey eklemeden, daha kısa ve daha açık olarak geri ver. Ardından en önemli üç değişikliği birkaç sözcükle sırala.',
      },
    },
  },
}
