"""Records what a connector's `build_customization.py` does to an image, without dagger and without an engine.

Usage: `python3 -I -B recorder REQUEST`, where REQUEST is a JSON file; or `--table`, which prints what is known of each
method of the SDK. The answer goes into the file that the request names: hooks may print what they like.

Needs Python 3.8 and no package. The modules beside this one are found for as long as they are imported, and then no
more, so that the hooks cannot import them by accident.
"""

import json
import os
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = 1


class Answer:
    """Written once, by whoever comes first, and only by the process that was asked."""

    def __init__(self, path):
        self.path = path
        self.process = os.getpid()
        self.lock = threading.Lock()
        self.given = False

    def give(self, trouble=None, customization=None):
        with self.lock:
            if self.given or os.getpid() != self.process:
                return
            self.given = True
            answer = {"version": VERSION}
            answer.update({"trouble": trouble} if trouble else {"customization": customization})
            part = self.path + ".part"
            with open(part, "w", encoding="utf-8") as file:
                json.dump(answer, file)
            os.replace(part, self.path)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    answer = Answer(request["answer"])
    if sys.version_info < (3, 8):
        version = "{}.{}".format(*sys.version_info)
        answer.give({"place": {"stage": "import", "line": None}, "fault": {"kind": "old-python", "version": version}})
        return
    sys.path.insert(0, HERE)
    import recording

    # Python itself has put it there as well.
    sys.path[:] = [path for path in sys.path if path != HERE]
    trouble, customization = None, None
    try:
        recording.prepare(request, answer)
        customization = recording.record(request)
    except BaseException as error:
        trouble = recording.trouble(error)
    answer.give(trouble, customization)


def table():
    sys.path.insert(0, HERE)
    import calls
    import container
    import entries
    import sources

    classes = [container.Container, entries.EnvVariable, entries.Label, entries.Port]
    classes += [sources.Client, sources.Directory, sources.File, sources.Host]
    print(json.dumps(calls.table(classes), indent=1))


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        table()
    else:
        try:
            main()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # Threads and exit handlers of the hooks have nothing more to say.
            os._exit(0)
