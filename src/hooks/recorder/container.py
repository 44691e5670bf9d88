"""The stand-in for dagger's Container: each `with_…` gives a new one that knows one instruction more."""

import posixpath

from calls import Strict, answered, anything, argument, number, of, recorded, refuse, text, texts, truth
from entries import EnvVariable, Label, Port
from faults import SESSION
from refusals import REFUSALS


def known_port(value):
    wrong = number(value)
    return wrong or (None if 0 < value < 65536 else "a port between 1 and 65535")


def mode(value):
    wrong = number(value)
    return wrong or (None if 0 <= value <= 0o7777 else "a mode such as 0o644")


@refuse(REFUSALS)
class Container(Strict):
    """Immutable; `await` gives it back, since there is nothing to wait for."""

    def __init__(self, state):
        self._state = state

    def __await__(self):
        return self
        yield  # what makes this a generator

    def _but(self, *done, **changes):
        return Container(self._state.but(*done, **changes))

    def _refuse(self, name, why, instead=None):
        SESSION.fail("refused", call="Container." + name, why=why, instead=instead)

    def _target(self, name, path, expand=False):
        """A path to write to, which no mount may hide from the image."""
        path = self._state.absolute(self._state.expanded(path) if expand else path)
        for mount in self._state.mounts:
            below = mount["path"].rstrip("/") + "/"
            if path == mount["path"] or path.startswith(below):
                why = "{} is in what is mounted at {}, which does not become part of the image".format(
                    path, mount["path"]
                )
                self._refuse(name, why, "write it elsewhere, or after `without_mount`")
        return path

    # Commands

    @recorded
    def with_exec(
        self,
        args: texts,
        skip_entrypoint: truth = None,
        stdin: text = None,
        redirect_stdout: text = None,
        redirect_stderr: text = None,
        experimental_privileged_nesting: truth = None,
        insecure_root_capabilities: truth = None,
        use_entrypoint: truth = None,
        expand: truth = None,
        expect: text = None,
        no_init: truth = None,
        redirect_stdin: text = None,
    ):
        state = self._state
        if stdin or redirect_stdin or redirect_stdout or redirect_stderr:
            self._refuse("with_exec", "its input and output cannot be redirected", 'use `["sh", "-c", "… < … > …"]`')
        if experimental_privileged_nesting or insecure_root_capabilities:
            self._refuse("with_exec", "a build does not give its commands more rights than a container has")
        if expect not in (None, "SUCCESS"):
            self._refuse("with_exec", "a command that fails ends the build", 'use `["sh", "-c", "… || true"]`')
        args = list(args) or list(state.default_args)
        if expand:
            args = [state.expanded(arg) for arg in args]
        # The reference's SDK puts the entry point before a command unless it is told not to; newer ones the other way
        # round, with a parameter of their own.
        through = use_entrypoint if use_entrypoint is not None else not skip_entrypoint
        if through and state.entrypoint:
            args = list(state.entrypoint) + args
            if use_entrypoint is None and skip_entrypoint is None:
                SESSION.note(
                    "the entry point is put before this command, as the SDK of the reference does ({}); "
                    "`skip_entrypoint=True` runs it without".format(" ".join(args))
                )
        if not args:
            argument("Container.with_exec", "`args` is empty, and the image has no default command")
        del no_init
        exec_ = {"kind": "exec", "args": args}
        if state.mounts:
            exec_["mounts"] = list(state.mounts)
        return self._but(exec_)

    @recorded
    def exec(
        self,
        args: texts = None,
        stdin: text = None,
        redirect_stdout: text = None,
        redirect_stderr: text = None,
        experimental_privileged_nesting: truth = None,
    ):
        return self.with_exec(
            args or [],
            stdin=stdin,
            redirect_stdout=redirect_stdout,
            redirect_stderr=redirect_stderr,
            experimental_privileged_nesting=experimental_privileged_nesting,
        )

    # Configuration

    @recorded
    def with_env_variable(self, name: text, value: text, expand: truth = None):
        if not name or "=" in name or "\0" in name + value:
            argument(
                "Container.with_env_variable",
                "{!r} cannot be the name of a variable, or {!r} its value".format(name, value),
            )
        if expand:
            value = self._state.expanded(value)
        return self._but({"kind": "env", "name": name, "value": value}, env=dict(self._state.env, **{name: value}))

    @recorded
    def without_env_variable(self, name: text):
        if name not in self._state.env:
            return self
        env = {key: value for key, value in self._state.env.items() if key != name}
        return self._but({"kind": "unset-env", "name": name}, env=env)

    @recorded
    def with_label(self, name: text, value: text):
        labels = dict(self._state.labels, **{name: value})
        return self._but({"kind": "label", "name": name, "value": value}, labels=labels)

    @recorded
    def without_label(self, name: text):
        if name not in self._state.labels:
            return self
        labels = {key: value for key, value in self._state.labels.items() if key != name}
        return self._but({"kind": "unset-label", "name": name}, labels=labels)

    @recorded
    def with_entrypoint(self, args: texts, keep_default_args: truth = None):
        args, before = list(args), list(self._state.default_args)
        done = [{"kind": "entrypoint", "args": args}]
        kept = before if keep_default_args else []
        if before:
            # Whether an entry point takes the arguments away depends on who set them, in a Dockerfile.
            done.append({"kind": "default-args", "args": kept})
        return self._but(*done, entrypoint=args, default_args=kept)

    @recorded
    def without_entrypoint(self, keep_default_args: truth = None):
        return self.with_entrypoint([], keep_default_args)

    @recorded
    def with_default_args(self, args: texts = None):
        args = list(args or [])
        return self._but({"kind": "default-args", "args": args}, default_args=args)

    @recorded
    def without_default_args(self):
        return self.with_default_args([])

    @recorded
    def with_user(self, name: text):
        if not name:
            argument("Container.with_user", "`name` is empty")
        return self._but({"kind": "user", "name": name}, user=name)

    @recorded
    def without_user(self):
        return self._but({"kind": "user", "name": "0"}, user="")

    @recorded
    def with_workdir(self, path: text, expand: truth = None):
        path = self._state.absolute(self._state.expanded(path) if expand else path)
        return self._but({"kind": "workdir", "path": path}, workdir=path)

    @recorded
    def without_workdir(self):
        return self.with_workdir("/")

    @recorded
    def with_exposed_port(
        self,
        port: known_port,
        protocol: text = None,
        description: text = None,
        experimental_skip_healthcheck: truth = None,
    ):
        del description, experimental_skip_healthcheck
        entry = (port, _protocol("with_exposed_port", protocol))
        done = {"kind": "exposed-port", "port": port, "protocol": entry[1]}
        return self._but(done, ports=[other for other in self._state.ports if other != entry] + [entry])

    @recorded
    def without_exposed_port(self, port: known_port, protocol: text = None):
        if (port, _protocol("without_exposed_port", protocol)) in self._state.ports:
            self._refuse(
                "without_exposed_port", "a port that an image exposes stays exposed", "do not expose it before"
            )
        return self

    # Files

    @recorded
    def with_new_file(
        self, path: text, contents: text = None, permissions: mode = None, owner: text = None, expand: truth = None
    ):
        path = self._target("with_new_file", path, expand)
        return self._but(with_owner({"kind": "new-file", "path": path, "contents": contents or ""}, permissions, owner))

    @recorded
    def with_file(
        self,
        path: text,
        source: of("File"),
        permissions: mode = None,
        owner: text = None,
        expand: truth = None,
    ):
        if path.endswith("/"):
            argument("Container.with_file", "`path` ends with a slash; name the file that it becomes")
        return self._but(source._at(self._target("with_file", path, expand), permissions, owner))

    @recorded
    def with_files(
        self, path: text, sources: anything, permissions: mode = None, owner: text = None, expand: truth = None
    ):
        container = self
        for source in sources:
            if of("File")(source):
                argument("Container.with_files", "`sources` must be a list of dagger's File")
            target = posixpath.join(path, source._name)
            container = container.with_file(target, source, permissions, owner, expand)
        return container

    @recorded
    def with_directory(
        self,
        path: text,
        directory: of("Directory"),
        exclude: texts = None,
        include: texts = None,
        owner: text = None,
        expand: truth = None,
    ):
        path = self._target("with_directory", path, expand)
        pieces = directory._pieces.filtered("Container.with_directory", include, exclude)
        return self._but(*pieces.at(path, owner))

    # Mounts

    def _mounted(self, path, content, expand=False):
        path = self._state.absolute(self._state.expanded(path) if expand else path)
        mounts = [mount for mount in self._state.mounts if mount["path"] != path]
        return self._but(mounts=mounts + [{"path": path, "content": content}])

    @recorded
    def with_mounted_cache(
        self,
        path: text,
        cache: of("CacheVolume"),
        source: of("Directory") = None,
        sharing: text = None,
        owner: text = None,
        expand: truth = None,
    ):
        if source is not None or owner is not None:
            self._refuse(
                "with_mounted_cache", "a cache begins empty and belongs to root", "leave `source` and `owner` out"
            )
        if sharing not in (None, "SHARED"):
            SESSION.note(
                "the cache {} is shared by builds that run at once, although {} is asked for".format(
                    cache._key, sharing[:]
                )
            )
        return self._mounted(path, {"kind": "cache", "key": cache._key}, expand)

    @recorded
    def with_mounted_temp(self, path: text, size: number = None, expand: truth = None):
        del size
        return self._mounted(path, {"kind": "temp"}, expand)

    @recorded
    def with_mounted_file(self, path: text, source: of("File"), owner: text = None, expand: truth = None):
        if owner is not None or source._source is None:
            self._refuse(
                "with_mounted_file", "only a file of the repository can be mounted, as it is", "use `with_file`"
            )
        return self._mounted(path, {"kind": "file", "source": source._source}, expand)

    @recorded
    def with_mounted_directory(
        self, path: text, source: of("Directory"), owner: text = None, read_only: truth = None, expand: truth = None
    ):
        del read_only
        whole = source._pieces.whole()
        if owner is not None or whole is None:
            why = "only a directory of the repository can be mounted, as it is"
            self._refuse("with_mounted_directory", why, "use `with_directory`")
        return self._mounted(path, {"kind": "directory", "source": whole}, expand)

    @recorded
    def without_mount(self, path: text, expand: truth = None):
        path = self._state.absolute(self._state.expanded(path) if expand else path)
        return self._but(mounts=[mount for mount in self._state.mounts if mount["path"] != path])

    # What changes nothing about the image

    @recorded
    def with_(self, cb: anything):
        return cb(self)

    @recorded
    def pipeline(self, name: text, description: text = None, labels: anything = None):
        del name, description, labels
        return self

    @recorded
    def with_focus(self):
        return self

    @recorded
    def without_focus(self):
        return self

    @recorded
    def without_registry_auth(self, address: text):
        del address
        return self

    @recorded
    def without_unix_socket(self, path: text):
        del path
        return self

    @recorded
    def without_annotation(self, name: text):
        del name
        return self

    @recorded
    def without_secret_variable(self, name: text):
        del name
        return self

    @recorded
    def with_default_terminal_cmd(
        self, args: texts, experimental_privileged_nesting: truth = None, insecure_root_capabilities: truth = None
    ):
        del args, experimental_privileged_nesting, insecure_root_capabilities
        return self

    # Questions

    @answered
    def sync(self):
        return self

    @answered
    def env_variable(self, name: text):
        return self._state.env.get(name)

    @answered
    def env_variables(self):
        return [EnvVariable(name=name, value=value) for name, value in self._state.env.items()]

    @answered
    def label(self, name: text):
        return self._state.labels.get(name)

    @answered
    def labels(self):
        return [Label(name=name, value=value) for name, value in self._state.labels.items()]

    @answered
    def entrypoint(self):
        return list(self._state.entrypoint)

    @answered
    def default_args(self):
        return list(self._state.default_args)

    @answered
    def user(self):
        return self._state.user

    @answered
    def workdir(self):
        return self._state.workdir

    @answered
    def mounts(self):
        return [mount["path"] for mount in self._state.mounts]

    @answered
    def exposed_ports(self):
        return [Port(port=port, protocol=protocol.upper(), description=None) for port, protocol in self._state.ports]

    @answered
    def platform(self):
        return SESSION.platform

    @answered
    def image_ref(self):
        if self._state.done or SESSION.stage == "post":
            SESSION.fail("engine", call="Container.image_ref", why="a changed container has no address", instead=None)
        return self._state.address


def with_owner(instruction, permissions, owner):
    if permissions is not None:
        instruction["permissions"] = permissions
    if owner:
        instruction["owner"] = owner
    return instruction


def _protocol(name, value):
    value = (value or "TCP").lower()
    if value not in ("tcp", "udp"):
        argument(
            "Container." + name, "`protocol` must be NetworkProtocol.TCP or NetworkProtocol.UDP, not {}".format(value)
        )
    return value
