//! The threads of a deadlock.

use super::memory::Kernel;
use super::token::shared::Locked;
use super::token::thread::{self as row, State};
use super::{Awaited, Waiting};

/// The threads that wait.
pub(super) fn waiting(table: &Locked<'static, Kernel>) -> Vec<Waiting> {
    let waiting = table
        .threads()
        .filter(|(_, thread)| thread.state == State::Waiting);
    let waiting = waiting.map(|(_, thread)| Waiting {
        thread: thread.virtual_id,
        awaited: match thread.wait.awaited {
            row::Awaited::Thread => {
                Awaited::Thread(table.thread(thread.wait.key as usize).virtual_id)
            }
            row::Awaited::Children => Awaited::Child,
            row::Awaited::Files => Awaited::File,
            row::Awaited::Word | row::Awaited::Time => Awaited::Lock {
                owner: owner(table, thread.wait.owner),
            },
        },
    });
    waiting.collect()
}

/// The virtual id of the thread with this id of the kernel.
fn owner(table: &Locked<'static, Kernel>, id: u32) -> Option<u32> {
    let mut threads = table.threads().map(|(_, thread)| thread);
    let owner = threads.find(|thread| id != 0 && thread.id == id);
    owner.map(|thread| thread.virtual_id)
}
