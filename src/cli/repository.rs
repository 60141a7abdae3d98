//! What is scanned: files, configuration, and what the repository tells of itself.

use super::{Exit, Failure, Output, Result};
use crate::{
    catalog::Catalog,
    config::{self, Config},
    disk::{self, Tree},
    platform::Repository,
    rewrite::Templates,
    scan::{self, Baseline, Files, Scan},
    secret::Secret,
    services::{Connection, github},
    text::Source,
};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args, Clone)]
pub(super) struct Paths {
    /// Files and folders to scan
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// What the files cannot show [default: workid.yaml in the first PATH]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Sign-ins that are known, and not to be reported: what `scan --write-baseline` wrote
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// What commands ask of Azure and what roles allow, before what is built in: see docs/formats.md
    #[arg(long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
}

/// What was read, and what was found in it.
pub(super) struct Scanned {
    /// The folder from which paths are told.
    pub(super) root: String,
    /// The files that the findings are about.
    pub(super) sources: Vec<Source>,
    pub(super) repository: Repository,
    pub(super) scan: Scan,
    /// With what sign-ins are written.
    pub(super) templates: Templates,
    /// What the repository is called.
    pub(super) name: String,
}

impl Scanned {
    pub(super) fn read(paths: &Paths, output: &mut Output) -> Result<Scanned> {
        Scanned::read_asking(paths, false, output)
    }

    /// Also asks GitHub what it says in its tokens, if that is wanted, is not stated, and can be asked.
    pub(super) fn read_asking(paths: &Paths, ask: bool, output: &mut Output) -> Result<Scanned> {
        let first =
            paths.paths.first().ok_or_else(|| Failure::new(Exit::Usage, "no path was given"))?;
        let config = config(paths.config.as_deref(), first)?;
        let spinner = output.spinner("Reading files");
        let on_file = |n: usize| {
            if n.is_multiple_of(100) {
                spinner.set_message(format!("Reading files: {n}"));
            }
        };
        let slug = config.repository.clone().or_else(|| disk::github_slug(first));
        let catalog = paths.data.as_deref().map(catalog).transpose()?.unwrap_or_default();
        let mut repository = Repository { slug, config, catalog };
        if ask {
            ask_github(&mut repository)?;
        }
        let mut tree = Tree::open(&paths.paths, &on_file)?;
        let (mut scan, sources) = scan_files(&mut tree, &repository, output);
        if let Some(path) = &paths.baseline {
            scan.suppress(&baseline(path)?);
        }
        spinner.finish_and_clear();
        let name = match &repository.slug {
            Some(slug) => slug.rsplit('/').next().unwrap_or(slug).to_owned(),
            None => match &repository.config.azure_devops {
                Some(devops) => devops.project.clone(),
                None => disk::folder_name(first),
            },
        };
        let templates = Templates::default();
        Ok(Scanned { root: root(&paths.paths), sources, repository, scan, templates, name })
    }
}

/// Scans files, and covers the passwords that are found in them.
pub(super) fn scan_files(
    files: &mut dyn Files,
    repository: &Repository,
    output: &mut Output,
) -> (Scan, Vec<Source>) {
    let (mut scan, sources) = scan::scan_files(files, repository);
    output.cover(std::mem::take(&mut scan.secrets));
    (scan, sources)
}

/// Without a token nobody is asked, and the default is taken for granted.
fn ask_github(repository: &mut Repository) -> Result<()> {
    let token = ["GH_TOKEN", "GITHUB_TOKEN"].iter().find_map(|it| std::env::var(it).ok());
    if let (Some(slug), None, Some(token)) = (&repository.slug, &repository.config.github, token) {
        let token = Secret::new(token);
        repository.config.github = github::subjects(&Connection::default(), slug, &token)?;
    }
    Ok(())
}

fn baseline(path: &Path) -> Result<Baseline> {
    Baseline::parse(&disk::read_file(path)?).map_err(|it| {
        Failure::new(Exit::Files, format!("{}: {it}", path.display()))
            .hint("Write it anew with workid scan --write-baseline FILE.")
    })
}

fn catalog(path: &Path) -> Result<Catalog> {
    Catalog::with(&disk::read_file(path)?).map_err(|it| {
        Failure::new(Exit::Files, format!("{}: {it}", path.display()))
            .hint("docs/formats.md tells of its form; the files of data/ have it, too.")
    })
}

fn config(named: Option<&Path>, first: &Path) -> Result<Config> {
    let default = || {
        let folder = if first.is_dir() { first } else { first.parent().unwrap_or(Path::new("")) };
        folder.join(config::FILE_NAME)
    };
    let path = named.map_or_else(default, Path::to_owned);
    let text = match named {
        Some(path) => disk::read_file(path)?,
        None => disk::read_file_if_any(&path)?.unwrap_or_default(),
    };
    Config::parse(&text).map_err(|it| {
        Failure::new(Exit::Files, format!("{}: {it}", path.display()))
            .hint("docs/configuration.md has every entry of workid.yaml, with examples.")
    })
}

/// The folder from which the paths of a plan are told: that of the one path, or here.
fn root(paths: &[PathBuf]) -> String {
    match paths {
        [one] if one.is_dir() => one.display().to_string(),
        [one] => one.parent().map(|it| it.display().to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}
