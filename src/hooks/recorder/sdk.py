"""The modules that stand in for dagger's SDK while hooks are imported and called."""

import difflib
import enum
import sys
import types

from container import Container, EnvVariable, Label, Port
from faults import Unknown
from sources import CacheVolume, Client, Directory, File, Host

MODULES = ("dagger", "dagger.api", "dagger.api.gen", "dagger.client", "dagger.client.gen", "dagger.exceptions")

# Classes that hooks name in annotations, or catch, and never get an instance of.
NAMES = (
    "BuildArg CacheID Config ContainerID DirectoryID FileID GitRef GitRepository HostVariable PipelineLabel "
    "PlatformID Project ProjectCommand ProjectCommandFlag ProjectCommandID ProjectID Secret SecretID Service Socket "
    "SocketID SyncClient"
).split()

ERRORS = (
    "ClientError ExecuteTimeoutError InvalidQueryError ProvisionError QueryError ExecError SessionError "
    "TransportError VersionMismatch"
).split()

ENUMS = {
    "CacheSharingMode": "LOCKED PRIVATE SHARED",
    "ImageLayerCompression": "EStarGZ Gzip Uncompressed Zstd",
    "ImageMediaTypes": "DockerMediaTypes OCIMediaTypes",
    "NetworkProtocol": "TCP UDP",
    "ReturnType": "SUCCESS FAILURE ANY",
}


class Platform(str):
    """`linux/amd64`."""


class Connection:
    """A connection to nothing: the client that it gives only records."""

    def __init__(self, config=None):
        del config

    async def __aenter__(self):
        return Client()

    async def __aexit__(self, *failure):
        return None


def contents():
    """Everything that the SDK's modules hold."""
    error = type("DaggerError", (Exception,), {"__module__": "dagger"})
    names = {name: type(name, (error,), {"__module__": "dagger"}) for name in ERRORS}
    names.update({name: type(name, (), {"__module__": "dagger"}) for name in NAMES})
    for name, members in ENUMS.items():
        names[name] = enum.Enum(name, [(member, member) for member in members.split()], type=str, module="dagger")
    for cls in (CacheVolume, Client, Connection, Container, Directory, EnvVariable, File, Host, Label, Platform, Port):
        names[cls.__name__] = cls
    names.update(DaggerError=error, dag=Client(), connection=Connection, connect=Connection)
    return names


class Module(types.ModuleType):
    """One of the modules; it tells a name that it does not have."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        near = difflib.get_close_matches(name, list(vars(self)), n=1, cutoff=0.6)
        raise Unknown("module", name, near[0] if near else None)


def install():
    names = contents()
    for name in MODULES:
        module = Module(name)
        module.__path__ = []
        vars(module).update(names)
        sys.modules[name] = module
    for name in MODULES[1:]:
        parent, _, child = name.rpartition(".")
        setattr(sys.modules[parent], child, sys.modules[name])
