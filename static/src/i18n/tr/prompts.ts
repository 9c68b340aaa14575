import type { Messages } from '../en'

export const prompts: Pick<Messages, 'prompts'> = {
  prompts: {
    title: 'Hazır istemler',
    hint: 'Tekrar tekrar yazdığınız metinler. Kullanmak için mesaj kutusuna / yazın.',
    new: 'Yeni istem',
    none: 'Henüz hazır isteminiz yok; bu yüzden / bu örnekleri önerir. Biriyle başlayın ya da kendiniz yazın.',
    manage: 'İstemleri düzenle…',
    keep: 'Hazır istem olarak kaydet…',
    name: 'Ad',
    nameHint: '/ işaretinden sonra yazacağınız ad',
    text: 'Metin',
    textHint: 'Mesaj kutusuna yazılacak metin.',
    blanksHint:
      "{'{{'}konu{'}}'} gibi çift süslü ayraç içindeki sözcükler her seferinde doldurulur: Tab tuşu sıradakine geçer.",
    blanks: 'Her seferinde doldurulacak: {names}.',
    tab: 'Tab sıradaki boşluğa geçer',
    starter: 'Boş sayfada göster',
    starterHint: 'Yeni sohbette bir düğme olur. Kendi düğmeleriniz hazır olanların yerine geçer.',
    nameMissing: 'Bir ad verin.',
    textMissing: 'Metnini yazın.',
    saved: '“{name}” kaydedildi.',
    removeAsk: '“{name}” istemi silinsin mi?',
    removed: '“{name}” silindi.',
    back: 'Listeye dön',
    ex: {
      translate: {
        name: 'Çevir',
        text: "Şu metni {'{{'}dil{'}}'} diline çevir. Üslubunu koru, yalnızca çeviriyi ver.\n\n{'{{'}metin{'}}'}",
      },
      summary: {
        name: 'Özetle',
        text: "Aşağıdakini en önemlisinden başlayarak {'{{'}sayı{'}}'} maddede özetle. Kendinden bir şey katma.\n\n{'{{'}metin{'}}'}",
      },
      explain: {
        name: 'Açıkla',
        text: "Konu: {'{{'}konu{'}}'}. Bunu {'{{'}okur{'}}'} için, günlük yaşamdan bir örnekle açıkla.",
      },
      improve: {
        name: 'Metni iyileştir',
        text: "Aşağıdaki metni daha açık ve akıcı hale getir, yanlışlarını düzelt. Dilini, anlamını ve üslubunu koru. Yalnızca yeni metni ver.\n\n{'{{'}metin{'}}'}",
      },
      letter: {
        name: 'Mektup',
        text: "{'{{'}alıcı{'}}'} için {'{{'}konu{'}}'} hakkında kısa ve kibar bir mektup yaz. İstediğim: {'{{'}amaç{'}}'}.",
      },
      review: {
        name: 'Kod incele',
        text: "Şu {'{{'}programlama dili{'}}'} kodunu incele. Önce hataları, sonra sadeleşebilecek yerleri söyle; her biri için daha iyi bir satır göster.\n\n{'{{'}kod{'}}'}",
      },
    },
  },
}
