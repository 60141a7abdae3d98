//! The journal's file.

use super::DiskError;
use crate::apply::journal::{self, BrokenJournal, Entry, Journal, JournalError};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
};

/// A journal that is on the disk before anything else happens.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    entries: Vec<Entry>,
    /// Opened when the first entry is written, so that reading a journal makes no file.
    file: Option<File>,
    /// The length of what was read, without a last line that was cut.
    whole: u64,
    /// Whether a last line was cut, because workid was stopped while it wrote.
    pub was_cut: bool,
}

impl JournalFile {
    /// Opens the journal at `path`; one that does not exist yet is empty.
    pub fn open(path: &Path) -> Result<JournalFile, DiskError> {
        let mut bytes = Vec::new();
        match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(DiskError::io(path, "read")(error)),
            Ok(mut file) => {
                file.read_to_end(&mut bytes).map_err(DiskError::io(path, "read"))?;
            }
        }
        let content =
            |problem: String| DiskError::Content { path: path.display().to_string(), problem };
        // A line may have been cut within a character.
        let length = bytes.iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
        let was_cut = length < bytes.len();
        bytes.truncate(length);
        let text = String::from_utf8(bytes).map_err(|_| content("it is not UTF-8".to_owned()))?;
        let (entries, whole) =
            journal::read(&text).map_err(|it: BrokenJournal| content(it.to_string()))?;
        Ok(JournalFile { path: path.to_owned(), entries, file: None, whole: whole as u64, was_cut })
    }

    fn append(&mut self, line: &str) -> std::io::Result<()> {
        if self.file.is_none() {
            let mut file =
                OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?;
            file.set_len(self.whole)?;
            std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0))?;
            self.file = Some(file);
        }
        let file = self.file.as_mut().expect("it was opened just now");
        file.write_all(line.as_bytes())?;
        file.sync_data()
    }
}

impl Journal for JournalFile {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn write(&mut self, entry: Entry) -> Result<(), JournalError> {
        let line = journal::line(&entry);
        self.append(&line).map_err(|it| JournalError(format!("{}: {it}", self.path.display())))?;
        self.entries.push(entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Address;

    #[test]
    fn a_cut_line_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.jsonl");
        let entry = |name: &str| Entry::Unmade { step: Address(name.to_owned()) };
        let mut journal = JournalFile::open(&path).unwrap();
        journal.write(entry("a")).unwrap();
        journal.write(entry("é")).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
        let mut journal = JournalFile::open(&path).unwrap();
        assert!(journal.was_cut);
        assert_eq!(journal.entries(), [entry("a")]);
        journal.write(entry("c")).unwrap();
        assert_eq!(JournalFile::open(&path).unwrap().entries(), [entry("a"), entry("c")]);
    }
}
