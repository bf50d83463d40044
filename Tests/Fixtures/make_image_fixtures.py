#!/usr/bin/env python3
"""Writes the small pictures of Tests/Fixtures/images and, beside each, the pixels that Pillow reads from it.

    pip install pillow numpy
    python3 Tests/Fixtures/make_image_fixtures.py

`NAME.EXT.ppm` is `ImageOps.exif_transpose(Image.open(NAME.EXT)).convert("RGB")` as binary PPM. The exception are
16-bit grey PNGs, of which Pillow clips values above 255: there the high byte of each sample is expected.
"""
import struct
import zlib
from pathlib import Path

import numpy
from PIL import Image, ImageOps

FOLDER = Path(__file__).parent / "images"


def picture(width, height):
    """A gradient with a disc and some noise: [height, width, 3] of 8 bits."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    rgb = numpy.stack([255 * x / (width - 1), 255 * y / (height - 1), 255 * (x + y) / (width + height - 2)], axis=2)
    disc = (x - width * 0.4) ** 2 + (y - height * 0.5) ** 2 < (min(width, height) * 0.3) ** 2
    rgb[disc] = [250, 40, 90]
    noise = numpy.random.default_rng(7).normal(0, 12, rgb.shape)
    return numpy.clip(rgb + noise, 0, 255).astype(numpy.uint8)


def expect(name, pixels=None):
    """Writes the expected pixels of a fixture."""
    path = FOLDER / name
    if pixels is None:
        with Image.open(path) as image:
            pixels = numpy.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    height, width, _ = pixels.shape
    (FOLDER / f"{name}.ppm").write_bytes(b"P6\n%d %d\n255\n" % (width, height) + pixels.tobytes())


def save(name, image, **options):
    image.save(FOLDER / name, **options)
    expect(name)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_rows(samples, depth):
    """Rows of a PNG without filter: samples [height, width, channels] of `depth` bits."""
    rows = b""
    for row in samples:
        values = row.reshape(-1)
        if depth == 16:
            data = values.astype(">u2").tobytes()
        elif depth == 8:
            data = values.astype(numpy.uint8).tobytes()
        else:
            bits = ((values[:, None] >> numpy.arange(depth - 1, -1, -1)) & 1).astype(numpy.uint8)
            data = numpy.packbits(bits.reshape(-1)).tobytes()
        rows += b"\0" + data
    return rows


# First row, first column and the steps of the seven passes of Adam7.
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def save_png(name, samples, color, depth, before=(), after=(), interlaced=False, expected=None):
    """A PNG of any kind, written here because Pillow does not write all of them."""
    samples = samples.reshape(samples.shape[0], samples.shape[1], -1)
    height, width, _ = samples.shape
    if interlaced:
        passes = [samples[y::dy, x::dx] for y, x, dy, dx in ADAM7]
        rows = b"".join(pack_rows(part, depth) for part in passes if part.size)
    else:
        rows = pack_rows(samples, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    data = zlib.compress(rows, 9)
    half = len(data) // 2
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(before)
    file += chunk(b"IDAT", data[:half]) + chunk(b"IDAT", data[half:]) + b"".join(after) + chunk(b"IEND", b"")
    (FOLDER / name).write_bytes(file)
    expect(name, expected)


def exif(orientation, big_endian=False):
    order = ">" if big_endian else "<"
    entries = [(0x010F, 2, 4, b"abc\0"), (0x0112, 3, 1, struct.pack(order + "HH", orientation, 0))]
    block = (b"MM" if big_endian else b"II") + struct.pack(order + "HIH", 42, 8, len(entries))
    for tag, kind, count, value in entries:
        block += struct.pack(order + "HHI", tag, kind, count) + value
    return block + struct.pack(order + "I", 0)


def make_jpeg():
    rgb = Image.fromarray(picture(37, 29))
    save("rgb-420.jpg", rgb, quality=85)
    save("rgb-422.jpg", rgb, quality=85, subsampling="4:2:2")
    save("rgb-444.jpg", rgb, quality=85, subsampling="4:4:4")
    save("rgb-untransformed.jpg", rgb, quality=85, keep_rgb=True)
    save("restart.jpg", rgb, quality=60, restart_marker_blocks=2)
    save("progressive.jpg", rgb, quality=85, progressive=True)
    save("gray.jpg", rgb.convert("L"), quality=85)
    save("gray-progressive.jpg", rgb.convert("L"), quality=85, progressive=True)
    cmyk = numpy.concatenate([255 - picture(37, 29), picture(37, 29)[:, ::-1, :1] // 2], axis=2)
    save("cmyk.jpg", Image.fromarray(cmyk, "CMYK"), quality=85)
    # The same components, declared as YCCK by the last byte of the Adobe segment.
    file = bytearray((FOLDER / "cmyk.jpg").read_bytes())
    file[file.index(b"Adobe") + 11] = 2
    (FOLDER / "ycck.jpg").write_bytes(file)
    expect("ycck.jpg")
    small = Image.fromarray(picture(20, 11))
    for orientation in range(1, 9):
        block = b"Exif\0\0" + exif(orientation, big_endian=orientation % 2 == 0)
        save(f"orientation-{orientation}.jpg", small, quality=70, exif=block)


def make_png():
    rgb = picture(21, 13)
    gray = numpy.asarray(Image.fromarray(rgb).convert("L"))
    alpha = 255 - gray
    rgb16 = rgb.astype(int) * 256 + rgb[:, :, ::-1]
    gray16 = gray.astype(int) * 256 + alpha
    palette = numpy.random.default_rng(3).integers(0, 256, (256, 3)).astype(numpy.uint8)
    for depth in (1, 2, 4, 8):
        plte = chunk(b"PLTE", palette[: 1 << depth].tobytes())
        save_png(f"gray-{depth}.png", gray >> (8 - depth), 0, depth)
        save_png(f"palette-{depth}.png", gray >> (8 - depth), 3, depth, [plte])
    high = numpy.repeat((gray16 >> 8)[:, :, None], 3, axis=2).astype(numpy.uint8)
    save_png("gray-16.png", gray16, 0, 16, expected=high)
    save_png("rgb-8.png", rgb, 2, 8)
    save_png("rgb-16.png", rgb16, 2, 16)
    save_png("gray-alpha-8.png", numpy.stack([gray, alpha], axis=2), 4, 8)
    save_png("gray-alpha-16.png", numpy.stack([gray16, gray16[::-1]], axis=2), 4, 16)
    save_png("rgba-8.png", numpy.concatenate([rgb, alpha[:, :, None]], axis=2), 6, 8)
    save_png("rgba-16.png", numpy.concatenate([rgb16, gray16[:, :, None]], axis=2), 6, 16)
    plte = chunk(b"PLTE", palette[:16].tobytes())
    save_png("palette-transparent.png", gray >> 4, 3, 4, [plte, chunk(b"tRNS", bytes([0, 128, 255, 9]))])
    save_png("gray-transparent.png", gray >> 4, 0, 4, [chunk(b"tRNS", struct.pack(">H", 7))])
    save_png("rgb-transparent.png", rgb, 2, 8, [chunk(b"tRNS", struct.pack(">HHH", *rgb[3, 4]))])
    save_png("rgb-interlaced.png", rgb, 2, 8, interlaced=True)
    save_png("rgba-16-interlaced.png", numpy.concatenate([rgb16, gray16[:, :, None]], axis=2), 6, 16, interlaced=True)
    save_png("gray-1-interlaced.png", gray >> 7, 0, 1, interlaced=True)
    save_png("palette-4-interlaced.png", gray >> 4, 3, 4, [plte], interlaced=True)
    save_png("tiny-interlaced.png", rgb[:1, :2], 2, 8, interlaced=True)
    # Chunks that describe colour are ignored, as Pillow does.
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    bits = chunk(b"sBIT", bytes([5, 6, 5]))
    background = chunk(b"bKGD", struct.pack(">HHH", 1, 2, 3))
    save_png("gamma.png", rgb, 2, 8, [gamma, bits, background])
    save_png("orientation-before.png", rgb, 2, 8, [chunk(b"eXIf", exif(6, big_endian=True))])
    save_png("orientation-after.png", rgb, 2, 8, after=[chunk(b"eXIf", exif(8))])
    # Texts and profiles that would unpack to 8 MB each; the pixels are read without them.
    bomb = zlib.compress(bytes(8_000_000), 9)
    texts = [chunk(b"iCCP", b"p\0\0" + bomb), chunk(b"zTXt", b"t\0\0" + bomb)]
    save_png("text-bomb.png", rgb, 2, 8, texts, expected=rgb)


def make_webp():
    rgb = picture(37, 29)
    alpha = picture(37, 29)[:, :, 2:] // 2
    rgba = Image.fromarray(numpy.concatenate([rgb, alpha], axis=2))
    save("lossy.webp", Image.fromarray(rgb), quality=70)
    save("lossless.webp", Image.fromarray(rgb), lossless=True)
    save("lossy-alpha.webp", rgba, quality=70)
    save("lossless-alpha.webp", rgba, lossless=True, exact=True)
    save("orientation.webp", Image.fromarray(rgb), quality=70, exif=b"Exif\0\0" + exif(5))
    frames = [Image.fromarray(rgb), Image.fromarray(255 - rgb)]
    frames[0].save(FOLDER / "animation.webp", save_all=True, append_images=frames[1:], quality=10)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        if path.suffix != ".md":
            path.unlink()
    make_jpeg()
    make_png()
    make_webp()
