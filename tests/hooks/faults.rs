//! Hooks that are wrong: each says what, where and what to do.

use std::time::{Duration, Instant};

use cutover::hooks::{Fault, HookError, HookErrorClass, Sandbox};

use crate::connector::{Connector, HOME, refusal};

/// Every way in which hooks themselves can be wrong.
const WRONG: [(&str, &str); 27] = [
    ("not Python", "async def pre_connector_install(container):\n    return = container\n"),
    ("a module that is nowhere", "import numpy_of_the_quarry\n"),
    ("a file beside it", "import os\nfrom main import something\n"),
    ("raises outside of functions", "import os\n\nLIST = []\nFIRST = LIST[0]\n"),
    (
        "raises in a helper",
        "def helper(container):\n    raise ValueError('no tesseract')\n\nasync def pre_connector_install(c):\n    return helper(c)\n",
    ),
    ("raises without words", "async def post_connector_install(container):\n    assert False\n"),
    ("a misspelt variable", "def pre_connector_install(container):\n    return contaner\n"),
    ("exits", "import sys\n\ndef pre_connector_install(container):\n    sys.exit('not today')\n"),
    ("exits on import", "import sys\nsys.exit(0)\n"),
    ("returns nothing", "async def pre_connector_install(container):\n    container.with_user('airbyte')\n"),
    ("returns something else", "def post_connector_install(container):\n    return 'done'\n"),
    ("returns the class", "import dagger\n\ndef pre_connector_install(container):\n    return dagger.Container\n"),
    (
        "returns a coroutine",
        "async def other(container):\n    return container\n\nasync def pre_connector_install(container):\n    return other(container)\n",
    ),
    ("is no function", "\npre_connector_install = 'apt-get install jq'\n"),
    ("is nothing", "post_connector_install = None\n"),
    ("takes nothing", "async def pre_connector_install():\n    return None\n"),
    ("takes more", "# hooks\n\nasync def pre_connector_install(container, client):\n    return container\n"),
    ("a generator", "async def pre_connector_install(container):\n    yield container\n"),
    ("a main file that is a number", "MAIN_FILE_NAME = 3\n"),
    ("a main file that is nothing", "import os\n\nMAIN_FILE_NAME = ''\n"),
    ("a main file elsewhere", "MAIN_FILE_NAME = '../source-other/main.py'\n"),
    ("a main file that is not there", "MAIN_FILE_NAME = 'main_dev.py'\n"),
    (
        "asks the network",
        "import urllib.request\n\ndef pre_connector_install(c):\n    urllib.request.urlopen('https://example.com/version')\n    return c\n",
    ),
    (
        "connects",
        "import socket\n\ndef pre_connector_install(c):\n    socket.create_connection(('192.0.2.1', 443))\n    return c\n",
    ),
    ("eats memory", "def pre_connector_install(c):\n    x = 'x' * (4 << 30)\n    return c\n"),
    ("ends its process", "import os\n\ndef pre_connector_install(c):\n    os._exit(0)\n"),
    ("crashes", "import ctypes\n\ndef pre_connector_install(c):\n    ctypes.string_at(0)\n"),
];

#[tokio::test]
async fn wrong_hooks_say_what_where_and_what_to_do() {
    let mut told = Vec::new();
    for (name, hooks) in WRONG {
        told.push(format!("## {name}\n{}", refusal(hooks).await));
    }
    insta::assert_snapshot!(told.join("\n\n"));
}

#[tokio::test]
async fn a_file_that_is_no_text_is_told() {
    let connector = Connector::with("");
    std::fs::write(connector.files().join(HOME).join("build_customization.py"), b"NAME = '\xff'\n").unwrap();
    let error = connector.record().await.unwrap_err();
    assert!(matches!(error, HookError::Hook { fault: Fault::Syntax { .. } | Fault::Unreadable { .. }, .. }), "{error}");
    std::fs::remove_file(connector.files().join(HOME).join("build_customization.py")).unwrap();
    std::fs::create_dir(connector.files().join(HOME).join("build_customization.py")).unwrap();
    let error = connector.record().await.unwrap_err();
    assert!(matches!(error, HookError::Hook { fault: Fault::Unreadable { .. }, .. }), "{error}");
}

/// How long this hook was given, and what came of it.
async fn hang(hooks: &str) -> (Duration, String) {
    let mut connector = Connector::with(hooks);
    connector.time_limit = Duration::from_secs(1);
    let started = Instant::now();
    let error = connector.record().await.unwrap_err();
    assert_eq!(error.class(), HookErrorClass::Timeout);
    (started.elapsed(), error.to_string())
}

#[tokio::test]
async fn a_hook_that_hangs_is_stopped_and_its_line_is_told() {
    let (took, message) =
        hang("import time\n\ndef pre_connector_install(c):\n    time.sleep(600)\n    return c\n").await;
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_eq!(
        message,
        "build_customization.py:4: pre_connector_install: it does not end: it was still there after 1 s"
    );
    let endless = "def helper():\n    while True:\n        pass\n\nasync def post_connector_install(c):\n    helper()\n    return c\n";
    let (_, message) = hang(endless).await;
    assert!(message.starts_with("build_customization.py:2: post_connector_install: ") || message.contains(".py:3: "));
    let (_, message) = hang("import time\ntime.sleep(600)\n").await;
    assert!(message.starts_with("build_customization.py:2: it does not end"), "{message}");
}

#[tokio::test]
async fn a_coroutine_that_waits_for_ever_is_told_by_its_line() {
    let waits = "import asyncio\n\nasync def helper():\n    await asyncio.sleep(600)\n\nasync def pre_connector_install(c):\n    await helper()\n    return c\n";
    let (_, message) = hang(waits).await;
    assert!(message.starts_with("build_customization.py:4: pre_connector_install: "), "{message}");
}

#[tokio::test]
async fn a_process_that_hears_nothing_is_stopped_from_outside() {
    // SIGSTOP: neither its watch nor a handler runs any more.
    let hooks =
        "import os, signal\n\ndef pre_connector_install(c):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    return c\n";
    let mut connector = Connector::with(hooks);
    connector.time_limit = Duration::from_secs(1);
    // In a process namespace of its own the first process cannot stop itself.
    let (_, read) = connector.process(&Sandbox::none()).await;
    let Err(HookError::Hook { fault: Fault::Hung { .. }, place }) = read else { panic!("{read:?}") };
    assert_eq!(place.line, None);
}

#[tokio::test]
async fn what_a_hook_prints_goes_to_the_log_and_nowhere_else() {
    let hooks = "import sys\n\nprint('{\"version\": 1}')\n\ndef pre_connector_install(c):\n    sys.stderr.write('x' * 5000000)\n    return c.with_user('airbyte')\n\ndef post_connector_install(c):\n    print('last words')\n    sys.stdout.close()\n    return c\n";
    let connector = Connector::with(hooks);
    let (exit, read) = connector.process(Sandbox::of_this_machine().await).await;
    assert_eq!(read.unwrap().pre.len(), 1);
    assert!(exit.omitted > 0 && connector.log().contains("last words"));
}

#[tokio::test]
async fn the_traceback_in_the_log_begins_with_the_hooks() {
    let connector = Connector::with("async def pre_connector_install(c):\n    return c.with_user(3)\n");
    connector.record().await.unwrap_err();
    let log = connector.log();
    assert!(
        log.contains("build_customization.py\", line 2, in pre_connector_install\n    return c.with_user(3)"),
        "{log}"
    );
    assert!(!log.contains("recorder") && !log.contains("asyncio"), "{log}");
}

#[tokio::test]
async fn an_answer_that_the_hooks_overwrite_is_not_believed() {
    let hooks = "import pathlib\n\ndef pre_connector_install(c):\n    answer = pathlib.Path(__file__).parents[4] / 'answer.json'\n    answer.write_text('{\"version\": 7}')\n    import os; os._exit(0)\n";
    let error = Connector::with(hooks).record().await.unwrap_err();
    insta::assert_snapshot!(format!("{error}\n{}", error.hint()));
}
