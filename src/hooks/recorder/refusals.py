"""What a Container can do and a recording cannot: the kind of refusal, why, and what to do instead."""

NETWORK_OR_DAEMON = (
    "it connects the container with something that runs beside it, and a finished image has nothing beside it"
)
FILES = "what is in an image is known only where it is built"
CONFIDENTIAL = "a secret in an image can be read by whoever has the image"
OUTPUT = "the commands run when the image is built, and the hooks are recorded before that"


REFUSALS = {
    "as_service": ("refused", NETWORK_OR_DAEMON, None),
    "as_tarball": ("refused", "the build makes the image, hooks do not", None),
    "build": ("refused", "the build starts from the base image that metadata.yaml names", None),
    "directory": ("engine", FILES, 'copy inside the image with `.with_exec(["cp", "-a", …])`'),
    "endpoint": ("refused", NETWORK_OR_DAEMON, None),
    "exists": ("engine", FILES, 'test in the image with `.with_exec(["sh", "-c", "test -e …"])`'),
    "experimental_with_all_gp_us": ("refused", "a build uses the machine's processor alone", None),
    "experimental_with_gpu": ("refused", "a build uses the machine's processor alone", None),
    "exit_code": ("engine", OUTPUT, "a command that fails ends the build by itself"),
    "export": ("refused", "the build keeps the image, hooks do not", None),
    "file": ("engine", FILES, 'copy inside the image with `.with_exec(["cp", …])`'),
    "from_": ("refused", "the build starts from the base image that metadata.yaml names", "set `baseImage` there"),
    "fs": ("engine", FILES, None),
    "hostname": ("refused", NETWORK_OR_DAEMON, None),
    "id": ("engine", "only an engine gives out ids", None),
    "import_": ("refused", "the build starts from the base image that metadata.yaml names", None),
    "publish": ("refused", "hooks only customise the image; publishing it is another step's work", None),
    "rootfs": ("engine", FILES, None),
    "shell_endpoint": ("refused", NETWORK_OR_DAEMON, None),
    "stderr": ("engine", OUTPUT, 'use the output in the same command: `.with_exec(["sh", "-c", …])`'),
    "stdout": ("engine", OUTPUT, 'use the output in the same command: `.with_exec(["sh", "-c", …])`'),
    "terminal": ("refused", "nobody sits at a build", None),
    "up": ("refused", NETWORK_OR_DAEMON, None),
    "with_annotation": ("refused", "annotations belong to the published manifest", "use `with_label`"),
    "with_fs": ("refused", "it replaces the base image that metadata.yaml names", None),
    "with_mounted_secret": ("refused", CONFIDENTIAL, "give the connector its secrets when it runs"),
    "with_registry_auth": ("refused", "the build logs in to registries with the credentials of the engine", None),
    "with_rootfs": ("refused", "it replaces the base image that metadata.yaml names", None),
    "with_secret_variable": ("refused", CONFIDENTIAL, "give the connector its secrets when it runs"),
    "with_service_binding": ("refused", NETWORK_OR_DAEMON, None),
    "with_symlink": ("refused", "no Dockerfile can say it", 'use `.with_exec(["ln", "-s", …])`'),
    "with_unix_socket": ("refused", NETWORK_OR_DAEMON, None),
    "without_directory": ("refused", "no Dockerfile can say it", 'use `.with_exec(["rm", "-rf", …])`'),
    "without_file": ("refused", "no Dockerfile can say it", 'use `.with_exec(["rm", "-f", …])`'),
    "without_files": ("refused", "no Dockerfile can say it", 'use `.with_exec(["rm", "-f", …])`'),
}
