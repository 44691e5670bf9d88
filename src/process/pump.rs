//! From the pipe into the log, on a thread of its own, so that a slow disk never holds up the rest.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::oneshot;

use super::log::BoundedLog;
use super::mask::Mask;
use super::tail::Tail;

const CHUNK: usize = 64 * 1024;

/// How much is still taken from a pipe that somebody keeps open, once the pump is told to stop.
const LAST_BYTES: usize = 1 << 20;

/// What came out of a command.
pub(super) struct Transcript {
    pub(super) tail: Vec<String>,
    pub(super) omitted: u64,
    pub(super) log_error: Option<String>,
}

/// A pump at work. Dropping it makes it take what is there already, and end.
pub(super) struct Pump {
    receiver: oneshot::Receiver<Transcript>,
    transcript: Option<Transcript>,
    /// The thread polls the other end of this pipe, and sees it close.
    running: PipeWriter,
}

impl Pump {
    /// Starts the thread.
    pub(super) fn start(output: PipeReader, log: BoundedLog, mask: Mask) -> io::Result<Self> {
        let (stopped, running) = io::pipe()?;
        let (sender, receiver) = oneshot::channel();
        let sink = Sink { log, mask, tail: Tail::default(), log_error: None };
        thread::Builder::new().name("output".into()).spawn(move || {
            // Nobody waits any more when the command's future was dropped.
            let _ = sender.send(drain(output, &stopped, sink));
        })?;
        Ok(Self { receiver, transcript: None, running })
    }

    /// Waits until everybody has closed the output.
    pub(super) async fn closed(&mut self) {
        if self.transcript.is_none() {
            self.transcript = Some((&mut self.receiver).await.unwrap_or_else(|_| Transcript::lost()));
        }
    }

    /// Takes what is left of the output, without waiting for those who keep it open.
    pub(super) async fn finish(self) -> Transcript {
        drop(self.running);
        match self.transcript {
            Some(transcript) => transcript,
            None => self.receiver.await.unwrap_or_else(|_| Transcript::lost()),
        }
    }
}

impl Transcript {
    fn lost() -> Self {
        Self { tail: Vec::new(), omitted: 0, log_error: Some("the thread that writes the log has died".into()) }
    }
}

/// Takes a command's standard output for the caller, on a thread of its own.
pub(super) struct Answer {
    receiver: oneshot::Receiver<Vec<u8>>,
    running: PipeWriter,
}

impl Answer {
    /// Starts the thread, which keeps so many bytes and throws away the rest.
    pub(super) fn start(output: PipeReader, most: usize) -> io::Result<Self> {
        let (stopped, running) = io::pipe()?;
        let (sender, receiver) = oneshot::channel();
        thread::Builder::new().name("answer".into()).spawn(move || {
            let mut kept = Vec::new();
            // What cannot be read any more is as good as the end.
            let _ = take(output, &stopped, |bytes| {
                let room = most.saturating_sub(kept.len());
                kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
            });
            let _ = sender.send(kept);
        })?;
        Ok(Self { receiver, running })
    }

    /// What came, without waiting for those who keep the pipe open.
    pub(super) async fn finish(self) -> Vec<u8> {
        drop(self.running);
        self.receiver.await.unwrap_or_default()
    }
}

struct Sink {
    log: BoundedLog,
    mask: Mask,
    tail: Tail,
    log_error: Option<String>,
}

impl Sink {
    fn take(&mut self, text: &str) {
        self.tail.push(text);
        // After a failure the output is still read, so that the command does not block on its pipe.
        if self.log_error.is_none() {
            self.log_error = self.log.write(text).err().map(|error| error.to_string());
        }
    }
}

fn drain(output: PipeReader, stopped: &PipeReader, mut sink: Sink) -> Transcript {
    let taken = take(output, stopped, |bytes| {
        let text = sink.mask.push(bytes);
        sink.take(&text);
    });
    let rest = sink.mask.finish();
    sink.take(&rest);
    let failure = taken.err().map(|error| error.to_string());
    Transcript { omitted: sink.log.omitted(), log_error: sink.log_error.or(failure), tail: sink.tail.finish() }
}

/// Reads until everybody has closed the pipe, or until there is nothing to read and the order to stop.
fn take(output: PipeReader, stopped: &PipeReader, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    // A `File` reads the same descriptor; `PipeReader` would do as well but for the borrow in `poll`.
    let mut output = File::from(std::os::fd::OwnedFd::from(output));
    let mut chunk = vec![0; CHUNK];
    let mut budget = LAST_BYTES;
    while budget > 0 {
        let (readable, stop) = wait(&output, stopped)?;
        if !readable {
            break;
        }
        match output.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => {
                each(&chunk[..read]);
                if stop {
                    budget = budget.saturating_sub(read);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until there is output (or its end), or the order to stop; tells which of the two.
fn wait(output: &File, stopped: &PipeReader) -> io::Result<(bool, bool)> {
    loop {
        let mut ends = [PollFd::new(output, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
        match poll(&mut ends, None) {
            Ok(_) => return Ok((!ends[0].revents().is_empty(), !ends[1].revents().is_empty())),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
