"""The recording itself: prepares the process, runs the hooks, and says what went wrong in the answer's words."""

import asyncio
import os
import platform
import re
import shutil
import sys
import traceback

import hooks
import sdk
import shut_in
import watch
from faults import SESSION, Fault, NoNetwork, Unknown
from sources import Tree

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = "build_customization.py"


def prepare(request, answer):
    copy, connector = request["copy"], request["connector"]
    SESSION.hook_file = os.path.join(copy, connector, FILE)
    SESSION.tree = Tree(request["files"], copy, connector)
    SESSION.platform = sdk.Platform(request["base"]["platform"])
    SESSION.mebibytes = request["mebibytes"]
    try:
        # The build takes its files from where they are; whatever hooks do to this copy is forgotten.
        shutil.copytree(request["files"], copy, symlinks=True)
    except (OSError, shutil.Error) as error:
        raise Fault("machine", message="the connector's files could not be copied: {}".format(error))
    home = os.path.join(os.path.dirname(copy), "home")
    os.makedirs(home, exist_ok=True)
    os.chdir(copy)
    sys.argv = [SESSION.hook_file]
    shut_in.orders()
    shut_in.environment(home)
    shut_in.network()
    sdk.install()
    shut_in.limits(request["mebibytes"])
    watch.start(request["seconds"], SESSION, answer.give)
    if not request["shut_in"]:
        SESSION.notes.append(
            "the system allows no namespaces, so programs that a hook starts could reach the network while it is recorded"
        )


def record(request):
    customization = hooks.record(request)
    if SESSION.sticky is not None:
        raise Fault("caught")
    for asked, line in SESSION.pending.values():
        where = FILE if line is None else "{}:{}".format(FILE, line)
        SESSION.notes.append("{}: the answer of {} is never awaited".format(where, asked.call))
    customization["notes"] = SESSION.notes
    return customization


def trouble(error):
    """What is wrong, in the answer's words; the traceback goes to the log."""
    show(error)
    if SESSION.sticky is not None:
        place, fault = SESSION.sticky
        return {"place": place, "fault": fault}
    fields = dict(classified(error))
    line = fields.pop("line", None) or line_of(error)
    return {"place": SESSION.place(line), "fault": fields}


def classified(error):
    if isinstance(error, (Fault, Unknown)):
        return {"kind": error.kind, **error.fields}
    if isinstance(error, SyntaxError) and error.filename == SESSION.hook_file:
        return {"kind": "syntax", "message": error.msg, "python": platform.python_version(), "line": error.lineno}
    if isinstance(error, MemoryError):
        return {"kind": "memory", "mebibytes": SESSION.mebibytes}
    if isinstance(error, SystemExit):
        return {"kind": "exited", "code": "" if error.code is None else repr(error.code)}
    denied = denied_in(error)
    if denied is not None:
        return {"kind": "network", "asked": denied.asked}
    if isinstance(error, ImportError):
        return imported(error)
    if SESSION.stage == "import" and line_of(error) is None:
        if isinstance(error, (OSError, SyntaxError, UnicodeError, ValueError)):
            return {"kind": "unreadable", "message": str(error).replace(SESSION.hook_file, FILE)}
        return {"kind": "machine", "message": "the recorder failed: {!r}".format(error)}
    return {"kind": "raised", "exception": type(error).__name__, "message": str(error).strip()[:2000]}


def imported(error):
    module = error.name or str(error)
    if module.split(".")[0] == "dagger":
        missing = re.match(r"cannot import name '(\w+)'", str(error))
        name = missing.group(1) if missing else module
        return {"kind": "unknown", "class": "module", "name": name, "near": sdk.alike(name)}
    first = module.split(".")[0]
    directory = os.path.dirname(SESSION.hook_file)
    beside = any(os.path.exists(os.path.join(directory, name)) for name in (first, first + ".py"))
    return {"kind": "import", "module": module, "beside": beside, "python": sys.executable}


def denied_in(error):
    """The refused connection behind an error, however often it was wrapped."""
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, NoNetwork):
            return error
        seen.add(id(error))
        reason = getattr(error, "reason", None)
        error = error.__cause__ or error.__context__ or (reason if isinstance(reason, BaseException) else None)
    return None


def line_of(error):
    """The line of the hooks in which an error came up."""
    line = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == SESSION.hook_file:
            line = number
    return line


def show(error):
    """The traceback, without the frames that are the recorder's own."""
    shown = traceback.TracebackException.from_exception(error)
    own = (HERE, os.path.dirname(asyncio.__file__))
    link = shown
    while link is not None:
        link.stack = traceback.StackSummary.from_list(
            [frame for frame in link.stack if not frame.filename.startswith(own) and "importlib" not in frame.filename]
        )
        link = link.__cause__ or link.__context__
    sys.stderr.write("".join(shown.format()))
