"""Imports the hooks and calls them as the reference does: anew for each question, with the container alone."""

import asyncio
import importlib.util
import inspect
import os

from calls import described
from container import Container
from faults import SESSION, Fault
from state import State

MAIN_FILE = "main.py"
FUNCTIONS = {"pre": "pre_connector_install", "post": "post_connector_install"}


def load():
    """The hooks as a module of their own, outside of `sys.modules`, as the reference has them."""
    directory = os.path.basename(os.path.dirname(SESSION.hook_file))
    spec = importlib.util.spec_from_file_location(directory + "_build_customization", SESSION.hook_file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main_file(module, directory):
    if not hasattr(module, "MAIN_FILE_NAME"):
        return MAIN_FILE
    name = module.MAIN_FILE_NAME
    why = None
    if not isinstance(name, str):
        why = "which is not the name of a file"
    elif not name or os.path.isabs(name) or ".." in name.split("/"):
        why = "which is not a path in the connector's directory"
    elif not os.path.isfile(os.path.join(directory, name)):
        why = "and the connector has no such file"
    if why:
        raise Fault("main-file", found=described(name), why=why, line=assigned("MAIN_FILE_NAME"))
    return name


def assigned(name):
    """The line on which the hooks set this name."""
    with open(SESSION.hook_file, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if line.startswith(name):
                return number
    return None


def call(module, stage, state):
    """The state of the container that a hook gives back; the state itself if there is no such hook."""
    name = FUNCTIONS[stage]
    if not hasattr(module, name):
        return state
    hook = getattr(module, name)
    if not callable(hook):
        raise Fault("not-function", found=described(hook), line=assigned(name))
    line = getattr(getattr(inspect.unwrap(hook), "__code__", None), "co_firstlineno", None)
    container = Container(state)
    try:
        signature = inspect.signature(hook)
        signature.bind(container)
    except TypeError:
        raise Fault("signature", parameters=str(signature), line=line) from None
    except ValueError:
        pass  # a callable that does not say what it takes
    result = asyncio.run(awaited(hook, container))
    if result is None:
        raise Fault("returns-nothing", line=line)
    if inspect.isawaitable(result) and not isinstance(result, Container):
        if inspect.iscoroutine(result):
            result.close()
        raise Fault("unawaited", line=line)
    if not isinstance(result, Container):
        raise Fault("returns-other", found=described(result), line=line)
    return result._state


async def awaited(hook, container):
    SESSION.loop = asyncio.get_running_loop()
    result = hook(container)
    if inspect.isawaitable(result) and not isinstance(result, Container):
        result = await result
    return result


def record(request):
    """The customization that the hooks ask for."""
    directory = os.path.dirname(SESSION.hook_file)
    main = main_file(load(), directory)
    SESSION.stage = "pre"
    before = call(load_for("pre"), "pre", State.of_image(request["base"]))
    SESSION.stage = "post"
    after = call(load_for("post"), "post", before.installed(request["installed"], main))
    return {"main_file": main, "pre": before.done, "mounts": before.mounts, "post": after.done}


def load_for(stage):
    SESSION.stage = "import"
    try:
        return load()
    finally:
        SESSION.stage = stage
