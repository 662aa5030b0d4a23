//! Sockets that preserve each write whole, with its time and the writing process.
//!
//! The kernel stamps a write when it happens, so a late reader still gets the right time, and the order of
//! writes to two streams is known (SO_TIMESTAMPNS, SO_PASSCRED; socket(7), unix(7)).

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

/// The requested size of the send buffer in bytes. The kernel limits it to net.core.wmem_max.
const BUFFER: usize = 1024 * 1024;

/// The reading end of a socket.
#[derive(Debug)]
pub struct Receiver {
    socket: OwnedFd,
    largest_write: usize,
    control_buffer: Vec<u8>,
}

/// A write to the other end.
#[derive(Debug)]
pub struct Write {
    /// The number of bytes, which may be zero.
    pub length: usize,
    /// The time of the write.
    pub at: SystemTime,
    /// The writing process.
    pub pid: u32,
}

impl Receiver {
    /// Creates a pair of sockets: the receiver, and the end that the program writes to.
    ///
    /// # Errors
    /// The system cannot create or configure the sockets.
    pub fn pair() -> io::Result<(Receiver, OwnedFd)> {
        let (reader, writer) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        setsockopt(&reader, ReceiveTimestampns, &true)?;
        setsockopt(&reader, PassCred, &true)?;
        setsockopt(&writer, SndBuf, &BUFFER)?;
        let receiver = Receiver {
            largest_write: getsockopt(&writer, SndBuf)?,
            socket: reader,
            control_buffer: cmsg_space!(TimeSpec, UnixCredentials),
        };
        Ok((receiver, writer))
    }

    /// The largest number of bytes in one write; a larger write fails.
    pub fn largest_write(&self) -> usize {
        self.largest_write
    }

    /// Receives the next write; `None`: every process that could write has closed its end.
    ///
    /// # Errors
    /// There is no write yet (`WouldBlock`), receiving fails, or the kernel did not stamp the write.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Write>> {
        let mut parts = [IoSliceMut::new(buffer)];
        let message = recvmsg::<()>(
            self.socket.as_raw_fd(),
            &mut parts,
            Some(&mut self.control_buffer),
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
            // An empty write carries both a time and a writer; the end of the stream carries neither.
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
    use std::io::{self, Write};
    use std::thread::sleep;
    use std::time::{Duration, SystemTime};

    use super::Receiver;

    #[test]
    fn a_write_retains_its_time_and_writer_until_it_is_read() -> io::Result<()> {
        let (mut receiver, writer) = Receiver::pair()?;
        let mut writer = File::from(writer);
        let before = SystemTime::now();
        writer.write_all(b"one")?;
        let after = SystemTime::now();
        assert_eq!(writer.write(b"")?, 0);
        writer.write_all(&vec![b'x'; 150_000])?;
        drop(writer);
        sleep(Duration::from_millis(20));

        let mut buffer = vec![0; receiver.largest_write()];
        let write = receiver.receive(&mut buffer)?.expect("a write");
        assert_eq!(&buffer[..write.length], b"one");
        assert!(before <= write.at && write.at <= after);
        assert_eq!(write.pid, std::process::id());
        let empty = receiver.receive(&mut buffer)?.expect("an empty write");
        assert_eq!(empty.length, 0);
        let long = receiver.receive(&mut buffer)?.expect("a long write");
        assert_eq!(long.length, 150_000);
        assert!(receiver.receive(&mut buffer)?.is_none());
        Ok(())
    }
}
