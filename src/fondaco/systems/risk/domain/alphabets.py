"""Letters: what looks like what, and how other scripts are written in Latin letters.

Our own compact tables: the letters that occur in names of traders, not the whole of Unicode. A
confusable is replaced only inside a word that also holds Latin letters; a word wholly in another
script is transliterated (simplified BGN/PCGN for Cyrillic, ELOT 743 for Greek, consonants for Arabic
and Hebrew, Revised Romanization for Hangul).
"""

from __future__ import annotations

from typing import Final


def _pairs(text: str) -> dict[str, str]:
    """Read 'а:a б:b ь:' into a mapping; nothing after the colon means the letter is silent."""
    return {key: value for key, _, value in (item.partition(":") for item in text.split())}


CYRILLIC: Final = _pairs(
    "а:a б:b в:v г:g д:d е:e ё:e ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh "
    "ц:ts ч:ch ш:sh щ:shch ъ: ы:y ь: э:e ю:yu я:ya і:i ї:i є:e ґ:g ђ:dj ј:j љ:lj њ:nj ћ:c џ:dz "
    "ѓ:gj ќ:kj ѕ:dz ў:u ә:a ғ:g қ:k ң:n ө:o ұ:u ү:u һ:h ҳ:h ҷ:j ӣ:i ӯ:u ҡ:k ҫ:s ҙ:z"
)
GREEK: Final = _pairs(
    "α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:y φ:f χ:ch ψ:ps ω:o"
)
GREEK_PAIRS: Final = _pairs("ου:ou μπ:b γγ:ng γκ:gk ντ:nt αυ:av ευ:ev")
ARABIC: Final = _pairs(
    "ا:a ب:b ت:t ث:th ج:j ح:h خ:kh د:d ذ:dh ر:r ز:z س:s ش:sh ص:s ض:d ط:t ظ:z ع:a غ:gh ف:f ق:q ك:k "
    "ل:l م:m ن:n ه:h و:w ي:y ى:a ة:a ء: ؤ:w ئ:y أ:a إ:i آ:a پ:p چ:ch ژ:zh گ:g ک:k ی:y ے:e ٹ:t ڈ:d "
    "ڑ:r ں:n ہ:h ھ:h ۃ:a ۀ:h ڼ:n ښ:sh ړ:r ډ:d ټ:t ځ:dz څ:ts ې:e ۍ:y ـ:"
)
HEBREW: Final = _pairs(
    "א:a ב:b ג:g ד:d ה:h ו:v ז:z ח:h ט:t י:y כ:k ך:k ל:l מ:m ם:m נ:n ן:n ס:s ע:a פ:p ף:p צ:ts ץ:ts "
    "ק:k ר:r ש:sh ת:t"
)
GEORGIAN: Final = _pairs(
    "ა:a ბ:b გ:g დ:d ე:e ვ:v ზ:z თ:t ი:i კ:k ლ:l მ:m ნ:n ო:o პ:p ჟ:zh რ:r ს:s ტ:t უ:u ფ:p ქ:k ღ:gh "
    "ყ:q შ:sh ჩ:ch ც:ts ძ:dz წ:ts ჭ:ch ხ:kh ჯ:j ჰ:h"
)
ARMENIAN: Final = _pairs(
    "ա:a բ:b գ:g դ:d ե:e զ:z է:e ը:y թ:t ժ:zh ի:i լ:l խ:kh ծ:ts կ:k հ:h ձ:dz ղ:gh ճ:ch մ:m յ:y ն:n "
    "շ:sh ո:o չ:ch պ:p ջ:j ռ:r ս:s վ:v տ:t ր:r ց:ts ւ:v փ:p ք:k օ:o ֆ:f և:ev"
)
LATIN: Final = _pairs("ß:ss æ:ae œ:oe ø:o đ:d ð:d þ:th ł:l ı:i ŋ:ng ħ:h ə:a ĸ:k ƒ:f ɓ:b ɗ:d ƙ:k ŧ:t")

TRANSLITERATION: Final[dict[str, str]] = {
    **CYRILLIC,
    **GREEK,
    **ARABIC,
    **HEBREW,
    **GEORGIAN,
    **ARMENIAN,
}

CONFUSABLE: Final[dict[str, str]] = {
    **_pairs("а:a в:b е:e к:k м:m н:h о:o р:p с:c т:t у:y х:x і:i ї:i ј:j ѕ:s һ:h ԁ:d ԛ:q ԝ:w ӏ:l г:r п:n"),
    **_pairs("ѡ:w ь:b з:3 б:6 ё:e ғ:f ү:y ԍ:g ԑ:e ӕ:ae ө:o"),
    **_pairs("α:a β:b γ:y ε:e ζ:z η:n ι:i κ:k μ:u ν:v ο:o ρ:p σ:o ς:c τ:t υ:u χ:x ω:w ϲ:c ϳ:j"),
    **_pairs("օ:o ս:u հ:h ո:n ց:g ք:p զ:q գ:q ա:w յ:j ե:e է:e բ:f"),
    **_pairs(
        "ᴀ:a ʙ:b ᴄ:c ᴅ:d ᴇ:e ꜰ:f ɢ:g ʜ:h ɪ:i ᴊ:j ᴋ:k ʟ:l ᴍ:m ɴ:n ᴏ:o ᴘ:p ʀ:r ꜱ:s ᴛ:t ᴜ:u ᴠ:v ᴡ:w ʏ:y ᴢ:z"
    ),
    **_pairs("ɑ:a ɡ:g ɩ:i ǀ:l ɛ:e ʋ:v ɾ:r ʐ:z ɵ:o ʂ:s ƅ:b ɯ:w ƿ:p ƽ:s ȝ:3"),
    **_pairs("Ꭺ:a Ᏼ:b Ꮯ:c Ꭰ:d Ꭼ:e Ꮐ:g Ꮋ:h Ꭻ:j Ꮶ:k Ꮮ:l Ꮇ:m Ꮲ:p Ꭱ:r Ꮪ:s Ꭲ:i Ꭹ:y Ꮩ:v Ꮃ:w Ꮓ:z Ꭵ:i"),
    **_pairs(
        "ꓮ:a ꓐ:b ꓚ:c ꓓ:d ꓰ:e ꓝ:f ꓖ:g ꓧ:h ꓲ:i ꓙ:j ꓗ:k ꓡ:l ꓟ:m ꓠ:n ꓳ:o ꓑ:p ꓣ:r ꓢ:s ꓔ:t ꓴ:u ꓦ:v ꓪ:w ꓫ:x ꓬ:y ꓜ:z"
    ),
}
# Greek capitals look like other Latin letters than their small forms do.
CAPITAL_CONFUSABLE: Final = str.maketrans("ΝΥΗΜΒΡ", "NYHMBP")
DIGIT_LETTERS: Final = str.maketrans("0134578@$!|", "oleastbasil")

HANGUL_LEAD: Final = "g kk n d tt r m b pp s ss - j jj ch k t p h".split()
HANGUL_VOWEL: Final = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
HANGUL_TAIL: Final = "- k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split()


def romanise_hangul(char: str) -> str:
    """A Hangul syllable in Revised Romanization, without sound changes between syllables."""
    index = ord(char) - 0xAC00
    lead, vowel, tail = index // 588, index % 588 // 28, index % 28
    parts = (HANGUL_LEAD[lead], HANGUL_VOWEL[vowel], HANGUL_TAIL[tail])
    return "".join(part for part in parts if part != "-")


def is_latin(char: str) -> bool:
    """Is `char` a letter of the Latin script (what NFKD leaves of one)?"""
    return "a" <= char <= "z" or "\u00c0" <= char <= "\u024f" or "\u1e00" <= char <= "\u1eff"
