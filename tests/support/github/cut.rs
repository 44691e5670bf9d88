//! A listener whose connections can be closed in the middle of an answer, as real ones are.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// No limit on what is still written.
const WHOLE: usize = usize::MAX;

/// The handle on one connection that closes it.
#[derive(Clone, Debug)]
pub(crate) struct Cut(Arc<AtomicUsize>);

impl Cut {
    /// After so many more bytes the connection closes.
    pub(crate) fn after(&self, bytes: usize) {
        self.0.store(bytes, Ordering::SeqCst);
    }
}

impl Connected<IncomingStream<'_, Cutting>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Cutting>) -> Self {
        stream.io().cut.clone()
    }
}

/// A listener of such connections.
#[derive(Debug)]
pub(crate) struct Cutting(pub(crate) TcpListener);

impl Listener for Cutting {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers follow each other; none is to wait for more.
        let _ = stream.set_nodelay(true);
        (Connection { stream, cut: Cut(Arc::new(AtomicUsize::new(WHOLE))) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that writes only as much as it may.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    cut: Cut,
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.cut.0.load(Ordering::SeqCst);
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let part = &bytes[..bytes.len().min(left)];
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(context, part))?;
        if left != WHOLE {
            self.cut.after(left - written);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
