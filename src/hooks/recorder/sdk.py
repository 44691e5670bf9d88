"""The modules that stand in for dagger's SDK while hooks are imported and called."""

import enum
import sys
import types

from calls import near
from container import Container
from entries import EnvVariable, Label, Port
from faults import Unknown
from sources import CacheVolume, Client, Directory, File, Host

MODULES = ("dagger", "dagger.api", "dagger.api.gen", "dagger.client", "dagger.client.gen", "dagger.exceptions")

# Classes that hooks name in annotations, or catch, and never get an instance of.
NAMES = (
    "Arg BuildArg Config CurrentModule DaggerEngine DaggerEngineCache DaggerEngineCacheEntry DaggerEngineCacheEntrySet "
    "DefaultPath Doc Enum EnumTypeDef EnumValueTypeDef FieldTypeDef Function FunctionArg FunctionCall "
    "FunctionCallArgValue GeneratedCode GitModuleSource GitRef GitRepository HostVariable Ignore InputTypeDef "
    "InterfaceTypeDef JSON ListTypeDef LocalModuleSource Module ModuleConfig ModuleDependency ModuleSource "
    "ModuleSourceView Name ObjectTypeDef PipelineLabel PortForward Project ProjectCommand ProjectCommandFlag Retry "
    "ScalarTypeDef Secret Service Socket SyncClient Terminal Timeout TypeDef Void"
).split()

# The types of ids, which only an engine gives out.
IDS = ["CacheID"] + [
    name + "ID"
    for name in NAMES + "CacheVolume Container Directory EnvVariable File Host Label Port".split()
    if name not in ("Arg", "Config", "DefaultPath", "Doc", "Enum", "Ignore", "Name", "Retry", "SyncClient", "Timeout")
]

ERRORS = (
    "ClientConnectionError ClientError DownloadError ExecError ExecuteTimeoutError InvalidQueryError ProvisionError "
    "QueryError SessionError TransportError VersionMismatch"
).split()

ENUMS = {
    "CacheSharingMode": "LOCKED PRIVATE SHARED",
    "ImageLayerCompression": "EStarGZ Gzip Uncompressed Zstd",
    "ImageMediaTypes": "DockerMediaTypes OCIMediaTypes",
    "NetworkProtocol": "TCP UDP",
    "ModuleSourceKind": "GIT_SOURCE LOCAL_SOURCE",
    "ReturnType": "SUCCESS FAILURE ANY",
    "TypeDefKind": "BOOLEAN_KIND INTEGER_KIND LIST_KIND OBJECT_KIND STRING_KIND VOID_KIND",
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
    names.update({name: type(name, (), {"__module__": "dagger"}) for name in NAMES + IDS})
    for name, members in ENUMS.items():
        names[name] = enum.Enum(name, [(member, member) for member in members.split()], type=str, module="dagger")
    for cls in (CacheVolume, Client, Connection, Container, Directory, EnvVariable, File, Host, Label, Platform, Port):
        names[cls.__name__] = cls
    names.update(DaggerError=error, dag=Client(), connection=Connection, connect=Connection)
    return names


def alike(name):
    """The name of the SDK that was probably meant; a function is no slip for a class."""
    names = [other for other in vars(sys.modules["dagger"]) if other[0].isupper() == name[0].isupper()]
    return near(name, names)


class Module(types.ModuleType):
    """One of the modules; it tells a name that it does not have."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unknown("module", name, alike(name))


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
