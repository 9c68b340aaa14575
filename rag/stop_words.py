"""Words that say nothing about what a question is about, in small letters."""

_ENGLISH = """
a about after all also am an and any are as at be been before being but by can could did do does doing for
from had has have having he her here him his how i if in into is it its just me more most much must my no
nor not now of on only or other our out over she should so some such than that the their them then there
these they this those to too under until up us very was we were what when where which while who whom why
will with would you your tell please explain s t
"""
_TURKISH = """
acaba ama ancak artık aslında az bana bazı belki ben beni benim bile bir biraz biri bizim biz bize bu buna
bunda bundan bunlar bunları bunların bunu bunun burada çok çünkü da daha de değil dek diye dolayı en fakat
gibi göre hangi hangisi hani hem hep her hiç için ile ilgili ise işte kadar kaç ki kim kime kimin lütfen
mi mı mu mü nasıl ne neden nedir nerede nereye niçin niye o olan olarak olduğu oldu olsa olur ona onda
ondan onlar onları onların onu onun orada öyle peki sana sen senin siz sizin sonra şey şu şuna şunu şunun
tüm üzere var ve veya ya yani yok zaten mıdır midir mudur müdür dır dir dur dür tır tir miydi nın nin nun
nün
"""
_RUSSIAN = """
а без более бы был была были было быть в вам вас весь во вот все всё всех вы где да для до его ее её если
есть еще ещё же за здесь и из или им их к как какая какие какой каков какова какое ко когда кого кому
который которая которые кто ли либо мне может мой моя мы на над надо нам нас наш не него нее нет ни них но
ну о об однако он она они оно от откуда очень по под почему при про расскажи с сам свой себя скажи со так
такой там то тоже только том тот ты у уже чего чей чем что чтобы чье эта эти это этот я
"""
_WORDS = frozenset(f"{_ENGLISH} {_TURKISH} {_RUSSIAN}".split())
_PLAIN = str.maketrans("çğışöü", "cgisou")
# Typed without its marks, şu would be su: water.
STOP_WORDS = _WORDS | {word.translate(_PLAIN) for word in _WORDS - {"şu"}}
