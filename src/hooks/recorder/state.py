"""A container's configuration as far as it is known without an engine, and what has been done to it."""

import posixpath

SPECIAL = "*#$@!?-0123456789"


class State:
    """Never changed: every act makes a new one."""

    __slots__ = ("env", "labels", "entrypoint", "default_args", "workdir", "user", "ports", "mounts", "done", "address")

    def __init__(self, **fields):
        for name in self.__slots__:
            setattr(self, name, fields[name])

    @classmethod
    def of_image(cls, base):
        return cls(
            address=base["address"],
            env=dict(base["env"]),
            labels=dict(base["labels"]),
            entrypoint=list(base["entrypoint"]),
            default_args=list(base["default_args"]),
            workdir=base["workdir"] or "/",
            user=base["user"],
            ports=[(port, protocol) for port, protocol in base["ports"]],
            mounts=[],
            done=[],
        )

    def but(self, *done, **changes):
        fields = {name: getattr(self, name) for name in self.__slots__}
        fields.update(changes)
        fields["done"] = self.done + list(done)
        return State(**fields)

    def installed(self, installed, main_file):
        """With what the build sets between the hooks, and nothing done yet."""
        code = installed["code_directory"]
        entrypoint = ["python", posixpath.join(code, main_file)]
        env = dict(self.env, AIRBYTE_ENTRYPOINT=" ".join(entrypoint))
        labels = dict(self.labels, **dict(installed["labels"]))
        state = self.but(env=env, labels=labels, entrypoint=entrypoint, default_args=[], workdir=code)
        state.done = []
        return state

    def absolute(self, path):
        """A path in the image, as the working directory makes it absolute."""
        return posixpath.normpath(posixpath.join("/", self.workdir, path)).replace("//", "/")

    def expanded(self, value):
        """A value with its variables replaced, as Go's os.Expand does, which is what dagger uses."""
        result, at = [], 0
        while at < len(value):
            if value[at] != "$" or at + 1 == len(value):
                result.append(value[at])
                at += 1
                continue
            name, width = _variable(value[at + 1 :])
            if name:
                result.append(self.env.get(name, ""))
            elif width == 0:
                result.append("$")
            at += 1 + width
        return "".join(result)


def _variable(rest):
    """The name of the variable at the beginning of this text, and how many characters it takes."""
    if rest[0] == "{":
        end = rest.find("}")
        # `${` without an end, and `${}`, are eaten.
        return (rest[1:end], end + 1) if end > 1 else ("", 2 if end == 1 else 1)
    if rest[0] in SPECIAL:
        return rest[0], 1
    width = 0
    while width < len(rest) and (rest[width] == "_" or (rest[width].isascii() and rest[width].isalnum())):
        width += 1
    return rest[:width], width
