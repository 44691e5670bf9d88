"""How the stand-in's methods are declared: recorded, answered or refused, with their parameters checked."""

import difflib
import functools
import inspect

from faults import SESSION, Unknown

RECORDED, ANSWERED, REFUSED = "recorded", "answered", "refused"


# What a parameter takes; each returns what is wrong with a value, or None.


def text(value):
    return None if isinstance(value, str) else "a string"


def texts(value):
    fine = isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    return None if fine else "a list of strings"


def number(value):
    return None if isinstance(value, int) and not isinstance(value, bool) else "a number"


def truth(value):
    return None if isinstance(value, bool) else "True or False"


def anything(value):
    del value


def of(name):
    """An object of the stand-in's class of this name."""

    def check(value):
        return None if type(value).__name__ == name else "dagger's " + name

    return check


def described(value):
    """A value in a message: its type, and itself where that is short."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return "the class {}".format(value.__name__)
    name = type(value).__name__
    article = "an" if name[0] in "aeiouAEIOU" else "a"
    shown = repr(value) if isinstance(value, (str, int, float, bool, list, tuple)) else ""
    shown = " ({})".format(shown) if shown and len(shown) <= 60 else ""
    return "{} {}{}".format(article, name, shown)


def near(name, names):
    """The name that was probably meant."""
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.75)
    return found[0] if found else None


def argument(call, message, takes=None):
    SESSION.fail("argument", call=call, message=message, takes=takes)


def _checked(call, signature, receiver, args, kwargs):
    names = list(signature.parameters.values())[1:]
    takes = ", ".join(one.name if one.default is one.empty else "{}=…".format(one.name) for one in names)
    try:
        bound = signature.bind(receiver, *args, **kwargs)
    except TypeError as error:
        words = str(error)
        argument(call, "it {}".format(words) if words.startswith("got") else words, takes)
    for name, value in bound.arguments.items():
        parameter = signature.parameters[name]
        check = parameter.annotation
        if check is inspect.Parameter.empty or (value is None and parameter.default is None):
            continue
        wanted = check(value)
        if wanted is not None:
            argument(call, "`{}` must be {}, not {}".format(name, wanted, described(value)), takes)


def _method(kind, function):
    signature = inspect.signature(function)

    @functools.wraps(function)
    def method(self, *args, **kwargs):
        _checked("{}.{}".format(type(self).__name__, function.__name__), signature, self, args, kwargs)
        return function(self, *args, **kwargs)

    method.kind = kind
    return method


def recorded(function):
    """A call that becomes instructions, or that changes nothing about the image."""
    return _method(RECORDED, function)


class Answer:
    """What a question gives: to be awaited. A question that nobody awaits is noted, since the hook goes on without."""

    def __init__(self, call, value):
        self.value = value
        self.call = call
        SESSION.pending[id(self)] = (self, SESSION.here())

    def __await__(self):
        SESSION.pending.pop(id(self), None)
        return self.value
        yield  # what makes this a generator


def answered(function):
    """A question whose answer is known without an engine. It must be awaited, as in the SDK."""

    def ask(self, *args, **kwargs):
        return Answer("{}.{}".format(type(self).__name__, function.__name__), function(self, *args, **kwargs))

    functools.update_wrapper(ask, function)
    return _method(ANSWERED, ask)


def refused(name, kind, why, instead=None):
    """A method that says by name why it cannot be recorded. `kind` is `engine` or `refused`."""

    def method(self, *args, **kwargs):
        del args, kwargs
        SESSION.fail(kind, call="{}.{}".format(type(self).__name__, name), why=why, instead=instead)

    method.__name__ = name
    method.kind = REFUSED
    return method


def refuse(refusals):
    """Adds these refused methods to a class: name to (kind, why, instead)."""

    def decorate(cls):
        for name, refusal in refusals.items():
            setattr(cls, name, refused(name, *refusal))
        return cls

    return decorate


def known(cls):
    """The methods of a class of the stand-in."""
    return {name: value for name, value in vars(cls).items() if hasattr(value, "kind")}


class Strict:
    """A class of the stand-in: a name that it does not have is told, with the one that was probably meant."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unknown(type(self).__name__, name, near(name, known(type(self))))


def table(classes):
    """Every method of these classes: what is done about it, and its parameters."""
    rows = {}
    for cls in classes:
        methods = {}
        for name, method in known(cls).items():
            parameters = [] if method.kind == REFUSED else list(inspect.signature(method).parameters)[1:]
            methods[name] = {"kind": method.kind, "parameters": parameters}
        rows[cls.__name__] = methods
    return rows
