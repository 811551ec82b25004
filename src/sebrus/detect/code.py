"""What determines findings besides their inputs: the code, as one hash."""

import hashlib
from functools import cache
from importlib.resources import files

SCREEN = ("sebrus.detect",)
AUDIT = ("sebrus.detect", "sebrus.detect.deep")


@cache
def code_hash(packages: tuple[str, ...], modules: tuple[str, ...] = ()) -> str:
    """The sha256, 64 hex digits, over the source of the modules of `packages` and of single `modules`, by dotted name.

    Packages below a package are not part of it: name them.

    >>> len(code_hash(AUDIT))
    64
    """
    sources = []
    for package in packages:
        inside = [entry for entry in files(package).iterdir() if entry.name.endswith(".py")]
        sources += [(f"{package}/{entry.name}", entry) for entry in sorted(inside, key=lambda entry: entry.name)]
    for module in modules:
        package, _, name = module.rpartition(".")
        sources.append((f"{package}/{name}.py", files(package).joinpath(f"{name}.py")))
    digest = hashlib.sha256()
    for name, entry in sources:
        digest.update(name.encode() + b"\0" + entry.read_bytes() + b"\0")
    return digest.hexdigest()


__all__ = ["AUDIT", "SCREEN", "code_hash"]
