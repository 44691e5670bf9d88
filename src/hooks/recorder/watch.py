"""Ends a recording that takes too long, and says on which line it hangs."""

import asyncio
import os
import sys
import threading


def start(seconds, session, give):
    """Gives the answer after this time, whatever the main thread is doing."""
    main = threading.main_thread().ident

    def expire():
        line = session.line_of(sys._current_frames().get(main))
        line = line or waiting(session)
        give({"place": session.place(line), "fault": {"kind": "hung", "seconds": seconds}})
        sys.stderr.write("the hooks were still running after {} s\n".format(seconds))
        sys.stderr.flush()
        os._exit(1)

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()


def waiting(session):
    """The line on which a coroutine of the hooks waits."""
    for task in tasks(session):
        coroutine, line = task.get_coro(), None
        while coroutine is not None:
            frame = getattr(coroutine, "cr_frame", None)
            if frame is not None and frame.f_code.co_filename == session.hook_file:
                line = frame.f_lineno
            coroutine = getattr(coroutine, "cr_await", None)
        if line is not None:
            return line
    return None


def tasks(session):
    loop = session.loop
    try:
        return list(asyncio.all_tasks(loop)) if loop is not None else []
    except RuntimeError:
        # The set of tasks changed under our eyes; the line is lost, the answer is not.
        return []
