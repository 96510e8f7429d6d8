//! `crossdock validate`.

use crate::exit::{Exit, Outcome, Problem};
use crate::project::{self, Checked, Findings, Project};
use crate::serve::config::FILE as PROCESS;
use crate::terminal::{Paint, Terminal, print};
use clap::ValueEnum;
use crossdock_engine::diagnostic::{Diagnostic, Renderer, Severity, summary, to_github, to_json, to_sarif};
use std::collections::HashSet;
use std::fmt::Write;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

/// The files beside the carriers' folders.
const SHARED: [&str; 3] = ["shop.yaml", "actions.yaml", "accounts.yaml"];

/// Check carrier files, and how the local process is set up (`crossdock.yaml`): all findings in one run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock validate                                  the whole mapping directory
  crossdock validate swiftpost                        one carrier
  crossdock validate carriers/swiftpost/carrier.yaml  one file
  crossdock validate --format github                  as annotations of a pull request")]
pub(crate) struct Args {
    /// Carriers, folders or files; the whole mapping directory and the process file without any.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Warnings count as errors.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// Formats of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One array.
    Json,
    /// For code scanning.
    Sarif,
    /// Workflow commands, shown beside the lines of a pull request.
    Github,
}

/// Runs `validate`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let files = files(&args.paths, dir)?;
    if files.is_empty() {
        return Err(Problem::nothing_matched("there is no file to check"));
    }
    let checked = project::check(&files)?;
    let found = Findings::of(&checked);
    print(&match args.format {
        Format::Text => text(&checked, &found, terminal),
        Format::Json => to_json(&found.sources, &found.findings),
        Format::Sarif => to_sarif(&found.sources, &found.findings),
        Format::Github => to_github(&found.sources, &found.findings),
    })?;
    let counts = |finding: &Diagnostic| args.deny_warnings || finding.severity == Severity::Error;
    Ok(if found.findings.iter().any(counts) { Exit::Findings } else { Exit::Clean })
}

/// The files that are meant, in order and each once.
fn files(paths: &[PathBuf], dir: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    if paths.is_empty() {
        files = of_folder(dir)?;
        files.extend(Some(PathBuf::from(PROCESS)).filter(|file| file.is_file()));
    }
    for path in paths {
        files.extend(meant(path, dir)?);
    }
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert(file.clone()));
    Ok(files)
}

fn meant(path: &Path, dir: &Path) -> Result<Vec<PathBuf>, Problem> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if path.is_dir() {
        return of_folder(path);
    }
    let name = path.to_string_lossy();
    if name.contains(MAIN_SEPARATOR) || path.extension().is_some() {
        return Err(Problem::failure(format!("there is no file or folder `{name}`")));
    }
    Ok(vec![Project::open(dir)?.file(&name)?.to_owned()])
}

/// All files of a mapping directory, or of a carrier's folder.
pub(crate) fn of_folder(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut files: Vec<PathBuf> = match Project::open(folder) {
        Ok(project) => project.files().values().cloned().collect(),
        Err(problem) if problem.exit() == Exit::NothingMatched => Vec::new(),
        Err(problem) => return Err(problem),
    };
    files.extend(SHARED.iter().map(|name| folder.join(name)).filter(|file| file.is_file()));
    Ok(files)
}

fn text(checked: &[Checked], found: &Findings, terminal: &Terminal) -> String {
    let renderer = if terminal.out_color() { Renderer::coloured() } else { Renderer::plain() };
    let mut text = renderer.render_all(&found.sources, &found.findings);
    let paint = match found.findings.iter().map(|finding| finding.severity).max() {
        None => Paint::Green,
        Some(Severity::Warning) => Paint::Yellow,
        Some(Severity::Error) => Paint::Red,
    };
    let files = if checked.len() == 1 { "1 file".to_owned() } else { format!("{} files", checked.len()) };
    let _ = writeln!(text, "{} in {files}", terminal.out(&summary(&found.findings), paint));
    let unverified = checked.iter().flat_map(|one| one.unverified.iter().map(|words| (one.file.display(), words)));
    for (at, (file, words)) in unverified.enumerate() {
        if at == 0 {
            text.push_str("\nunverified, as the files say themselves:\n");
        }
        let _ = writeln!(text, "  {file}: {words}");
    }
    text
}
