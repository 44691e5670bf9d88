"""What a container's questions give lists of."""

from calls import Strict, answered, refuse


class Entry(Strict):
    """One of a list that a question gives; its own questions are awaited too."""

    def __init__(self, **fields):
        self._fields = fields


NO_IDS = {"id": ("engine", "only an engine gives out ids", None)}


@refuse(NO_IDS)
class EnvVariable(Entry):
    """A variable of the container."""

    @answered
    def name(self):
        return self._fields["name"]

    @answered
    def value(self):
        return self._fields["value"]


@refuse(NO_IDS)
class Label(Entry):
    """A label of the container."""

    @answered
    def name(self):
        return self._fields["name"]

    @answered
    def value(self):
        return self._fields["value"]


@refuse(NO_IDS)
class Port(Entry):
    """A port that the container exposes."""

    @answered
    def port(self):
        return self._fields["port"]

    @answered
    def protocol(self):
        return self._fields["protocol"]

    @answered
    def description(self):
        return self._fields["description"]

    @answered
    def experimental_skip_healthcheck(self):
        return False
