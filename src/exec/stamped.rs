//! Sockets that keep each write whole, with the time at which it was made and the process that made it.
//!
//! The kernel stamps a write when it is made, so that a reader who comes late reads the right time,
//! and the order of two streams is known (SO_TIMESTAMPNS, SO_PASSCRED; socket(7), unix(7)).

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, SystemTime};

use nix::cmsg_space;
use nix::sys::socket::sockopt::{PassCred, ReceiveTimestampns, SndBuf};
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixCredentials, getsockopt,
    recvmsg, setsockopt, socketpair,
};
use nix::sys::time::TimeSpec;

/// What we ask of the kernel for writes to be kept in. It gives what it allows (net.core.wmem_max).
const BUFFER: usize = 1024 * 1024;

/// The end of a socket that we read.
#[derive(Debug)]
pub struct Receiver {
    socket: OwnedFd,
    largest_write: usize,
    space: Vec<u8>,
}

/// A write to the other end.
#[derive(Debug)]
pub struct Write {
    /// How many bytes it had. There are writes of none.
    pub length: usize,
    /// When it was made.
    pub at: SystemTime,
    /// The process that made it.
    pub pid: u32,
}

impl Receiver {
    /// A pair of sockets: ours, and the one that is written to.
    ///
    /// # Errors
    /// The system gives none.
    pub fn pair() -> io::Result<(Receiver, OwnedFd)> {
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        setsockopt(&ours, ReceiveTimestampns, &true)?;
        setsockopt(&ours, PassCred, &true)?;
        setsockopt(&theirs, SndBuf, &BUFFER)?;
        let receiver = Receiver {
            largest_write: getsockopt(&theirs, SndBuf)?,
            socket: ours,
            space: cmsg_space!(TimeSpec, UnixCredentials),
        };
        Ok((receiver, theirs))
    }

    /// How many bytes a write may have: a larger one fails.
    pub fn largest_write(&self) -> usize {
        self.largest_write
    }

    /// The next write; `None`: nobody is left who could make one.
    ///
    /// # Errors
    /// There is none yet (`WouldBlock`). The system tells one, or does not tell what was asked of it.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Write>> {
        let mut parts = [IoSliceMut::new(buffer)];
        let message = recvmsg::<()>(
            self.socket.as_raw_fd(),
            &mut parts,
            Some(&mut self.space),
            MsgFlags::MSG_CMSG_CLOEXEC | MsgFlags::MSG_DONTWAIT,
        )?;
        let (mut at, mut pid) = (None, None);
        for control in message.cmsgs()? {
            match control {
                ControlMessageOwned::ScmTimestampns(stamp) => at = Some(time(stamp)),
                ControlMessageOwned::ScmCredentials(writer) => pid = Some(writer.pid() as u32),
                _ => {}
            }
        }
        match (at, pid) {
            (Some(at), Some(pid)) => Ok(Some(Write {
                length: message.bytes,
                at,
                pid,
            })),
            // A write of no bytes carries both: what carries neither is the end.
            (None, None) if message.bytes == 0 => Ok(None),
            _ => Err(io::Error::other("the kernel did not stamp a write")),
        }
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn time(stamp: TimeSpec) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from(stamp)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::thread::sleep;
    use std::time::{Duration, SystemTime};

    use super::Receiver;

    #[test]
    fn a_write_keeps_its_time_and_writer_until_it_is_read() {
        let (mut receiver, theirs) = Receiver::pair().expect("the system gives it");
        let mut theirs = File::from(theirs);
        let before = SystemTime::now();
        theirs.write_all(b"one").expect("the system gives it");
        let after = SystemTime::now();
        assert_eq!(theirs.write(b"").expect("the system gives it"), 0);
        theirs
            .write_all(&vec![b'x'; 150_000])
            .expect("the system gives it");
        drop(theirs);
        sleep(Duration::from_millis(20));

        let mut buffer = vec![0; receiver.largest_write()];
        let write = receiver
            .receive(&mut buffer)
            .expect("the system gives it")
            .expect("the system gives it");
        assert_eq!(&buffer[..write.length], b"one");
        assert!(before <= write.at && write.at <= after);
        assert_eq!(write.pid, std::process::id());
        assert_eq!(
            receiver
                .receive(&mut buffer)
                .expect("the system gives it")
                .expect("the system gives it")
                .length,
            0
        );
        let long = receiver
            .receive(&mut buffer)
            .expect("the system gives it")
            .expect("the system gives it");
        assert_eq!(long.length, 150_000);
        assert!(
            receiver
                .receive(&mut buffer)
                .expect("the system gives it")
                .is_none()
        );
    }
}
