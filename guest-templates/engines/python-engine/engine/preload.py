"""What is imported and tried when the component is built, so that programs find it ready."""

import importlib

MODULES = """
    abc argparse array ast asyncio base64 bisect calendar cmath codecs collections collections.abc colorsys concurrent.futures
    configparser contextlib contextvars copy csv dataclasses datetime decimal difflib email email.message email.parser
    email.policy enum errno fnmatch fractions functools glob graphlib gzip hashlib heapq hmac html html.entities html.parser
    http http.client http.cookies importlib inspect io ipaddress itertools json keyword locale logging math mimetypes numbers
    operator os os.path pathlib pickle platform pprint queue random re reprlib secrets shlex shutil signal socket sqlite3
    stat statistics string string.templatelib struct subprocess sys tarfile tempfile textwrap threading time timeit tomllib
    traceback types typing unicodedata unittest urllib.error urllib.parse urllib.request uuid warnings weakref
    xml.etree.ElementTree zipfile zlib zoneinfo
""".split()

# No state of random names or of UUIDs: it would be the same in every instance.
_USUAL = """
import asyncio, collections, csv, dataclasses, datetime, decimal, io, json, math, re, statistics, typing, zoneinfo
@dataclasses.dataclass
class Point:
    x: int
    y: int = 0
class Kind(__import__("enum").Enum):
    A = 1
print(f"{Point(1)!r} {math.pi:.3f} {1_000_000:,}", [n * n for n in range(9) if n % 2], {"a": 1}, sep="\\n")
json.loads(json.dumps({"a": [1, 2.5, None, True, "ж"]}, indent=1))
re.sub(r"(\\w+)@(\\w+)", r"\\2", "user@example user@example")
list(csv.DictReader(io.StringIO("a,b\\n1,2\\n")))
datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Berlin")).isoformat()
datetime.datetime.strptime("2024-05-06", "%Y-%m-%d").strftime("%A %d %B %Y")
statistics.mean([1, 2, 3]), decimal.Decimal("1.1") + 1, collections.Counter("hello").most_common(2)
def broken(n):
    return broken(n - 1) if n else 1 / 0
async def wait(n):
    await asyncio.sleep(0)
    return n
try:
    broken(3)
except ZeroDivisionError as error:
    raise ValueError("warm") from error
"""

_WAITING = """
import asyncio
async def wait(n):
    await asyncio.sleep(0)
    return n
await asyncio.gather(wait(1), wait(2))
async with asyncio.TaskGroup() as group:
    group.create_task(wait(3))
{"value": [1, None, 2.5, "text"]}
"""


PROGRAMS = (_USUAL, _WAITING, "await tools.a.b(c=1)", "tools.a.b(c=1)", "1 +", "1 + 1", "x = data\nprint(x)\nx")


def modules():
    for name in MODULES:
        importlib.import_module(name)
