"""Sets of drawn pictures of which no two are copies though all look alike: a check for copies trips here.

Every function draws picture `number` of a set, another one for each number, the same on every machine.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

TEXT = (
    "the report of our water and light for every house in this street was late again so please send one "
    "copy to office by Monday total amount due paid order invoice number date name field page table sum"
)
WORDS = TEXT.split()


def plain_ground(number: int) -> Image.Image:
    """A grey block with a dark edge, left or right, on one plain ground; 120 px."""
    kind, random = number % 2, np.random.default_rng([7, number % 2, number // 2])
    canvas = np.full((120, 120, 3), 225, np.uint8)
    x, y = random.integers(38, 56, 2)
    h, w = random.integers(24, 40, 2)
    canvas[y : y + h, x : x + w] = random.integers(60, 190, 3)
    canvas[y + h // 2 :, x + (0 if kind else w - 8) : x + (8 if kind else w)] = 90
    return Image.fromarray(canvas)


def hand_sign(number: int) -> Image.Image:
    """A hand with one to five fingers out, on a table under a lamp; 200 px."""
    random = np.random.default_rng([11, number])
    image = _table(random, (196, 178, 150))
    draw, skin = ImageDraw.Draw(image), tuple(np.add((205, 150, 120), random.integers(-12, 12, 3)).tolist())
    x, y, radius = *random.integers(85, 115, 2), random.integers(30, 38)
    draw.ellipse([x - radius, y - radius, x + radius, y + radius * 1.2], skin)
    draw.rectangle([x - radius * 0.7, y + radius * 0.6, x + radius * 0.7, 200], skin)  # the wrist
    for finger in range(1 + number % 5):
        angle = np.radians(-150 + 30 * finger + random.normal(0, 6))
        length = radius + random.integers(35, 50)
        tip = (x + length * np.cos(angle), y + length * np.sin(angle))
        draw.line([(x, y), tip], skin, 15)
        draw.ellipse([tip[0] - 7, tip[1] - 7, tip[0] + 7, tip[1] + 7], skin)
    return _photographed(image, random)


def waste(number: int) -> Image.Image:
    """A bottle, a can or crumpled paper on one table; 200 px."""
    random = np.random.default_rng([13, number])
    image = _table(random, (150, 150, 155))
    draw, (x, y) = ImageDraw.Draw(image), random.integers(80, 120, 2)
    colour = tuple(random.integers(40, 230, 3).tolist())
    if number % 3 == 0:
        w, h = random.integers(14, 20), random.integers(45, 60)
        draw.rounded_rectangle([x - w, y - h / 2, x + w, y + h], 6, colour)
        draw.rectangle([x - w / 3, y - h, x + w / 3, y - h / 2], colour)
    elif number % 3 == 1:
        w, h = random.integers(20, 28), random.integers(30, 42)
        draw.rectangle([x - w, y - h, x + w, y + h], colour)
        draw.ellipse([x - w, y - h - 8, x + w, y - h + 8], (200, 200, 200))
    else:
        angles = np.sort(random.uniform(0, 2 * np.pi, 14))
        radii = random.uniform(25, 45, 14)
        outline = zip(x + radii * np.cos(angles), y + radii * np.sin(angles), strict=True)
        draw.polygon(list(outline), (235, 232, 225), (150, 150, 150))
    return _photographed(image, random)


def scan(number: int) -> Image.Image:
    """A grey slice of a head on black ground, sometimes with a bright spot; 180 px."""
    random = np.random.default_rng([17, number])
    image = Image.new("L", (180, 180), 0)
    draw = ImageDraw.Draw(image)
    x, y = 90 + random.integers(-4, 5, 2)
    a, b = random.integers(52, 62), random.integers(66, 76)
    draw.ellipse([x - a, y - b, x + a, y + b], 200)
    draw.ellipse([x - a + 6, y - b + 6, x + a - 6, y + b - 6], 90)
    for _ in range(10):
        u, v = x + random.normal(0, 22), y + random.normal(0, 28)
        r, s = random.integers(5, 14, 2)
        draw.ellipse([u - r, v - s, u + r, v + s], int(random.integers(60, 130)))
    if number % 2:
        u, v, r = x + random.normal(0, 18), y + random.normal(0, 25), random.integers(5, 10)
        draw.ellipse([u - r, v - r, u + r, v + r], 220)
    image = image.filter(ImageFilter.GaussianBlur(2))
    noisy = np.asarray(image) + random.normal(0, 4, (180, 180))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).convert("RGB")


def document(number: int) -> Image.Image:
    """A page of text in lines, as scanned; 240 x 320 px."""
    random = np.random.default_rng([19, number])
    image = Image.new("RGB", (240, 320), (250, 249, 245))
    draw, y = ImageDraw.Draw(image), 20
    while y < 300:
        if random.random() < 0.12:  # between paragraphs
            y += 12
            continue
        line, wide = "", random.uniform(120, 200)
        while draw.textlength(line) < wide:
            line += str(random.choice(WORDS)) + " "
        draw.text((20, y), line, (40, 40, 45))
        y += 12
    return image


def screenshot(number: int) -> Image.Image:
    """A window with a bar, a list at the side and rows of text; 320 x 200 px."""
    random = np.random.default_rng([23, number])
    image = Image.new("RGB", (320, 200), (245, 245, 247))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, 320, 18], (52, 90, 160))
    draw.text((6, 4), " ".join(random.choice(WORDS, 3)), "white")
    draw.rectangle([0, 18, 70, 200], (225, 228, 235))
    for row in range(random.integers(5, 12)):
        draw.text((6, 26 + 14 * row), str(random.choice(WORDS)), (50, 50, 60))
    for row in range(random.integers(4, 12)):
        draw.text((84, 28 + 14 * row), " ".join(random.choice(WORDS, random.integers(2, 7))), (30, 30, 30))
    return image


def _table(random: np.random.Generator, colour: tuple[int, int, int]) -> Image.Image:
    """200 px of one colour, a little brighter where the lamp stands."""
    y, x = np.mgrid[0:200, 0:200]
    light = 1 + 0.12 * (x / 200 - 0.5) + random.normal(0, 0.01)
    pixels = np.array(colour) * light[:, :, None] + 0 * y[:, :, None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _photographed(image: Image.Image, random: np.random.Generator) -> Image.Image:
    noisy = np.asarray(image.filter(ImageFilter.GaussianBlur(1))) + random.normal(0, 3, (200, 200, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


SETS: dict[str, Callable[[int], Image.Image]] = {
    "plain ground": plain_ground,
    "hand signs": hand_sign,
    "waste on a table": waste,
    "grey scans": scan,
    "documents": document,
    "screenshots": screenshot,
}
