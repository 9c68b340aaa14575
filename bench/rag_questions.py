# ruff: noqa: E501 (one fact a line)
"""The question set: documents of several kinds in three languages, and what a person would ask of them.

Each fact is one section of its document and the answer to one question, which inflects the words of the text.
`PARAPHRASES` ask for some of the same facts in other words; where they share none with the text, only an
embedding model can bridge that. `UNANSWERED` have no answer here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    document: str
    heading: str
    text: str
    question: str


_TABLE = """
kira.docx|Süre|Sözleşme 1 Nisan 2025 tarihinde başlar ve üç yıl sonra kendiliğinden sona erer.|Sözleşmenin süresi kaç yıl?
kira.docx|Bedel|Aylık kira bedeli 42.000 liradır ve her ayın beşine kadar bankaya yatırılır.|Kirayı ayın kaçına kadar yatırmalıyım?
kira.docx|Artış|Kira her yıl tüketici fiyat endeksi oranında artırılır, oran yüzde yirmi beşi geçemez.|Kira artışı en fazla yüzde kaç olabilir?
kira.docx|Depozito|Kiracı iki aylık kira tutarında depozito verir; taşınırken hasar yoksa geri ödenir.|Depozitoyu ne zaman geri alırım?
kira.docx|Tadilat|Duvar yıkmak ve elektrik tesisatını değiştirmek mal sahibinin yazılı iznine bağlıdır.|Duvarı yıkabilir miyim?
kira.docx|Evcil hayvan|Dairede kedi ve kuş beslenebilir, köpek için komşuların onayı aranır.|Köpek beslemek için kimden onay almalıyım?
kira.docx|Alt kira|Kiracı daireyi başkasına devredemez, oda kiralayamaz.|Bir odayı başkasına kiralayabilir miyim?
izin.pdf|Yıllık izin|Bir yılını dolduran çalışan on dört iş günü ücretli izin kullanır.|Bir yıllık çalışanların kaç gün ücretli izni var?
izin.pdf|Kıdem|Beş yıldan fazla çalışanlar yirmi gün, on beş yılı geçenler yirmi altı gün izin kullanır.|On beş yılı geçen kıdemli personel ne kadar izin yapar?
izin.pdf|Evlilik|Evlenen çalışana üç gün, eşi doğum yapan babaya beş gün mazeret izni verilir.|Babalar doğumda kaç gün izinli sayılır?
izin.pdf|Rapor|Hastalık raporu en geç iki gün içinde insan kaynaklarına iletilmelidir.|Hastalık raporunu kime iletmeliyim?
izin.pdf|Uzaktan çalışma|Haftada iki gün evden çalışılabilir, günleri ekip yöneticisi belirler.|Evden çalışma günlerini kim belirliyor?
izin.pdf|Fazla mesai|Fazla çalışılan her saat için bir buçuk saat serbest zaman ya da ücret ödenir.|Fazla mesainin karşılığı nasıl ödeniyor?
izin.pdf|Yol gideri|Şehir içi ulaşım giderleri aylık kartla karşılanır, taksi fişleri kabul edilmez.|Taksi fişlerini şirket karşılıyor mu?
mutfak.md|Mercimek çorbası|Kırmızı mercimek soğan ve havuçla haşlanır, üzerine tereyağında kızarmış pul biber dökülür.|Mercimek çorbasının üzerine ne dökülür?
mutfak.md|Ekmek|Hamur oda sıcaklığında bir saat, buzdolabında bir gece mayalanır.|Ekmek hamurunu ne kadar mayalandırmalıyım?
mutfak.md|Turşu|Salatalıklar kaya tuzu ve sirkeyle kavanoza dizilir, üç hafta karanlıkta bekletilir.|Salatalık turşusu kaç hafta bekletiliyor?
mutfak.md|Reçel|Vişneler şekerle bir gece bekletilir, ertesi gün kısık ateşte kaynatılır.|Vişne reçelini nasıl kaynatırım?
mutfak.md|Kahve|Türk kahvesi soğuk suyla, kısık ateşte ve karıştırmadan pişirilir.|Kahveyi pişirirken karıştırmalı mıyım?
mutfak.md|Saklama|Pişmiş pilav iki saat içinde soğutulmalı ve en çok dört gün saklanmalıdır.|Pilavı buzdolabında kaç gün saklayabilirim?
mutfak.md|Bıçaklar|Çelik bıçaklar elde yıkanır; bulaşık makinesi ağızlarını köreltir.|Bıçakların körelmemesi için nasıl yıkamalı?
договор.docx|Предмет|Исполнитель обязуется заменить кровлю жилого дома и утеплить чердак.|Кто обязан утеплять чердак?
договор.docx|Цена|Стоимость работ составляет 780 тысяч рублей, включая материалы.|Какова стоимость работы с материалами?
договор.docx|Сроки|Работы начинаются первого июня и завершаются не позднее двадцатого августа.|Когда должны завершить работу?
договор.docx|Аванс|Заказчик перечисляет аванс в размере тридцати процентов в течение пяти дней.|Какой размер аванса перечисляет заказчик?
договор.docx|Гарантия|Гарантия на кровлю действует семь лет, на водостоки два года.|Сколько лет гарантии на водосток?
договор.docx|Неустойка|За каждый день просрочки исполнитель платит одну десятую процента цены.|Что исполнителю грозит за просрочку?
договор.docx|Споры|Споры решаются переговорами, а затем в арбитражном суде города Казани.|В каком суде решают спор?
дача.html|Помидоры|Рассаду помидоров высаживают в теплицу после десятого мая и поливают тёплой водой.|Когда высаживать помидоры в теплицу?
дача.html|Яблони|Яблони обрезают в марте, пока не проснулись почки, срезы замазывают варом.|Чем замазать срезы на яблоне?
дача.html|Компост|Компост переворачивают раз в месяц и прикрывают соломой.|Как часто переворачивать компост?
дача.html|Картофель|Картофель окучивают дважды: при высоте ростков двадцать сантиметров и через три недели.|Сколько раз окучивают картошку?
дача.html|Колодец|Воду из колодца проверяют на нитраты каждую весну.|Как проверить колодезную воду?
дача.html|Ежи|Ежам оставляют кучу листьев под забором, в ней они зимуют.|Где зимуют ежи?
дача.html|Забор|Деревянный забор покрывают пропиткой раз в три года, начиная с нижних досок.|Чем покрывать доски забора?
сервер.txt|Резервные копии|Копии базы создаются каждую ночь в три часа и хранятся тридцать дней.|Сколько дней хранятся копии базы?
сервер.txt|Пароли|Пароль меняют раз в полгода, повторять последние пять нельзя.|Можно ли повторить старый пароль?
сервер.txt|Доступ|Доступ к рабочему серверу выдаёт дежурный инженер на восемь часов.|Кто выдаёт доступ к серверу?
сервер.txt|Сбои|О сбое сообщают в общий канал и заводят карточку с отметкой времени.|Куда сообщать при сбоях?
сервер.txt|Обновления|Обновления ставят по вторникам, сначала на запасную машину.|По каким дням ставят обновление?
сервер.txt|Журналы|Журналы запросов удаляют через девяносто дней, если нет расследования.|Через сколько удаляются журналы?
сервер.txt|Питание|Дизельный генератор держит машинный зал двенадцать часов.|На сколько хватает генератора?
handbook.pdf|Expenses|Receipts above thirty euros must be uploaded within two weeks of the trip.|How soon must I upload receipts after a trip?
handbook.pdf|Laptops|Every employee receives a new laptop after four years; the old one may be bought.|May I buy my old laptop?
handbook.pdf|Visitors|Visitors sign in at the front desk and wear a yellow badge at all times.|Which badge do visitors wear?
handbook.pdf|Mentoring|New colleagues get a mentor from another team for their first six months.|How long does a new colleague have a mentor?
handbook.pdf|Training|Each person may spend twelve hundred euros a year on courses and books.|What is the yearly amount for courses?
handbook.pdf|Parking|Bicycles are parked in the courtyard, cars only with a permit on level minus two.|Where do I park my bicycle?
handbook.pdf|Holidays|The office closes between Christmas and the second of January.|Is the office closed after Christmas?
manual.html|Descaling|Descale the machine every three months with citric acid, never with vinegar.|Can I descale with vinegar?
manual.html|Grinder|Turn the grinder ring only while the motor runs, one notch at a time.|How do I turn the grinder ring?
manual.html|Error E3|Error E3 means that the water tank is not seated; push it until it clicks.|What does error E3 mean?
manual.html|Milk frother|Rinse the frother after every use and take it apart once a week.|How often should the frother be taken apart?
manual.html|Warranty|The warranty covers the pump and boiler for five years, seals for one.|How long is the boiler under warranty?
manual.html|Moving|Empty the boiler before you carry the machine, or it may scald you.|What must I do before carrying the machine?
manual.html|Noise|A humming sound while heating is normal, rattling points to a loose drip tray.|Why does the machine rattle?
stock.csv|Oak table|Oak table, 140 by 80 centimetres, 12 pieces in the Hamburg warehouse, 480 euros.|How many oak tables are in Hamburg?
stock.csv|Pine shelf|Pine shelf, five boards, 85 pieces in the Lyon warehouse, 95 euros.|What does a pine shelf cost?
stock.csv|Walnut desk|Walnut desk with two drawers, sold out, expected again in February.|When is the walnut desk expected again?
stock.csv|Beech chair|Beech chair, stackable, 240 pieces in the Porto warehouse, 60 euros.|Which warehouse has stackable chairs?
stock.csv|Desk lamp|Brass desk lamp, 31 pieces, dimmable, needs a special bulb.|Is the brass lamp dimmable?
stock.csv|Wool rug|Wool rug from Konya, two by three metres, 7 pieces, 350 euros.|How large is the rug from Konya?
stock.csv|Mirror|Round mirror, 60 centimetres, returned twice because of scratches.|Why were mirrors returned?
notes.md|Board meeting|The board approved the move to Izmir and asked for three quotes from carriers.|What did the board approve?
notes.md|Hiring|Two engineers start in March; the position of a designer stays open.|When do the engineers start?
notes.md|Roadmap|Offline mode comes before dark mode, since customers travel a lot.|Which comes first, offline mode or dark mode?
notes.md|Supplier|The supplier from Bursa delivers fabrics late; a second source is wanted.|Which supplier delivers fabrics late?
notes.md|Survey|Forty percent of those asked use the product daily, most of them on a phone.|What share of people use the product every day?
notes.md|Budget|Marketing spends less on print and twice as much on podcasts.|Where does marketing spend twice as much?
notes.md|Incident|A wrong certificate kept logins down for nineteen minutes on Monday.|How long were logins down on Monday?
"""
_PARAPHRASES = """
kira.docx|Artış|Ev sahibi zam yaparken nereye kadar çıkabilir?
kira.docx|Depozito|Evden çıkarken teminatımı verirler mi?
kira.docx|Evcil hayvan|Hayvanımla oturabilir miyim, komşular karışır mı?
izin.pdf|Uzaktan çalışma|Evimden haftanın kaç günü çalışırım?
izin.pdf|Rapor|Hastalanırsam belgeyi kaç günde teslim etmeliyim?
mutfak.md|Saklama|Dünkü pilavı yemek güvenli mi?
mutfak.md|Kahve|Cezveyi karıştırayım mı?
договор.docx|Аванс|Сколько денег платят вперёд?
договор.docx|Неустойка|Какой штраф, если подрядчик опоздает хотя бы на день?
договор.docx|Гарантия|Если крыша потечёт через шесть лет, починят бесплатно?
дача.html|Картофель|Когда насыпать землю вокруг кустов картофеля?
дача.html|Ежи|Как помочь ежу пережить зиму?
сервер.txt|Пароли|Как часто надо менять парольную фразу?
сервер.txt|Питание|Что будет, если отключат электричество?
handbook.pdf|Expenses|Until when can I hand in bills from a business trip?
handbook.pdf|Parking|May I come by car?
manual.html|Descaling|How do I get rid of limescale?
manual.html|Error E3|The display shows E3, what now?
manual.html|Warranty|Will a broken pump be repaired for free?
notes.md|Incident|What caused the outage?
notes.md|Hiring|Are we still looking for a designer?
stock.csv|Walnut desk|Which piece of furniture is out of stock?
"""
_UNANSWERED = """
Which telescope photographed Neptune?
Who won the chess tournament?
How do I change the oil of a motorcycle?
What is the capital of Mongolia?
How tall is the lighthouse?
Uçak biletimi nasıl iptal ederim?
Trafik cezasına nereden itiraz edilir?
Kuzey ışıkları hangi mevsimde görülür?
Satranç turnuvasını kim kazandı?
Denizaltı kaç metreye dalabilir?
Где находится ближайший вокзал?
Кто написал эту симфонию?
Как вылечить насморк у ребёнка?
Какая высота у маяка?
Сколько планет имеют кольца?
"""


@dataclass(frozen=True)
class Paraphrase:
    document: str
    heading: str
    question: str


FACTS = tuple(Fact(*line.split("|")) for line in _TABLE.strip().split("\n"))
PARAPHRASES = tuple(Paraphrase(*line.split("|")) for line in _PARAPHRASES.strip().split("\n"))
UNANSWERED = tuple(_UNANSWERED.strip().split("\n"))
