"""Time zones: the data of the package `tzdata`, kept in the component."""

import io
import os
import sys
import zlib

_packed = {}


def pack():
    """Reads the data while the component is built."""
    folder = _folder()
    kept = {}
    for path, _, files in os.walk(folder):
        for file in files:
            with open(os.path.join(path, file), "rb") as opened:
                data = opened.read()
            if data.startswith(b"TZif"):
                key = os.path.relpath(os.path.join(path, file), folder).replace(os.sep, "/")
                # Many zones are other names of one.
                _packed[key] = kept.setdefault(data, zlib.compress(data, 9))


def _folder():
    for folder in sys.path:
        if os.path.isfile(f"{folder}/tzdata/zoneinfo/UTC"):
            return f"{folder}/tzdata/zoneinfo"
    raise RuntimeError("tzdata is missing: pip install -r requirements.txt, and set VIRTUAL_ENV to that environment")


def serve():
    """Has `zoneinfo` read it."""
    import zoneinfo
    import zoneinfo._common
    import zoneinfo._tzpath

    def load(key):
        data = _packed.get(key)
        if data is None:
            raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
        return io.BytesIO(zlib.decompress(data))

    def available():
        return set(_packed)

    zoneinfo._common.load_tzdata = load
    zoneinfo._tzpath.available_timezones = zoneinfo.available_timezones = available
    zoneinfo.reset_tzpath(to=())
