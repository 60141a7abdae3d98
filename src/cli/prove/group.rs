//! All processes of a script, which end with it, at the latest with workid itself.

use std::process::{Child, Command, ExitStatus};
use std::{fs::File, io, path::Path, process::Stdio, time::Duration, time::Instant};

/// How often it is looked whether a script has ended.
const TICK: Duration = Duration::from_millis(20);

/// How many bytes a script may print.
const MOST_PRINTED: u64 = 64 << 20;

/// Waits until nobody holds the other end of its input, and ends its process group, itself included.
const GUARD: &str = "read -r _; kill -KILL 0";

/// A group of processes that is ended when this is dropped. It ends, too, where workid is stopped in
/// whatever way, since the guard's input ends then.
#[cfg(unix)]
struct Group(Child);

#[cfg(unix)]
impl Group {
    fn new() -> io::Result<Group> {
        use std::os::unix::process::CommandExt;
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD]).stdin(Stdio::piped());
        guard.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Ok(Group(guard.spawn()?))
    }

    fn take(&self, command: &mut Command) {
        if let Ok(id) = self.0.id().try_into() {
            std::os::unix::process::CommandExt::process_group(command, id);
        }
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It has ended or cannot be waited for: nothing else is to be done either way.
        let _ = self.0.wait();
    }
}

/// Runs a command to its end, or until its time is up or it printed too much: then it has no status. What
/// it prints is added to a file.
pub(super) fn run(
    mut command: Command,
    printed: &Path,
    ends: Instant,
) -> io::Result<Option<ExitStatus>> {
    let file = File::options().create(true).append(true).open(printed)?;
    let length = file.try_clone()?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    #[cfg(unix)]
    let group = Group::new()?;
    #[cfg(unix)]
    group.take(&mut command);
    let mut running = command.spawn()?;
    loop {
        if let Some(status) = running.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= ends || length.metadata()?.len() > MOST_PRINTED {
            #[cfg(unix)]
            drop(group);
            running.kill()?;
            running.wait()?;
            return Ok(None);
        }
        std::thread::sleep(TICK);
    }
}
