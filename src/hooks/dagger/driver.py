"""Builds a connector with dagger's own SDK and engine, hooks included, in the order of the reference.

Usage: `python3 driver.py REQUEST`, where REQUEST is a JSON file. The hooks get the real container, so they may ask it
whatever they like. The image is left as an archive; the answer goes into the file that the request names.
"""

import importlib.util
import inspect
import json
import os
import sys
import traceback

VERSION = 1
FILE = "build_customization.py"
MAIN_FILE = "main.py"


class Wrong(Exception):
    """A fault of the hooks, in the answer's words."""

    def __init__(self, kind, line=None, **fields):
        super().__init__(kind)
        self.line = line
        self.fault = dict(fields, kind=kind)


class Builder:
    """One connector's build."""

    def __init__(self, client, request):
        self.client = client
        self.request = request
        self.hook_file = os.path.join(request["files"], request["connector"], FILE)
        self.stage = "import"

    # Instructions

    def source(self, below, directory, **filters):
        path = os.path.normpath(os.path.join(self.request["files"], below))
        if directory:
            return self.client.host().directory(path, **{key: value for key, value in filters.items() if value})
        return self.client.host().directory(os.path.dirname(path)).file(os.path.basename(path))

    def apply(self, container, instructions):
        for instruction in instructions:
            fields = dict(instruction)
            container = getattr(self, "do_" + fields.pop("kind").replace("-", "_"))(container, **fields)
        return container

    def do_exec(self, container, args, mounts=()):
        for mount in mounts:
            container = self.mounted(container, **mount)
        # Instructions carry their entry point; an SDK that adds one is told not to.
        takes = inspect.signature(container.with_exec).parameters
        container = container.with_exec(args, **({"skip_entrypoint": True} if "skip_entrypoint" in takes else {}))
        for mount in mounts:
            container = container.without_mount(mount["path"])
        return container

    def mounted(self, container, path, content):
        kind = content["kind"]
        if kind == "cache":
            return container.with_mounted_cache(path, self.client.cache_volume(content["key"]))
        if kind == "temp":
            return container.with_mounted_temp(path)
        if kind == "file":
            return container.with_mounted_file(path, self.source(content["source"], False))
        return container.with_mounted_directory(path, self.source(content["source"], True))

    def do_env(self, container, name, value):
        return container.with_env_variable(name, value)

    def do_unset_env(self, container, name):
        return container.without_env_variable(name)

    def do_new_file(self, container, path, contents, permissions=None, owner=None):
        return container.with_new_file(path, contents=contents, **given(permissions=permissions, owner=owner))

    def do_new_directory(self, container, path, permissions=None, owner=None):
        directory = self.client.directory().with_new_directory("new", **given(permissions=permissions))
        return container.with_directory(path, directory.directory("new"), **given(owner=owner))

    def do_copy_file(self, container, source, path, permissions=None, owner=None):
        return container.with_file(path, self.source(source, False), **given(permissions=permissions, owner=owner))

    def do_copy_directory(self, container, source, path, include=(), exclude=(), owner=None):
        directory = self.source(source, True, include=list(include), exclude=list(exclude))
        return container.with_directory(path, directory, **given(owner=owner))

    def do_user(self, container, name):
        return container.with_user(name)

    def do_workdir(self, container, path):
        return container.with_workdir(path)

    def do_label(self, container, name, value):
        return container.with_label(name, value)

    def do_unset_label(self, container, name):
        return container.without_label(name)

    def do_entrypoint(self, container, args):
        return container.with_entrypoint(args)

    def do_default_args(self, container, args):
        return container.with_default_args(args)

    def do_exposed_port(self, container, port, protocol):
        import dagger

        return container.with_exposed_port(port, protocol=dagger.NetworkProtocol(protocol.upper()))

    # Hooks

    def load(self):
        name = os.path.basename(os.path.dirname(self.hook_file)) + "_build_customization"
        spec = importlib.util.spec_from_file_location(name, self.hook_file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def main_file(self):
        if not os.path.exists(self.hook_file):
            return MAIN_FILE
        name = getattr(self.load(), "MAIN_FILE_NAME", MAIN_FILE)
        if not isinstance(name, str) or not os.path.isfile(os.path.join(os.path.dirname(self.hook_file), name)):
            raise Wrong("main-file", found=repr(name), why="which is not a file in the connector's directory")
        return name

    async def hook(self, name, stage, container):
        import dagger

        if not os.path.exists(self.hook_file):
            return container
        self.stage = "import"
        module = self.load()
        self.stage = stage
        if not hasattr(module, name):
            return container
        function = getattr(module, name)
        line = getattr(getattr(function, "__code__", None), "co_firstlineno", None)
        result = function(container)
        if inspect.isawaitable(result) and not isinstance(result, dagger.Container):
            result = await result
        if result is None:
            raise Wrong("returns-nothing", line)
        if not isinstance(result, dagger.Container):
            raise Wrong("returns-other", line, found="a {}".format(type(result).__name__))
        return result

    # The build

    async def build(self, platform):
        """The container, as the reference makes it; what it starts with; where its hooks are at fault."""
        request = self.request
        main = self.main_file()
        base = self.client.container(platform=platform).from_(request["base"])
        hooked = await self.hook("pre_connector_install", "pre", base)
        builder = self.apply(hooked, request["install"])
        container = hooked
        for path in request["taken"]:
            container = container.with_directory(path, builder.directory(path))
        code, entrypoint = request["code_directory"], ["python", os.path.join(request["code_directory"], main)]
        files = [{"kind": "workdir", "path": code}]
        files.append(
            {"kind": "copy-file", "source": os.path.join(request["connector"], main), "path": code + "/" + main}
        )
        if request["package"]:
            source = os.path.join(request["connector"], request["package"])
            files.append({"kind": "copy-directory", "source": source, "path": code + "/" + request["package"]})
        files.append({"kind": "env", "name": "AIRBYTE_ENTRYPOINT", "value": " ".join(entrypoint)})
        files.append({"kind": "entrypoint", "args": entrypoint})
        files.extend({"kind": "label", "name": name, "value": value} for name, value in request["labels"])
        container = self.apply(container, files)
        self.stage = "post"
        return await self.hook("post_connector_install", "post", container), main

    def trouble(self, error):
        """What is wrong, in the answer's words, if it is the hooks that are."""
        line = None
        for frame, number in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename == self.hook_file:
                line = number
        if isinstance(error, Wrong):
            return {"place": {"stage": self.stage, "line": error.line}, "fault": error.fault}
        if isinstance(error, SyntaxError) and error.filename == self.hook_file:
            fault = {"kind": "syntax", "message": error.msg, "python": "{}.{}".format(*sys.version_info)}
            return {"place": {"stage": "import", "line": error.lineno}, "fault": fault}
        if line is None:
            return None
        fault = {"kind": "raised", "exception": type(error).__name__, "message": str(error).strip()[:2000]}
        return {"place": {"stage": self.stage, "line": line}, "fault": fault}


def given(**values):
    """The parameters that have a value; the SDK's own defaults differ from version to version."""
    return {key: value for key, value in values.items() if value is not None}


def answer(request, **content):
    part = request["answer"] + ".part"
    with open(part, "w", encoding="utf-8") as file:
        json.dump(dict(content, version=VERSION), file)
    os.replace(part, request["answer"])


async def run(request):
    import dagger

    async with dagger.Connection(dagger.Config(log_output=sys.stderr)) as client:
        builder = Builder(client, request)
        try:
            container, main = await builder.build(dagger.Platform(request["platform"]))
            await container.export(request["archive"])
        except Exception as error:
            traceback.print_exc()
            trouble = builder.trouble(error)
            if trouble is None:
                raise SystemExit(1) from error
            answer(request, trouble=trouble)
            return
    answer(request, customization={"main_file": main, "pre": [], "mounts": [], "post": [], "notes": []})


def start():
    import anyio

    with open(sys.argv[1], encoding="utf-8") as file:
        anyio.run(run, json.load(file))


if __name__ == "__main__":
    start()
