"""Files and directories that hooks copy from the repository, and the client that gives them out."""

import os
import posixpath

from calls import Strict, answered, anything, argument, number, of, recorded, refuse, text, texts
from faults import SESSION

ELSEWHERE = "a hook is given its container, and no other can be built beside it"
OUTSIDE = "what comes from the network may be another thing tomorrow"


class Tree:
    """The copy of the repository's files that the hooks see."""

    def __init__(self, files, copy, connector):
        self.files = files
        self.copy = os.path.realpath(copy)
        self.connector = connector

    def find(self, call, path, directory):
        """A path as a hook names it, as one below the root: from there, as in the reference, or from the connector."""
        named = path
        if os.path.isabs(path):
            candidates = [path]
        else:
            candidates = [os.path.join(self.copy, path), os.path.join(self.copy, self.connector, path)]
        there = os.path.isdir if directory else os.path.isfile
        for candidate in candidates:
            real = os.path.realpath(candidate)
            inside = real == self.copy or real.startswith(self.copy + os.sep)
            if not inside:
                SESSION.fail("source", call=call, path=named, why="is outside of the files that the build has")
            below = os.path.relpath(real, self.copy)
            below = "" if below == "." else below
            if not there(real):
                continue
            if not os.path.exists(os.path.join(self.files, below)):
                SESSION.fail("source", call=call, path=named, why="was made by the hook itself; use `with_new_file`")
            return below
        why = "is not a directory that the build has" if directory else "is not a file that the build has"
        return SESSION.fail("source", call=call, path=named, why=why)

    def on_disk(self, below):
        return os.path.join(self.copy, below)


def relative(call, path):
    """A path inside a directory object."""
    path = posixpath.normpath(posixpath.join("/", path))[1:]
    return path.lstrip("/")


class Pieces:
    """What a directory is put together from: instructions whose paths are relative to it."""

    def __init__(self, pieces):
        self.list = pieces

    @classmethod
    def host(cls, source, include=None, exclude=None):
        piece = {"kind": "copy-directory", "source": source, "path": ""}
        return cls([_filter(piece, include, exclude)])

    def and_(self, *pieces):
        return Pieces(self.list + list(pieces))

    def under(self, path):
        return [dict(piece, path=posixpath.join(path, piece["path"]).rstrip("/")) for piece in self.list]

    def at(self, path, owner):
        """The instructions that put it at this place of the image."""
        pieces = [dict(piece, path=piece["path"] or "/") for piece in self.under(path)]
        pieces = pieces or [{"kind": "new-directory", "path": path}]
        return [dict(piece, owner=owner) if owner else piece for piece in pieces]

    def alone(self):
        """The one piece that is all of it, if it is a directory of the repository."""
        one = len(self.list) == 1 and self.list[0]
        return one if one and one["kind"] == "copy-directory" and one["path"] == "" else None

    def whole(self):
        """The directory of the repository that it is, unfiltered."""
        one = self.alone()
        return one["source"] if one and not (one.get("include") or one.get("exclude")) else None

    def filtered(self, call, include, exclude):
        if not include and not exclude:
            return self
        one = self.alone()
        if one is None:
            argument(call, "a directory that is put together from pieces cannot be filtered; leave the piece out")
        if include and one.get("include"):
            argument(call, "the directory has an `include` already; give one list")
        return Pieces([_filter(one, include, exclude)])

    def without(self, path):
        """Without what is at this path or below it."""
        kept = []
        for piece in self.list:
            place = piece["path"]
            if place == path or place.startswith(path + "/"):
                continue
            if piece["kind"] == "copy-directory" and (place == "" or path.startswith(place + "/")):
                piece = _filter(piece, None, [path[len(place) :].lstrip("/")])
            kept.append(piece)
        return Pieces(kept)

    def inside(self, call, path):
        """What is at this path of it, from the piece that put it there last: a piece, relative to that path."""
        for piece in reversed(self.list):
            place = piece["path"]
            if place == path:
                return dict(piece, path="")
            if piece["kind"] != "copy-directory" or not (place == "" or path.startswith(place + "/")):
                continue
            source = posixpath.join(piece["source"], path[len(place) :].lstrip("/"))
            if not os.path.lexists(SESSION.tree.on_disk(source)):
                continue
            if piece.get("include") or piece.get("exclude"):
                argument(call, "take {} out of the directory before it is filtered".format(path))
            kind = "copy-directory" if os.path.isdir(SESSION.tree.on_disk(source)) else "copy-file"
            return {"kind": kind, "source": source, "path": ""}
        return None


def _filter(piece, include, exclude):
    piece = dict(piece)
    for name, patterns in (("include", include), ("exclude", exclude)):
        if patterns:
            piece[name] = list(piece.get(name, [])) + list(patterns)
    return piece


@refuse(
    {
        "export": ("refused", "hooks change the image, not this machine", None),
        "id": ("engine", "only an engine gives out ids", None),
        "secret": ("refused", "a secret in an image can be read by whoever has the image", None),
        "with_timestamps": ("refused", "no Dockerfile can say it", None),
        "digest": ("engine", "only an engine knows it", None),
    }
)
class File(Strict):
    """A file of the repository, or one of which the contents are given."""

    def __init__(self, name, source=None, contents=None, permissions=None):
        self._name = name
        self._source = source
        self._contents = contents
        self._permissions = permissions

    def __await__(self):
        return self
        yield  # what makes this a generator

    def _at(self, path, permissions, owner):
        if self._source is None:
            piece = {"kind": "new-file", "path": path, "contents": self._contents}
        else:
            piece = {"kind": "copy-file", "source": self._source, "path": path}
        permissions = self._permissions if permissions is None else permissions
        if permissions is not None:
            piece["permissions"] = permissions
        return dict(piece, owner=owner) if owner else piece

    @recorded
    def with_(self, cb: anything):
        return cb(self)

    @recorded
    def with_name(self, name: text):
        return File(name, self._source, self._contents, self._permissions)

    @answered
    def sync(self):
        return self

    @answered
    def name(self):
        return self._name

    @answered
    def contents(self):
        if self._source is None:
            return self._contents
        try:
            with open(SESSION.tree.on_disk(self._source), encoding="utf-8", newline="") as file:
                return file.read()
        except ValueError:
            return argument("File.contents", "{} is not text in UTF-8".format(self._source))

    @answered
    def size(self):
        if self._source is None:
            return len(self._contents.encode("utf-8"))
        return os.stat(SESSION.tree.on_disk(self._source)).st_size


@refuse(
    {
        "as_module": ("refused", ELSEWHERE, None),
        "diff": ("engine", "only an engine compares directories", None),
        "digest": ("engine", "only an engine knows it", None),
        "docker_build": ("refused", ELSEWHERE, None),
        "export": ("refused", "hooks change the image, not this machine", None),
        "glob": ("engine", "only an engine reads the patterns as it would", None),
        "id": ("engine", "only an engine gives out ids", None),
        "terminal": ("refused", "nobody sits at a build", None),
        "with_timestamps": ("refused", "no Dockerfile can say it", None),
    }
)
class Directory(Strict):
    """A directory of the repository, or one that is put together."""

    def __init__(self, pieces):
        self._pieces = pieces

    def __await__(self):
        return self
        yield  # what makes this a generator

    @recorded
    def directory(self, path: text):
        path = relative("Directory.directory", path)
        if not path:
            return self
        prefix = path + "/"
        below = [piece for piece in self._pieces.list if piece["path"].startswith(prefix)]
        below = [dict(piece, path=piece["path"][len(prefix) :]) for piece in below]
        own = self._pieces.inside("Directory.directory", path)
        if own is not None and own["kind"] not in ("copy-directory", "new-directory"):
            argument("Directory.directory", "{} is a file".format(path))
        if own is None and not below:
            argument("Directory.directory", "there is no {} in it".format(path))
        return Directory(Pieces(([own] if own and own["kind"] == "copy-directory" else []) + below))

    @recorded
    def file(self, path: text):
        path = relative("Directory.file", path)
        piece = self._pieces.inside("Directory.file", path)
        if piece is None or piece["kind"] not in ("copy-file", "new-file"):
            argument("Directory.file", "there is no file {} in it".format(path))
        return File(posixpath.basename(path), piece.get("source"), piece.get("contents"), piece.get("permissions"))

    @recorded
    def with_new_file(self, path: text, contents: text, permissions: number = None):
        piece = {"kind": "new-file", "path": relative("Directory.with_new_file", path), "contents": contents}
        return self._and(piece, permissions)

    @recorded
    def with_new_directory(self, path: text, permissions: number = None):
        return self._and({"kind": "new-directory", "path": relative("Directory.with_new_directory", path)}, permissions)

    @recorded
    def with_file(self, path: text, source: of("File"), permissions: number = None):
        return self._and(source._at(relative("Directory.with_file", path), permissions, None), None)

    @recorded
    def with_files(self, path: text, sources: anything, permissions: number = None):
        directory = self
        for source in sources:
            if of("File")(source):
                argument("Directory.with_files", "`sources` must be a list of dagger's File")
            directory = directory.with_file(posixpath.join(path, source._name), source, permissions)
        return directory

    @recorded
    def with_directory(self, path: text, directory: of("Directory"), exclude: texts = None, include: texts = None):
        pieces = directory._pieces.filtered("Directory.with_directory", include, exclude)
        return Directory(self._pieces.and_(*pieces.under(relative("Directory.with_directory", path))))

    @recorded
    def without_file(self, path: text):
        return Directory(self._pieces.without(relative("Directory.without_file", path)))

    @recorded
    def without_files(self, paths: texts):
        pieces = self._pieces
        for path in paths:
            pieces = pieces.without(relative("Directory.without_files", path))
        return Directory(pieces)

    @recorded
    def without_directory(self, path: text):
        return Directory(self._pieces.without(relative("Directory.without_directory", path)))

    @recorded
    def with_(self, cb: anything):
        return cb(self)

    @recorded
    def pipeline(self, name: text, description: text = None, labels: anything = None):
        del name, description, labels
        return self

    @answered
    def sync(self):
        return self

    @answered
    def entries(self, path: text = None):
        source = self._pieces.whole()
        if source is None:
            SESSION.fail(
                "engine", call="Directory.entries", why="the directory is not one of the repository", instead=None
            )
        try:
            return sorted(os.listdir(SESSION.tree.on_disk(posixpath.join(source, path or ""))))
        except OSError as error:
            return argument("Directory.entries", "{}: {}".format(path or ".", error.strerror))

    def _and(self, piece, permissions):
        if permissions is not None:
            piece["permissions"] = permissions
        return Directory(self._pieces.and_(piece))


class CacheVolume(Strict):
    """A directory that the engine keeps between builds."""

    def __init__(self, key):
        self._key = key


@refuse(
    {
        "id": ("engine", "only an engine gives out ids", None),
        "env_variable": (
            "refused",
            "the image would depend on whose machine builds it",
            "write the value into the hook",
        ),
        "service": ("refused", "a finished image has nothing beside it", None),
        "set_secret_file": ("refused", "a secret in an image can be read by whoever has the image", None),
        "tunnel": ("refused", "a finished image has nothing beside it", None),
        "unix_socket": ("refused", "a finished image has nothing beside it", None),
    }
)
class Host(Strict):
    """The files that the build has: the connector, and what its step declares."""

    @recorded
    def directory(
        self,
        path: text,
        exclude: texts = None,
        include: texts = None,
        no_cache: anything = None,
        gitignore: anything = None,
    ):
        del no_cache, gitignore
        return Directory(Pieces.host(SESSION.tree.find("Host.directory", path, True), include, exclude))

    @recorded
    def workdir(self, exclude: texts = None, include: texts = None):
        return self.directory(".", exclude, include)

    @recorded
    def file(self, path: text, no_cache: anything = None):
        del no_cache
        return File(os.path.basename(path), SESSION.tree.find("Host.file", path, False))


MODULES = (
    "builtin_container current_function_call current_module current_type_defs dagger_engine function generated_code "
    "module module_config module_dependency module_source project project_command type_def"
).split()


@refuse(
    {
        "blob": ("engine", "only an engine gives out ids", None),
        "check_version_compatibility": ("engine", "no engine is asked", None),
        "container": ("refused", ELSEWHERE, "change the container that the hook is given"),
        "file": ("refused", ELSEWHERE, "use `Container.with_new_file`, or `host().file(…)`"),
        "git": ("refused", OUTSIDE, "fetch a fixed commit with `with_exec`"),
        "http": ("refused", OUTSIDE, "fetch it with `with_exec` and check its digest there"),
        "secret": ("refused", "a secret in an image can be read by whoever has the image", None),
        "set_secret": ("refused", "a secret in an image can be read by whoever has the image", None),
        "socket": ("refused", "a finished image has nothing beside it", None),
        "version": ("engine", "no engine is asked", None),
    }
)
@refuse({name: ("refused", "it belongs to dagger's own modules", None) for name in MODULES})
class Client(Strict):
    """What `dagger.dag` and `dagger.Connection` give."""

    def __getattr__(self, name):
        if name.startswith("load_") and name.endswith("_from_id"):
            SESSION.fail("engine", call="Client." + name, why="only an engine gives out ids", instead=None)
        return super().__getattr__(name)

    @recorded
    def host(self):
        return Host()

    @recorded
    def directory(self, id: anything = None):
        if id is not None:
            SESSION.fail("engine", call="Client.directory", why="only an engine gives out ids", instead=None)
        return Directory(Pieces([]))

    @recorded
    def cache_volume(self, key: text):
        return CacheVolume(key)

    @recorded
    def pipeline(self, name: text, description: text = None, labels: anything = None):
        del name, description, labels
        return self

    @recorded
    def with_(self, cb: anything):
        return cb(self)

    @answered
    def default_platform(self):
        return SESSION.platform
