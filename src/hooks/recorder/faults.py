"""What is wrong with hooks, as the answer spells it, and where in them it is.

Some faults stay even if the hook catches them: what it does after a refusal depends on an answer that nobody gave, so
nothing of it may become part of an image.
"""

import sys


class Fault(Exception):
    """A call that cannot be recorded."""

    def __init__(self, kind, **fields):
        super().__init__(", ".join(str(value) for value in fields.values() if value))
        self.kind = kind
        self.fields = fields


class Unknown(AttributeError):
    """A name that the SDK does not have, as far as the recorder knows it. Hooks may ask for it with `hasattr`."""

    def __init__(self, owner, name, near):
        super().__init__("dagger's {} has no {!r}".format(owner, name))
        self.name = name
        self.kind = "unknown"
        self.fields = {"class": owner, "name": name, "near": near}


class NoNetwork(OSError):
    """A connection that a hook wants to open while it is recorded."""

    def __init__(self, asked):
        super().__init__("hooks have no network while they are recorded")
        self.asked = asked


class Session:
    """What the whole recording shares: where the hooks are, what is being done, what has been found."""

    def __init__(self):
        self.hook_file = None
        self.tree = None
        self.platform = None
        self.mebibytes = None
        self.loop = None
        self.stage = "import"
        self.sticky = None
        self.notes = []
        self.pending = {}

    def line_of(self, frame):
        """The line of the innermost of these frames that belongs to the hooks."""
        while frame is not None:
            if frame.f_code.co_filename == self.hook_file:
                return frame.f_lineno
            frame = frame.f_back
        return None

    def here(self):
        """The line of the hooks that is being executed."""
        return self.line_of(sys._getframe(1))

    def place(self, line):
        return {"stage": self.stage, "line": line}

    def fail(self, kind, **fields):
        """Raises a fault that stays."""
        fault = Fault(kind, **fields)
        if self.sticky is None:
            self.sticky = (self.place(self.here()), {"kind": kind, **fields})
        raise fault

    def note(self, text):
        line = self.here()
        where = "build_customization.py" + ("" if line is None else ":{}".format(line))
        sentence = "{}: {}".format(where, text)
        if sentence not in self.notes:
            self.notes.append(sentence)


SESSION = Session()
