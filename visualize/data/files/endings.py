"""Which files are taken for pictures: by the ends of their names, or by their first bytes where a name has none."""

from __future__ import annotations

import os
import re
import stat
from typing import Literal

ENDINGS = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".avif", ".avifs", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".mpo",
})  # fmt: skip
OTHERS = frozenset({
    ".heic", ".heif", ".heics", ".hif", ".jxl", ".jxr", ".wdp", ".psd", ".psb", ".xcf", ".svg", ".svgz", ".eps", ".ps",
    ".ai", ".emf", ".wmf", ".ico", ".icns", ".cur", ".pcx", ".dds", ".exr", ".hdr", ".pfm", ".sgi", ".rgb", ".xpm",
    ".xbm", ".ras", ".blp", ".fits", ".raw", ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2",
    ".orf", ".rw2", ".raf", ".pef", ".srw", ".x3f", ".3fr", ".iiq", ".kdc", ".mrw", ".rwl", ".dcm",
})  # fmt: skip
"""Endings of pictures that are not read: such files are passed over, and that is said."""
_NO_PICTURES = frozenset({
    ".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".html",
    ".htm", ".py", ".ipynb", ".sh", ".log", ".npy", ".npz", ".mat", ".h5", ".hdf5", ".pkl", ".pt", ".pth", ".ckpt",
    ".safetensors", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".db", ".mp4", ".avi", ".mov", ".mkv",
    ".webm", ".mp3", ".wav", ".pdf", ".parquet", ".arrow", ".tfrecord", ".mdb", ".sha256", ".md5", ".lock",
})  # fmt: skip
_NAMED = re.compile(r"\.[a-z][a-z0-9]{0,5}")  # an ending, and no number or the like that happens to follow a dot
_LONGEST = 16  # bytes that any of these patterns looks at
_PICTURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|BM....\0\0\0\0|II[*+]\0|MM\0[*+]|P[4-6]\s[\d#]"
    rb"|....ftypavi[fs]|\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
    re.DOTALL,
)
_OTHER_PICTURES = re.compile(rb"....ftyp(?:hei[cmsx]|hevc|mif1|msf1)|8BPS|%!PS|\0\0\0\x0cJXL |gimp xcf", re.DOTALL)

Kind = Literal["picture", "passed over"]


def is_picture(name: str) -> bool:
    """Whether a folder's entry of that name is taken for a picture: by its ending, and no hidden one."""
    return not name.startswith(".") and ending(name) in ENDINGS


def ending(name: str) -> str:
    """End of a file's name from its last dot, in lower case; "" where there is none."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 (there are many)


def kind(folder: str, name: str) -> Kind | None:
    """Kind of a folder's entry: a picture, one that is not read and so passed over, or neither (None).

    Only a file whose ending says nothing is opened, for its first bytes.

    Args:
        folder: that it lies in.
        name: its name; hidden files are nothing.
    """
    if name.startswith("."):
        return None
    end = ending(name)
    if end in ENDINGS:
        return "picture"
    if end in OTHERS:
        return "passed over"
    if end in _NO_PICTURES:
        return None
    start = _start(f"{folder}{os.sep}{name}")
    if _PICTURES.match(start):
        return "passed over" if _NAMED.fullmatch(end) else "picture"
    return "passed over" if _OTHER_PICTURES.match(start) else None


def stem(path: str) -> str:
    """A picture's path without the ending, if it has one of those that are known."""
    return path.removesuffix(path[-len(end) :]) if (end := ending(path)) in ENDINGS else path


def _start(path: str) -> bytes:
    """First bytes of a file; none of what is no plain file, such as a pipe, which would be waited for."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 (as above)
            return b""
        with open(path, "rb") as file:  # noqa: PTH123 (as above)
            return file.read(_LONGEST)
    except OSError:
        return b""
