"""Texts of many languages, none of which the tables of letters were counted in, and the encodings in which
such texts lie in old files."""

from pathlib import Path

_LINES = Path(__file__).with_name("sentences.txt").read_text(encoding="utf-8").splitlines()
TEXTS: dict[str, tuple[tuple[str, ...], str]] = {
    language: (tuple(encodings.split()), text)
    for language, encodings, text in (line.split(" | ") for line in _LINES)
}
EVERY = ("utf_8", "utf_8_sig", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be")

TABLES: dict[str, tuple[tuple[str, ...], str]] = {
    "Turkish": (("cp1254", "iso8859_9"), "Ad;Şehir;Yaş\nAyşe;İzmir;31\n"),
    "Turkish of one letter": (("cp1254",), "id,isim\n1,Işıl\n"),
    "Russian": (("cp1251", "koi8_r", "cp866"), "Имя;Город\nАнна;Москва\n"),
    "German": (("cp1252",), "Name;Straße\nMüller;Köln\n"),
    "Polish": (("cp1250", "iso8859_2"), "Imię;Miasto\nŁukasz;Łódź\n"),
    "Czech": (("cp1250", "iso8859_2"), "Jméno;Město\nJiří;Plzeň\n"),
    "Hungarian": (("cp1250",), "Név;Város\nGyőző;Győr\n"),
    "Greek": (("cp1253", "iso8859_7"), "Όνομα;Πόλη\nΕλένη;Αθήνα\n"),
    "Hebrew": (("cp1255",), "שם;עיר\nדנה;חיפה\n"),
    "Arabic": (("cp1256", "iso8859_6"), "الاسم;المدينة\nأحمد;القاهرة\n"),
    "Thai": (("cp874",), "ชื่อ,เมือง\nสมชาย,เชียงใหม่\n"),
    "Chinese, simplified": (("gbk",), "姓名,城市\n张伟,北京\n王芳,上海\n"),
    "Chinese, traditional": (("big5",), "姓名,城市\n陳怡君,臺北\n林志豪,高雄\n"),
    "Japanese": (("cp932", "euc_jp"), "氏名,都市\n田中さくら,東京\n鈴木一郎,大阪\n"),
    "Korean": (("cp949",), "이름,도시\n김민수,서울\n이영희,부산\n"),
}
