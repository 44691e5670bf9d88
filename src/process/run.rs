//! From a command to its exit.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use camino::Utf8Path;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::cancel::{Cancel, Stop};
use super::command::{Command, Exit, Status};
use super::environment::{is_passed, path_with};
use super::error::ProcessError;
use super::group::Group;
use super::leash::{LEASH, Leash};
use super::limits;
use super::log::BoundedLog;
use super::mask::Mask;
use super::pump::{Answer, Pump, Transcript};

/// How long what a command left behind may go on writing once the command itself has exited by itself.
const SETTLE: Duration = Duration::from_millis(500);

/// How long a process may take to vanish after SIGKILL.
const UNKILLABLE: Duration = Duration::from_secs(20);

/// How often, and how far apart, a file that another process has open for writing is tried again.
const BUSY_TRIES: u32 = 20;
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Runs a command to its end and returns how it ended; see the module for what is guaranteed.
///
/// Processes that the command leaves behind in its group are killed when it has ended. Dropping the
/// future kills the group at once.
pub async fn run(mut command: Command, cancel: Cancel) -> Result<Exit, ProcessError> {
    let started = Instant::now();
    // A relative directory would be taken from a different place by the child than by us.
    if let Ok(directory) = camino::absolute_utf8(&command.directory) {
        command.directory = directory;
    }
    let running = Running::start(&command).await?;
    let (status, transcript, output) = running.finish(&command, cancel, started).await?;
    Ok(Exit {
        status,
        duration: started.elapsed(),
        tail: transcript.tail,
        output,
        omitted: transcript.omitted,
        log_error: transcript.log_error,
    })
}

/// A command at work. The order of the fields matters: the group dies before anything is let go.
struct Running {
    group: Group,
    child: Child,
    pump: Pump,
    /// Takes the standard output, if the caller wants it.
    answer: Option<Answer>,
}

impl Running {
    async fn start(command: &Command) -> Result<Self, ProcessError> {
        if !command.directory.is_dir() {
            let (program, directory) = (command.program.clone(), command.directory.clone());
            return Err(ProcessError::NoDirectory { program, directory });
        }
        let log_error = |source| ProcessError::Log { path: command.log.clone(), source };
        let log = match &command.heading {
            Some(heading) => BoundedLog::continued(&command.log, command.log_limit, &command.redactor.apply(heading)),
            None => BoundedLog::create(&command.log, command.log_limit),
        };
        let log = log.map_err(log_error)?;
        let start_error = |source: io::Error| ProcessError::Start { program: command.program.clone(), source };
        let group = Group::new(command.contained.then(Leash::new)).map_err(start_error)?;
        let (output, input) = io::pipe().map_err(start_error)?;
        let pump = Pump::start(output, log, Mask::new(command.redactor.clone())).map_err(start_error)?;
        let (answer, standard) = match command.capture {
            Some(most) => {
                let (output, input) = io::pipe().map_err(start_error)?;
                (Some(Answer::start(output, most).map_err(start_error)?), input)
            }
            None => (None, input.try_clone().map_err(start_error)?),
        };
        let mut prepared = prepare(command, &group, standard, input);
        let child = spawn(&mut prepared).await.map_err(|source| explain(command, source))?;
        // `prepared` holds our copy of the pipe's write end; it ends here.
        Ok(Self { group, child, pump, answer })
    }

    async fn finish(
        mut self,
        command: &Command,
        cancel: Cancel,
        started: Instant,
    ) -> Result<(Status, Transcript, Vec<u8>), ProcessError> {
        let deadline = command.timeout.and_then(|limit| started.checked_add(limit));
        let ending = self.ending(deadline, cancel.clone()).await.map_err(|source| wait_error(command, source))?;
        let (status, settle) = match ending {
            Ending::Exited(status) => (classify(status), SETTLE),
            Ending::Deadline => (Status::TimedOut(command.timeout.unwrap_or_default()), command.grace),
            Ending::Asked(Stop::Now) => (Status::Cancelled, Duration::ZERO),
            Ending::Asked(_) => (Status::Cancelled, command.grace),
        };
        let last_moment = Instant::now() + settle;
        if !matches!(ending, Ending::Exited(_)) {
            self.stop(last_moment, cancel.clone()).await;
        }
        self.settle(last_moment, cancel).await;
        self.end(command).await.map(|(transcript, output)| (status, transcript, output))
    }

    /// Waits for the first of: exit, deadline, a call to stop.
    async fn ending(&mut self, deadline: Option<Instant>, mut cancel: Cancel) -> io::Result<Ending> {
        let expired = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            status = self.child.wait() => status.map(Ending::Exited),
            () = cancel.at_least(Stop::Gently) => Ok(Ending::Asked(cancel.requested())),
            () = expired => Ok(Ending::Deadline),
        }
    }

    /// Asks the group to end, and waits until the command has, at most to the last moment.
    async fn stop(&mut self, last_moment: Instant, mut cancel: Cancel) {
        if cancel.requested() == Stop::Now {
            return;
        }
        self.group.terminate();
        tokio::select! {
            _ = timeout_at(last_moment, self.child.wait()) => {}
            () = cancel.at_least(Stop::Now) => {}
        }
    }

    /// Waits for the end of the output, which says that nobody of the group is left to write any.
    async fn settle(&mut self, last_moment: Instant, mut cancel: Cancel) {
        tokio::select! {
            _ = timeout_at(last_moment, self.pump.closed()) => {}
            () = cancel.at_least(Stop::Now) => {}
        }
    }

    /// Kills whoever is left and collects what there is to collect.
    async fn end(mut self, command: &Command) -> Result<(Transcript, Vec<u8>), ProcessError> {
        let pid = self.child.id();
        self.group.kill();
        match timeout(UNKILLABLE, self.child.wait()).await {
            Ok(Ok(_)) => {}
            Ok(Err(source)) => return Err(wait_error(command, source)),
            Err(_) => {
                let program = command.program.clone();
                return Err(ProcessError::Unkillable { program, pid: pid.unwrap_or_default() });
            }
        }
        self.group.end().await;
        let output = match self.answer {
            Some(answer) => answer.finish().await,
            None => Vec::new(),
        };
        Ok((self.pump.finish().await, output))
    }
}

/// What came first.
enum Ending {
    Exited(ExitStatus),
    Deadline,
    Asked(Stop),
}

fn prepare(
    command: &Command,
    group: &Group,
    output: io::PipeWriter,
    errors: io::PipeWriter,
) -> tokio::process::Command {
    let (program, args) = limits::wrapped(program(command), &command.args, command.limits);
    let mut prepared = tokio::process::Command::new(program);
    prepared
        .args(args)
        .current_dir(&command.directory)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_passed)))
        // Some programs believe `PWD` rather than asking where they are.
        .env("PWD", &command.directory)
        .envs(path_with(command.path_first.as_deref()))
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .envs(group.leash().map(|leash| (LEASH, leash.value())))
        .stdin(Stdio::null())
        .stdout(Stdio::from(output))
        .stderr(Stdio::from(errors))
        .process_group(group.id());
    prepared
}

/// A relative path with a slash counts from the command's directory, whatever the platform thinks.
fn program(command: &Command) -> String {
    let program = Utf8Path::new(&command.program);
    if program.is_relative() && command.program.contains('/') {
        return command.directory.join(program).into_string();
    }
    command.program.clone()
}

/// Starts it. A script that was just written can be held open for a moment by a child that another
/// thread is starting; that passes by itself.
async fn spawn(prepared: &mut tokio::process::Command) -> io::Result<Child> {
    for _ in 1..BUSY_TRIES {
        match prepared.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => sleep(BUSY_PAUSE).await,
            outcome => return outcome,
        }
    }
    prepared.spawn()
}

fn classify(status: ExitStatus) -> Status {
    match (status.code(), status.signal()) {
        (Some(code), _) => Status::Code(code),
        (None, Some(signal)) => Status::Signal(signal),
        (None, None) => Status::Code(-1),
    }
}

fn explain(command: &Command, source: io::Error) -> ProcessError {
    let path = program(command);
    let program = command.program.clone();
    match source.kind() {
        io::ErrorKind::NotFound if path.contains('/') && Utf8Path::new(&path).exists() => {
            ProcessError::NoInterpreter { program }
        }
        io::ErrorKind::NotFound => ProcessError::NotFound { program },
        io::ErrorKind::PermissionDenied => ProcessError::NotExecutable { program },
        _ => ProcessError::Start { program, source },
    }
}

fn wait_error(command: &Command, source: io::Error) -> ProcessError {
    ProcessError::Wait { program: command.program.clone(), source }
}
