"""Names in a zip that does not say in which code page they are: read rightly, or not read at all."""

import random

import pytest

from core.data import alphabets

WORDS = {
    "cp866": "кошки собаки птицы рыбы лошади коровы цветы машины роза тюльпан здоровые больные норма пёс",
    "cp1251": "кошки собаки птицы рыбы лошади коровы цветы машины роза тюльпан здоровые больные норма пёс",
    "cp932": "猫 犬 鳥 魚 馬 花 車 ねこ いぬ ネコ バラ チューリップ ひまわり 健康 病気 りんご 桜 柴犬",
    "gb2312": "猫 狗 鸟 鱼 马 花 汽车 玫瑰 郁金香 向日葵 健康 生病 正常 异常 苹果 面包 塑料 玻璃",
    "big5": "貓 狗 鳥 魚 馬 花 樹 汽車 房子 玫瑰 鬱金香 向日葵 健康 生病 正常 異常 蘋果 麵包",
    "cp949": "고양이 강아지 새 물고기 말 소 꽃 나무 자동차 집 장미 튤립 해바라기 건강 정상 비정상 사과 빵",
    "cp850": "Hündin Kätzchen Vögel Löwe Bär café thé forêt château éléphant niño montaña Äpfel Größe chien",
    "cp852": "koń pies róża żaba łoś źrebię gęś kočka kůň růže jabłko gruszka chleb",
    "cp737": "γάτα σκύλος πουλί ψάρι άλογο λουλούδι δέντρο μήλο",
}
RIGHT_AT_LEAST = {
    "cp866": 0.9,
    "cp1251": 0.9,
    "cp737": 0.9,
    "big5": 0.9,
    "cp932": 0.9,
    "cp850": 0.6,
}  # of five classes


@pytest.mark.parametrize("page", WORDS)
def test_class_names_are_read_in_their_alphabet_or_not_at_all(page):
    words, chance, right, n = WORDS[page].split(), random.Random(0), 0, 0
    for number in range(40):
        names = [name for name in chance.sample(words, (2, 5)[number % 2]) if not name.isascii()]
        if not names:
            continue
        found = alphabets.guess([f"photos/{name}/{at}.jpg".encode(page) for name in names for at in (1, 2)])
        assert found is None or [name.encode(page).decode(found) for name in names] == names
        right, n = right + (found is not None) * (number % 2), n + number % 2
    assert right >= RIGHT_AT_LEAST.get(page, 0) * n


def test_bytes_that_are_no_words_are_of_no_alphabet():
    assert alphabets.guess([]) is None
    chance = random.Random(1)
    noise = [chance.randbytes(40).replace(b"/", b"") for _ in range(20)]
    assert alphabets.guess(noise) is None
