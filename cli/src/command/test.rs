//! `crossdock test`.

mod coverage;

use crate::exit::{Exit, Outcome, Problem};
use crate::project::{Project, Ran, Suite, single};
use crate::terminal::{Paint, Terminal, print};
use clap::ValueEnum;
use crossdock_engine::case::{Report, summary, to_github, to_json, to_junit};
use crossdock_engine::diagnostic::Renderer;
use std::path::{Path, PathBuf};

/// The folder of the cases of `shop.yaml` and `actions.yaml`.
const SHOP: &str = "shop";

/// Run the cases of carrier files, offline.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock test                                all cases
  crossdock test swiftpost --filter zeros       the cases of one carrier whose name has `zeros` in it
  crossdock test carriers/swiftpost/cases/track.yaml
  crossdock test --format junit > cases.xml
  crossdock test --coverage                     also what no case touches
  crossdock test --require 100                  exit code 1 unless the cases touch everything")]
pub(crate) struct Args {
    /// Carriers, `shop`, folders or case files; all cases without any.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only cases with this in their name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// How results are written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Also tell what no case touches: leaves, branches, rules, sources, codes, fields of the order.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Exit code 1 unless the cases touch this share of every kind, in hundredths.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) require: Option<u8>,
}

/// Formats of case results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One document.
    Json,
    /// For continuous integration.
    Junit,
    /// Workflow commands, shown beside the lines of a pull request.
    Github,
}

/// Runs `test`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let mut ran = Ran::default();
    for suite in suites(&args.paths, dir)? {
        let one = suite.run(args.filter.as_deref())?;
        ran.reports.extend(one.reports);
        ran.findings.extend(one.findings);
        ran.coverage.extend(one.coverage);
    }
    if ran.reports.is_empty() && ran.findings.is_empty() {
        return Err(Problem::nothing_matched("no case matches").help("cases stand in `<carrier>/cases/*.yaml`"));
    }
    for (sources, findings) in &ran.findings {
        let renderer = if terminal.out_color() { Renderer::coloured() } else { Renderer::plain() };
        terminal.say(renderer.render_all(sources, findings).trim_end());
    }
    let counted = args.coverage || args.require.is_some();
    print(&match args.format {
        Format::Text => text(&ran, terminal) + &if counted { coverage::text(&ran.coverage) } else { String::new() },
        Format::Json if counted => coverage::json(&ran),
        Format::Json => to_json(&ran.reports),
        Format::Junit => to_junit(&ran.reports),
        Format::Github => to_github(&ran.reports) + &if counted { coverage::github(&ran.coverage) } else { String::new() },
    })?;
    let reached = args.require.is_none_or(|percent| ran.coverage.iter().all(|one| one.reaches(percent.into())));
    if !reached {
        terminal.say(&coverage::short(&ran.coverage, args.require.unwrap_or_default()));
    }
    Ok(if ran.is_clean() && reached { Exit::Clean } else { Exit::Findings })
}

impl Ran {
    fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.reports.iter().all(Report::passed)
    }
}

fn text(ran: &Ran, terminal: &Terminal) -> String {
    let failures: String = ran.reports.iter().filter(|report| !report.passed()).map(|report| report.render() + "\n").collect();
    let paint = if ran.is_clean() { Paint::Green } else { Paint::Red };
    let broken = if ran.findings.is_empty() { "" } else { "; files with errors were left out" };
    format!("{failures}{}{broken}\n", terminal.out(&summary(&ran.reports), paint))
}

fn suites(paths: &[PathBuf], dir: &Path) -> Result<Vec<Suite>, Problem> {
    if paths.is_empty() {
        return of_mapping(dir);
    }
    let mut suites = Vec::new();
    for path in paths {
        suites.extend(meant(path, dir)?);
    }
    Ok(suites)
}

/// What an argument means: a case file, a carrier's file or folder, a mapping directory, or an id.
fn meant(path: &Path, dir: &Path) -> Result<Vec<Suite>, Problem> {
    if let Some(suite) = Suite::of_file(path).filter(|_| path.is_file()) {
        return Ok(vec![suite]);
    }
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    if path.exists() && (single(path).is_some() || folder.join("cases").is_dir()) {
        return Ok(Suite::of_folder(folder).into_iter().collect());
    }
    if path.is_dir() {
        return of_mapping(path);
    }
    let name = path.to_string_lossy();
    if name == SHOP {
        return Ok(Suite::of_folder(&dir.join(SHOP)).into_iter().collect());
    }
    let project = Project::open(dir)?;
    Ok(project.file(&name)?.parent().and_then(Suite::of_folder).into_iter().collect())
}

/// All cases of a mapping directory.
pub(crate) fn of_mapping(dir: &Path) -> Result<Vec<Suite>, Problem> {
    let project = Project::open(dir)?;
    let folders = project.files().values().filter_map(|file| file.parent());
    Ok(folders.filter_map(Suite::of_folder).chain(Suite::of_folder(&dir.join(SHOP))).collect())
}
